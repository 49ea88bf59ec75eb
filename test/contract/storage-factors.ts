import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdmissionClaim, CodeClaim, CodeKind } from '../../src/access/index.ts';
import type { DeliveryRecord } from '../../src/factors/index.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { CodeRecord, NewPushToken, RecordedDelivery, Storage, UserRecord } from '../../src/storage/index.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { collect, event, failureClaim, newToken, passcodeClaim } from './storage.ts';
import type { StoreUnderTest } from './storage.ts';

/** What every store has to do for the factors beside passcodes: `open` gives an empty one. */
export function factorStorageContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store of factors`, () => {
    let store: StoreUnderTest;
    let storage: Storage;
    let clock: FakeClock;
    let alice: UserRecord;

    beforeEach(async () => {
      store = await open();
      ({ storage, clock } = store);
      alice = await storage.users.addUser('alice', { phone: '+4512345678' });
    });
    afterEach(() => store.remove());

    const reopen = async (): Promise<void> => {
      storage = await store.reopen();
    };
    const addCode = (kind: CodeKind = 'backup', text = 'ABCDE12345', expiresAtMs = 0, userId = alice.id) =>
      storage.codes.addCode({ userId, kind, digest: storage.codeDigest(userId, text), label: '', expiresAtMs });
    const spend = (code: { id: number }, user = alice) => storage.ledger.spendCode(codeClaim(user, code));
    const admit = (claim: Partial<AdmissionClaim> = {}) => storage.ledger.admit(admissionClaim(alice, claim));
    const block = (seconds: number) =>
      storage.ledger.block({ userId: alice.id, seconds, event: event('reject', 'passcode-wrong') });
    const fail = (lockoutFailures: number) => storage.ledger.fail(failureClaim(alice, lockoutFailures, 60));
    const reasons = async (): Promise<string[]> => (await collect(storage)).map(({ reason }) => reason).reverse();
    const failures = async () => (await storage.users.findUserRecord('alice'))?.failures;
    const addPhone = (fields: Partial<NewPushToken> = {}) =>
      storage.tokens.addPushToken(newPhone(alice.id, { state: 'active', ...fields }));

    describe('the fields of a user', () => {
      it('keeps PIN and order of factors for logins and administrators, also after a restart', async () => {
        await storage.users.setUser('alice', { pinHash: '$argon2id$pin', preferred: ['push', 'totp'] });
        await reopen();
        const fields = { pinHash: '$argon2id$pin', preferred: ['push', 'totp'] };
        expect(storage.directory.findUser('alice')).toMatchObject(fields);
        expect(await storage.users.findUserRecord('alice')).toMatchObject(fields);
        await storage.users.setUser('alice', { pinHash: null, preferred: null });
        expect(storage.directory.findUser('alice')).not.toHaveProperty('pinHash');
        expect(storage.directory.findUser('alice')).not.toHaveProperty('preferred');
      });

      it('takes an empty order for none', async () => {
        const user = await storage.users.setUser('alice', { preferred: [] });
        expect(user).not.toHaveProperty('preferred');
      });
    });

    describe('codes', () => {
      it('gives a code to logins as it was added, also after a restart', async () => {
        const digest = storage.codeDigest(alice.id, 'ABCD-EFGH');
        const kept = { userId: alice.id, kind: 'app-password', client: 'mail', label: 'Ældre fon', digest } as const;
        const { id } = await storage.codes.addCode({ ...kept, expiresAtMs: 0 });
        await reopen();
        expect(storage.directory.codes(alice.id)).toStrictEqual([{ ...kept, id, expiresAtMs: 0 }]);
        expect(storage.codeDigest(alice.id, 'ABCD-EFGH')).toEqual(digest);
      });

      it('makes one digest of a code however its gaps and letters are typed, and another for each user and code', () => {
        const digest = storage.codeDigest(1, 'ABCD-EFGH');
        for (const typed of ['abcdefgh', ' AbCd efgh\t', 'AB-CD–EF—GH', 'a\u00a0bcdefgh']) {
          expect(storage.codeDigest(1, typed)).toEqual(digest);
        }
        expect(storage.codeDigest(2, 'ABCD-EFGH')).not.toEqual(digest);
        expect(storage.codeDigest(1, 'ABCD-EFGI')).not.toEqual(digest);
        expect(digest).toHaveLength(32);
      });

      it('shows administrators no digest, and the codes of one user or of all', async () => {
        const bob = await storage.users.addUser('Bob', {});
        await addCode('backup', 'A');
        const code = await addCode('backup', 'B', 0, bob.id);
        expect(code).not.toHaveProperty('digest');
        expect(await storage.codes.listCodes({ kind: 'backup', username: 'BOB' })).toStrictEqual([code]);
        expect(await storage.codes.listCodes({ kind: 'backup' })).toMatchObject([
          { username: 'alice' },
          { username: 'Bob', createdAtMs: clock.nowMs() },
        ]);
        expect(await storage.codes.listCodes({ kind: 'bypass' })).toEqual([]);
      });

      it('puts new backup codes in the place of the old ones and leaves other kinds', async () => {
        await addCode('backup', 'OLD');
        await addCode('app-password', 'KEPT');
        const digests = ['NEW1', 'NEW2'].map((text) => storage.codeDigest(alice.id, text));
        await storage.codes.replaceBackupCodes(alice.id, digests);
        expect(storage.directory.codes(alice.id).map(({ kind }) => kind)).toEqual(['app-password', 'backup', 'backup']);
        expect(storage.directory.codes(alice.id).map(({ digest }) => digest)).toEqual(expect.arrayContaining(digests));
      });

      it('refuses codes for a user who is not there', async () => {
        const unknown = { code: 'user-unknown' };
        await expect(addCode('bypass', 'X', 0, alice.id + 9)).rejects.toMatchObject(unknown);
        await expect(storage.codes.replaceBackupCodes(alice.id + 9, [])).rejects.toMatchObject(unknown);
      });

      it('deletes one code, or all of a kind', async () => {
        const first = await addCode('app-password', 'A');
        await addCode('app-password', 'B');
        await addCode('backup', 'C');
        expect(await storage.codes.deleteCode(first.id, 'app-password')).toMatchObject({ username: 'alice' });
        await expect(storage.codes.deleteCode(first.id, 'app-password')).rejects.toMatchObject({
          code: 'code-unknown',
        });
        expect(await storage.codes.deleteCodes({ kind: 'app-password', username: 'ALICE' })).toBe(1);
        expect(storage.directory.codes(alice.id)).toMatchObject([{ kind: 'backup' }]);
      });

      it('does not delete a code that is taken for another kind', async () => {
        const { id } = await addCode('backup');
        await expect(storage.codes.deleteCode(id, 'bypass')).rejects.toMatchObject({ code: 'code-unknown' });
        expect(storage.directory.codes(alice.id)).toHaveLength(1);
      });

      it('deletes the codes with their user, and gives no number a second time', async () => {
        const code = await addCode();
        await storage.users.deleteUser('alice');
        expect(storage.directory.codes(alice.id)).toEqual([]);
        alice = await storage.users.addUser('alice', {});
        expect((await addCode()).id).toBeGreaterThan(code.id);
        expect(await spend(code)).toBe('replayed');
      });
    });

    describe('spending a code', () => {
      it.each(['backup', 'bypass'] as const)('spends a %s code once, also after a restart', async (kind) => {
        const code = await addCode(kind);
        expect(await spend(code)).toBe('spent');
        expect(storage.directory.codes(alice.id)).toEqual([]);
        await reopen();
        expect(storage.directory.codes(alice.id)).toEqual([]);
        expect(await spend(code)).toBe('replayed');
        expect(await reasons()).toEqual(['both-doors', 'passcode-replayed']);
      });

      it('spends a code once among many who try at the same moment', async () => {
        const code = await addCode();
        const outcomes = await Promise.all(Array.from({ length: 50 }, () => spend(code)));
        expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(49);
        expect((await reasons()).filter((reason) => reason === 'both-doors')).toHaveLength(1);
      });

      it('never spends an app password', async () => {
        const code = await addCode('app-password');
        expect(await spend(code)).toBe('replayed');
        expect(storage.directory.codes(alice.id)).toHaveLength(1);
      });

      it('spends nothing of another user', async () => {
        const code = await addCode();
        const bob = await storage.users.addUser('bob', {});
        expect(await spend(code, bob)).toBe('replayed');
        expect(storage.directory.codes(alice.id)).toHaveLength(1);
      });

      it.each([
        ['locked', () => fail(1)],
        ['blocked', () => block(60)],
        ['disabled', () => storage.users.setUser('alice', { isEnabled: false })],
        ['deleted', () => storage.users.deleteUser('alice')],
      ])('spends nothing for a user who is %s', async (_, change: () => Promise<unknown>) => {
        const code = await addCode();
        await change();
        expect(await spend(code)).toBe('locked');
        expect((await reasons()).at(-1)).toBe('locked-out');
        const left = (await storage.codes.listCodes({ kind: 'backup' })).length;
        expect(left).toBe((await storage.users.countUsers()) === 1 ? 1 : 0);
      });

      it('forgets the failures of the user when the code was spent, not when it was replayed', async () => {
        const code = await addCode();
        await fail(5);
        await spend({ id: code.id + 1 });
        expect(await failures()).toBe(1);
        await spend(code);
        expect(await failures()).toBe(0);
      });
    });

    describe('a code that expires', () => {
      const seconds = (count: number) => clock.nowMs() + count * 1000;
      const known = () => storage.directory.codes(alice.id).length;

      it('is good up to its end and not from there on', async () => {
        const code = await addCode('bypass', 'A', seconds(300));
        clock.jumpWall(299_999);
        expect(known()).toBe(1);
        clock.jumpWall(1);
        expect(known()).toBe(0);
        expect(await storage.codes.listCodes({ kind: 'bypass' })).toEqual([]);
        expect(await spend(code)).toBe('replayed');
      });

      it('stays void once it was seen expired, though the clock goes back', async () => {
        const code = await addCode('bypass', 'A', seconds(300));
        clock.jumpWall(301_000);
        expect(known()).toBe(0);
        await storage.ledger.record(event('reject', 'locked-out')); // whatever the look has set going is written before this
        clock.jumpWall(-60_000);
        expect(known()).toBe(0);
        expect(await spend(code)).toBe('replayed');
      });

      it('is void while the clock stands before the moment it was made', async () => {
        const code = await addCode('bypass', 'A', seconds(300));
        clock.jumpWall(-1);
        expect(known()).toBe(0);
        expect(await spend(code)).toBe('replayed');
        clock.jumpWall(1);
        expect(await spend(code)).toBe('spent');
      });

      it('is swept up when another is added', async () => {
        const { id } = await addCode('bypass', 'A', seconds(1));
        clock.jumpWall(1_000);
        await addCode('bypass', 'B', seconds(300));
        clock.jumpWall(-1_000);
        await expect(storage.codes.deleteCode(id, 'bypass')).rejects.toMatchObject({ code: 'code-unknown' });
      });
    });

    describe('admitting', () => {
      it('records the Accept, durably', async () => {
        expect(await admit()).toBe('admitted');
        await reopen();
        expect(await reasons()).toEqual(['both-doors']);
      });

      it('forgets the failures of the user where that is wanted', async () => {
        await fail(5);
        await admit({ resets: false });
        expect(await failures()).toBe(1);
        await admit({ resets: true });
        expect(await failures()).toBe(0);
      });

      it.each([
        ['locked', () => fail(1)],
        ['blocked', () => block(60)],
        ['disabled', () => storage.users.setUser('alice', { isEnabled: false })],
        ['deleted', () => storage.users.deleteUser('alice')],
      ])('admits nobody who is %s', async (_, change: () => Promise<unknown>) => {
        await change();
        expect(await admit()).toBe('locked');
        expect((await reasons()).at(-1)).toBe('locked-out');
      });

      it('admits by a token only while it is enabled, active and of that user', async () => {
        const { id: tokenId } = await addPhone();
        const pending = await addPhone({ serial: 'P-2', state: 'pending' });
        const bob = await storage.users.addUser('bob', {});
        expect(await admit({ tokenId })).toBe('admitted');
        expect(await admit({ tokenId: pending.id })).toBe('locked');
        expect(await admit({ userId: bob.id, tokenId })).toBe('locked');
        await storage.tokens.setTokenEnabled('P-1', false);
        expect(await admit({ tokenId })).toBe('locked');
        await storage.tokens.deleteToken('P-1');
        expect(await admit({ tokenId })).toBe('locked');
      });

      it('admits by a number or mail address only while it is the user’s', async () => {
        const bob = await storage.users.addUser('bob', {});
        await storage.users.setUser('alice', { phone: '+4512345678', email: 'alice@example.com' });
        const outcomes = () => Promise.all(['+4512345678', 'alice@example.com'].map((sentTo) => admit({ sentTo })));
        expect(await outcomes()).toEqual(['admitted', 'admitted']);
        expect(await admit({ userId: bob.id, sentTo: '+4512345678' })).toBe('locked');
        await storage.users.setUser('alice', { email: 'alina@example.com' });
        expect(await outcomes()).toEqual(['admitted', 'locked']);
        await storage.users.forgetPhone('alice');
        expect(await outcomes()).toEqual(['locked', 'locked']);
        expect(await admit()).toBe('admitted');
      });

      it('admits by an app password again and again until it is revoked', async () => {
        const { id: codeId } = await addCode('app-password');
        expect([await admit({ codeId }), await admit({ codeId })]).toEqual(['admitted', 'admitted']);
        await storage.codes.deleteCode(codeId, 'app-password');
        expect(await admit({ codeId })).toBe('locked');
      });
    });

    describe('blocking', () => {
      const blockedUntilMs = () => storage.directory.findUser('alice')?.blockedUntilMs;

      it('shuts the user out at once, durably, for as long as it says, and records why', async () => {
        await block(7_776_000);
        await reopen();
        expect(blockedUntilMs()).toBe(clock.nowMs() + 7_776_000_000);
        expect(await reasons()).toEqual(['passcode-wrong']);
        clock.jumpWall(7_776_000_000);
        expect(await admit()).toBe('admitted');
      });

      it('prolongs a shorter block and leaves a longer one', async () => {
        await block(60);
        await block(300);
        expect(blockedUntilMs()).toBe(clock.nowMs() + 300_000);
        await block(10);
        expect(blockedUntilMs()).toBe(clock.nowMs() + 300_000);
      });

      it('is no lock-out: it ends when an administrator takes it off the list', async () => {
        await block(300);
        await storage.users.unlockUser('alice');
        expect(await admit()).toBe('locked');
        expect(await storage.blocks.remove('ALICE')).toBe(true);
        expect(await admit()).toBe('admitted');
      });

      it('records the report of a user who was deleted meanwhile', async () => {
        await storage.users.deleteUser('alice');
        await block(300);
        expect(await reasons()).toEqual(['passcode-wrong']);
      });

      it('refuses a length that is none, and writes its neighbours', async () => {
        const outcomes = await Promise.allSettled([admit(), block(1.5), block(-1), block(Number.NaN), admit()]);
        expect(outcomes.map(({ status }) => status[0])).toEqual(['f', 'r', 'r', 'r', 'f']);
        expect(await reasons()).toHaveLength(2);
      });
    });

    describe('pending tokens', () => {
      const addPending = (fields: Parameters<typeof newToken>[1] = {}) =>
        storage.tokens.addToken(newToken(alice.id, { state: 'pending', ...fields }));
      const activate = (counter = 5, driftSteps = 1) => storage.tokens.activateToken('T-1', { counter, driftSteps });

      it('opens no door, but makes nobody unenrolled', async () => {
        const token = await addPending();
        expect(storage.directory.passcodeTokens(alice.id)).toEqual([]);
        expect(storage.directory.hasPending(alice.id)).toBe(true);
        expect(storage.directory.hasTokens(alice.id)).toBe(true);
        expect(await storage.ledger.spend(passcodeClaim(alice, token, 1))).toBe('locked');
        expect(await storage.tokens.listTokens('alice')).toMatchObject([{ state: 'pending' }]);
      });

      it('gives its secret for the proof', async () => {
        await addPending({ secret: Secret.fromText('a secret of the user') });
        expect((await storage.tokens.findPending('T-1'))?.secret.reveal().toString()).toBe('a secret of the user');
        await storage.tokens.setTokenEnabled('T-1', false);
        expect(await storage.tokens.findPending('T-1')).toBeUndefined();
        expect(storage.directory.hasPending(alice.id)).toBe(false);
      });

      it('becomes active by one proof, whose passcode is spent with it', async () => {
        const token = await addPending();
        expect(await activate()).toBe('activated');
        await reopen();
        expect(storage.directory.passcodeTokens(alice.id)).toMatchObject([{ lastCounter: 5, driftSteps: 1 }]);
        expect(storage.directory.hasPending(alice.id)).toBe(false);
        expect(await storage.tokens.findPending('T-1')).toBeUndefined();
        expect(await storage.ledger.spend(passcodeClaim(alice, token, 5))).toBe('replayed');
        expect(await storage.ledger.spend(passcodeClaim(alice, token, 6))).toBe('spent');
      });

      it('becomes active once among many who try, and never by a counter it has left behind', async () => {
        await addPending({ type: 'hotp', nextCounter: 3 });
        expect(await activate(2)).toBe('replayed');
        const outcomes = await Promise.all(Array.from({ length: 10 }, () => activate()));
        expect(outcomes.filter((outcome) => outcome === 'activated')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'not-pending')).toHaveLength(9);
      });

      it.each([
        ['disabled', () => storage.tokens.setTokenEnabled('T-1', false)],
        ['deleted', () => storage.tokens.deleteToken('T-1')],
      ])('stays as it is when it was %s', async (_, change: () => Promise<unknown>) => {
        await addPending();
        await change();
        expect(await activate()).toBe('not-pending');
        expect(storage.directory.passcodeTokens(alice.id)).toEqual([]);
      });

      it('does not make a push token active', async () => {
        await addPhone({ serial: 'T-1', state: 'pending' });
        expect(await activate()).toBe('not-pending');
        expect(await storage.tokens.findPending('T-1')).toBeUndefined();
      });
    });

    describe('push tokens', () => {
      const data = (text: string) => Secret.fromText(text);

      it('gives an active phone to logins with its data, also after a restart', async () => {
        const { id: tokenId } = await addPhone({ data: data('{"topic":"x"}') });
        await reopen();
        const [device, ...others] = storage.directory.pushDevices(alice.id);
        expect(device).toMatchObject({ tokenId, userId: alice.id, serial: 'P-1', protocol: 'ntfy' });
        expect(device?.data.reveal().toString()).toBe('{"topic":"x"}');
        expect(others).toEqual([]);
        expect(storage.devices.find('P-1')).toMatchObject({ tokenId, isPending: false });
      });

      it('makes no passcodes, and none is spent on it', async () => {
        const token = await addPhone();
        expect(storage.directory.passcodeTokens(alice.id)).toEqual([]);
        expect(storage.directory.hasTokens(alice.id)).toBe(true);
        expect(await storage.tokens.listTokens()).toMatchObject([{ type: 'push', protocol: 'ntfy', state: 'active' }]);
        expect(token).not.toHaveProperty('data');
        expect(token).not.toHaveProperty('digits');
      });

      it('keeps pending and disabled phones from logins', async () => {
        await addPhone({ state: 'pending' });
        expect(storage.directory.pushDevices(alice.id)).toEqual([]);
        expect(storage.directory.hasPending(alice.id)).toBe(true);
        expect(storage.devices.find('P-1')).toMatchObject({ isPending: true });
        await storage.tokens.setTokenEnabled('P-1', false);
        expect(storage.devices.find('P-1')).toBeUndefined();
        expect(storage.directory.hasPending(alice.id)).toBe(false);
      });

      it('finds no token of another type', async () => {
        await storage.tokens.addToken(newToken(alice.id));
        expect(storage.devices.find('T-1')).toBeUndefined();
        expect(storage.devices.find('nothing')).toBeUndefined();
      });

      it('keeps new data and makes the phone active, in one step', async () => {
        await addPhone({ state: 'pending', data: data('old') });
        expect(await storage.devices.update('P-1', data('old'), data('new'), { activate: true })).toBe(true);
        await reopen();
        expect(storage.directory.pushDevices(alice.id)[0]?.data.reveal().toString()).toBe('new');
        expect(await storage.devices.update('P-1', data('new'), data('newer'))).toBe(true);
        expect(storage.devices.find('P-1')?.data.reveal().toString()).toBe('newer');
      });

      it('lets one of many change the data they have all read', async () => {
        await addPhone({ state: 'pending', data: data('old') });
        const update = (_: unknown, index: number) =>
          storage.devices.update('P-1', data('old'), data(`by ${index}`), { activate: true });
        const outcomes = await Promise.all(Array.from({ length: 10 }, update));
        expect(outcomes.filter(Boolean)).toHaveLength(1);
      });

      it('changes nothing of a phone that was disabled or deleted', async () => {
        await addPhone({ state: 'pending', data: data('old') });
        const update = () => storage.devices.update('P-1', data('old'), data('new'), { activate: true });
        await storage.tokens.setTokenEnabled('P-1', false);
        expect(await update()).toBe(false);
        await storage.tokens.deleteToken('P-1');
        expect(await update()).toBe(false);
      });
    });

    describe('resetting an enrolment', () => {
      const enrolAll = async () => {
        await storage.tokens.addToken(newToken(alice.id));
        await addPhone();
        for (const kind of ['backup', 'bypass', 'app-password'] as const) await addCode(kind, kind);
        await storage.users.setUser('alice', { pinHash: '$argon2id$pin' });
      };

      it('takes every token and code, tells which, and keeps the reason', async () => {
        await enrolAll();
        expect(await storage.users.resetUser('ALICE', 'phone replaced')).toEqual({
          hadPhone: false,
          passcodeTokens: ['T-1'],
          pushTokens: ['P-1'],
          codes: { backup: 1, bypass: 1, 'app-password': 1 },
        });
        await reopen();
        expect(storage.directory.hasTokens(alice.id)).toBe(false);
        expect(storage.directory.codes(alice.id)).toEqual([]);
        expect(storage.directory.findUser('alice')).toMatchObject({
          resetReason: 'phone replaced',
          pinHash: '$argon2id$pin',
          phone: '+4512345678',
        });
      });

      it.each([
        ['an active token is added', () => storage.tokens.addToken(newToken(alice.id))],
        ['an active phone is added', () => addPhone()],
        [
          'a pending token is proved',
          async () => {
            await storage.tokens.addToken(newToken(alice.id, { state: 'pending' }));
            expect(storage.directory.findUser('alice')).toHaveProperty('resetReason');
            await storage.tokens.activateToken('T-1', { counter: 1, driftSteps: 0 });
          },
        ],
        [
          'a pending phone is proved',
          async () => {
            const { data } = newPhone(alice.id);
            await addPhone({ state: 'pending', data });
            expect(storage.directory.findUser('alice')).toHaveProperty('resetReason');
            await storage.devices.update('P-1', data, data, { activate: true });
          },
        ],
      ])('keeps the reason until %s', async (_, enrol: () => Promise<unknown>) => {
        await storage.users.resetUser('alice', 'phone replaced');
        await enrol();
        expect(storage.directory.findUser('alice')).not.toHaveProperty('resetReason');
      });

      it('forgets what a lost phone may give away, and leaves the rest', async () => {
        await enrolAll();
        expect(await storage.users.forgetPhone('alice')).toEqual({
          hadPhone: true,
          passcodeTokens: [],
          pushTokens: ['P-1'],
          codes: { backup: 1, bypass: 1, 'app-password': 1 },
        });
        const user = storage.directory.findUser('alice');
        expect(user).not.toHaveProperty('phone');
        expect(user).not.toHaveProperty('resetReason');
        expect(storage.directory.passcodeTokens(alice.id)).toHaveLength(1);
        expect(storage.directory.pushDevices(alice.id)).toEqual([]);
        expect(storage.directory.codes(alice.id)).toEqual([]);
      });

      it('takes nothing of others, and knows who is not there', async () => {
        const bob = await storage.users.addUser('bob', {});
        await storage.tokens.addToken(newToken(bob.id));
        await addCode('backup', 'X', 0, bob.id);
        await storage.users.resetUser('alice', 'x');
        await storage.users.forgetPhone('alice');
        expect(storage.directory.passcodeTokens(bob.id)).toHaveLength(1);
        expect(storage.directory.codes(bob.id)).toHaveLength(1);
        await expect(storage.users.resetUser('nobody', 'x')).rejects.toMatchObject({ code: 'user-unknown' });
        await expect(storage.users.forgetPhone('nobody')).rejects.toMatchObject({ code: 'user-unknown' });
      });
    });

    describe('the record of deliveries', () => {
      const listed = async (query: Parameters<Storage['deliveries']['list']>[0] = {}): Promise<RecordedDelivery[]> => {
        await storage.ledger.record(event('reject', 'locked-out')); // deliveries queued before are written before this
        const deliveries: RecordedDelivery[] = [];
        for await (const one of storage.deliveries.list(query)) deliveries.push(one);
        return deliveries;
      };
      const record = (fields: Partial<DeliveryRecord> = {}) => storage.deliveries.record(newDelivery(alice.id, fields));

      it('gives back every field, and no other, also after a restart', async () => {
        const full = newDelivery(alice.id, { country: 'DK', reference: 'SM1', price: '0.05 EUR', problem: 'slow' });
        storage.deliveries.record(newDelivery(alice.id, { id: 'd-0' }));
        storage.deliveries.record(full);
        await reopen();
        expect(await listed()).toStrictEqual([
          { ...full, username: 'alice' },
          { ...newDelivery(alice.id, { id: 'd-0' }), username: 'alice' },
        ]);
      });

      it('adds what is reported later to the delivery that was sent', async () => {
        record({ outcome: 'failed', gateway: 'one' });
        record({ gateway: 'two' });
        record({ id: 'd-2' });
        storage.deliveries.report('d-1', 'undelivered', 'number off');
        storage.deliveries.report('d-2', 'delivered');
        storage.deliveries.report('stranger', 'delivered');
        const [second, first, failed] = await listed();
        expect(second?.report).toStrictEqual({ outcome: 'delivered', atMs: clock.nowMs() });
        expect(first?.report).toStrictEqual({ outcome: 'undelivered', atMs: clock.nowMs(), problem: 'number off' });
        expect(failed).not.toHaveProperty('report');
      });

      it('finds by time, user, channel and gateway, all together, newest first', async () => {
        const bob = await storage.users.addUser('Bøb', {});
        record({ id: 'a', atMs: 1_000, gateway: 'one' });
        record({ id: 'b', atMs: 3_000, channel: 'call' });
        record({ id: 'c', atMs: 2_000, userId: bob.id, gateway: 'one' });
        const ids = async (query: Parameters<Storage['deliveries']['list']>[0]) =>
          (await listed(query)).map(({ id }) => id);
        expect(await ids({})).toEqual(['b', 'c', 'a']);
        expect(await ids({ user: 'BØB' })).toEqual(['c']);
        expect(await ids({ gateway: 'one' })).toEqual(['c', 'a']);
        expect(await ids({ channel: 'call' })).toEqual(['b']);
        expect(await ids({ sinceMs: 2_000, untilMs: 3_000 })).toEqual(['c']);
        expect(await ids({ user: 'alice', gateway: 'one', sinceMs: 1_001 })).toEqual([]);
        expect(await ids({ limit: 2 })).toEqual(['b', 'c']);
      });

      it('keeps the name of a user who was deleted', async () => {
        record();
        await storage.ledger.record(event('reject', 'locked-out'));
        await storage.users.deleteUser('alice');
        expect(await listed({ user: 'Alice' })).toMatchObject([{ username: 'alice', userId: alice.id }]);
      });

      it('loses what it cannot keep, without a word to the caller and without harm to a login', async () => {
        const admitted = admit();
        record({ atMs: Number.NaN });
        record({ problem: 'x'.repeat(100_000) });
        expect(await admitted).toBe('admitted');
        const [delivery, ...others] = await listed();
        expect(delivery?.problem).toHaveLength(500);
        expect(others).toEqual([]);
        await storage.close();
        record();
        storage.deliveries.report('d-1', 'delivered');
        await reopen();
        expect(await listed()).toHaveLength(1);
      });

      it('streams more than one page, each once', async () => {
        for (let index = 0; index < 1_001; index += 1) record({ id: `d-${index}` });
        expect(new Set((await listed()).map(({ id }) => id)).size).toBe(1_001);
      });
    });
  });
}

function codeClaim(user: { readonly id: number }, code: Pick<CodeRecord, 'id'>): CodeClaim {
  return {
    userId: user.id,
    codeId: code.id,
    accepted: event('accept', 'both-doors', { factor: 'backup' }),
    replayed: event('reject', 'passcode-replayed', { factor: 'backup' }),
    locked: event('reject', 'locked-out'),
  };
}

/** A claim to be admitted. */
export function admissionClaim(user: { readonly id: number }, fields: Partial<AdmissionClaim> = {}): AdmissionClaim {
  return {
    userId: user.id,
    accepted: event('accept', 'both-doors', { factor: 'push' }),
    locked: event('reject', 'locked-out'),
    resets: true,
    ...fields,
  };
}

/** A phone to be kept. */
export function newPhone(userId: number, fields: Partial<NewPushToken> = {}): NewPushToken {
  return { userId, serial: 'P-1', protocol: 'ntfy', data: Secret.fromText('{}'), ...fields };
}

function newDelivery(userId: number, fields: Partial<DeliveryRecord> = {}): DeliveryRecord {
  const atMs = Date.UTC(2026, 0, 15, 7);
  return { id: 'd-1', atMs, userId, client: 'vpn', channel: 'sms', gateway: 'twilio', outcome: 'sent', ...fields };
}
