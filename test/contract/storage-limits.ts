import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewRememberedLogin } from '../../src/access/index.ts';
import type { Storage, UserRecord } from '../../src/storage/index.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { collect, event, newToken } from './storage.ts';
import type { StoreUnderTest } from './storage.ts';

const HOUR_MS = 3_600_000;

/** What every store has to do for blocks, remembered logins and openings: `open` gives an empty one. */
export function limitStorageContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store of limits`, () => {
    let store: StoreUnderTest;
    let storage: Storage;
    let clock: FakeClock;
    let alice: UserRecord;

    beforeEach(async () => {
      store = await open();
      ({ storage, clock } = store);
      alice = await storage.users.addUser('alice', {});
    });
    afterEach(() => store.remove());

    const reopen = async (): Promise<void> => {
      storage = await store.reopen();
    };
    const admit = (rememberedId?: number) =>
      storage.ledger.admit({
        userId: alice.id,
        ...(rememberedId !== undefined && { rememberedId }),
        resets: false,
        accepted: event('accept', 'remembered'),
        locked: event('reject', 'locked-out'),
      });

    describe('the block list', () => {
      const add = (untilMs: number) =>
        storage.blocks.add({ username: 'ALICE', reason: 'a lost laptop', by: 'root', untilMs });

      it('shuts a user out for a time, also after a restart, and says who did it and why', async () => {
        const untilMs = clock.nowMs() + HOUR_MS;
        await add(untilMs);
        await reopen();
        const block = { username: 'alice', reason: 'a lost laptop', by: 'root', fromMs: clock.nowMs(), untilMs };
        expect(await storage.blocks.list()).toEqual([block]);
        expect(storage.directory.findUser('alice')).toMatchObject({ blockedUntilMs: untilMs });
        expect(await storage.users.findUserRecord('alice')).toMatchObject({ blockedUntilMs: untilMs });
        expect(await admit()).toBe('locked');
        clock.jumpWall(HOUR_MS);
        expect(storage.directory.findUser('alice')).not.toHaveProperty('blockedUntilMs');
        expect(await admit()).toBe('admitted');
        expect(await storage.blocks.list()).toEqual([]);
      });

      it('shuts a user out until they are removed', async () => {
        await add(0);
        clock.jumpWall(10_000 * HOUR_MS);
        expect(storage.directory.findUser('alice')?.blockedUntilMs).toBe(Infinity);
        await storage.ledger.block({ userId: alice.id, seconds: 60, event: event('reject', 'fraud-reported') });
        expect(await storage.blocks.list()).toMatchObject([{ untilMs: 0, by: 'root' }]);
        expect(await storage.blocks.remove('alice')).toBe(true);
        expect(await storage.blocks.remove('alice')).toBe(false);
        expect(await admit()).toBe('admitted');
      });

      it('is not left when the clock goes back', async () => {
        await add(clock.nowMs() + HOUR_MS);
        clock.jumpWall(-100 * HOUR_MS);
        expect(await admit()).toBe('locked');
      });

      it('names the request of a report, and lets no passcode of a blocked user pass', async () => {
        const token = await storage.tokens.addToken(newToken(alice.id));
        await storage.ledger.block({ userId: alice.id, seconds: 60, event: event('reject', 'fraud-reported') });
        expect(await storage.blocks.list()).toMatchObject([
          { by: 'user', reason: 'Reported from the phone (request 0b5e1d2c)' },
        ]);
        const claim = { userId: alice.id, tokenId: token.id, counter: 1, driftSteps: 0 };
        const accepted = event('accept', 'both-doors');
        const [replayed, locked] = [event('reject', 'passcode-replayed'), event('reject', 'locked-out')];
        expect(await storage.ledger.spend({ ...claim, accepted, replayed, locked })).toBe('locked');
      });

      it('knows no strangers', async () => {
        await expect(
          storage.blocks.add({ username: 'bob', reason: 'x', by: 'root', untilMs: 0 }),
        ).rejects.toMatchObject({ code: 'user-unknown' });
      });
    });

    describe('remembered logins', () => {
      const keep = (fields: Partial<NewRememberedLogin> = {}) =>
        storage.remembered.keep({
          ...{ userId: alice.id, digest: 'd-1', client: 'vpn', station: '10.0.0.7' },
          ...{ expiresAtMs: clock.nowMs() + HOUR_MS, ...fields },
        });

      it('are found by their digest alone, also after a restart, and end with their time', async () => {
        await keep();
        await reopen();
        const found = storage.remembered.find('d-1');
        expect(found).toMatchObject({ userId: alice.id, createdAtMs: clock.nowMs() });
        expect(storage.remembered.find('d-2')).toBeUndefined();
        expect(await admit(found?.id)).toBe('admitted');
        expect(await storage.remembered.list('ALICE')).toMatchObject([
          { username: 'alice', client: 'vpn', station: '10.0.0.7' },
        ]);
        clock.jumpWall(HOUR_MS);
        expect(await admit(found?.id)).toBe('locked');
        expect(await storage.remembered.list()).toEqual([]);
        await keep({ digest: 'd-2', expiresAtMs: clock.nowMs() + HOUR_MS });
        expect(storage.remembered.find('d-1')).toBeUndefined();
      });

      it('are void before they were made: then the clock went back', async () => {
        await keep();
        const found = storage.remembered.find('d-1');
        clock.jumpWall(-1);
        expect(await admit(found?.id)).toBe('locked');
      });

      it('are good for nobody else', async () => {
        const bob = await storage.users.addUser('bob', {});
        await keep({ userId: bob.id });
        expect(await admit(storage.remembered.find('d-1')?.id)).toBe('locked');
      });

      it.each([
        ['another password', () => storage.users.setUser('alice', { passwordHash: '$argon2id$new' })],
        ['another PIN', () => storage.users.setUser('alice', { pinHash: '$argon2id$new' })],
        ['disabling', () => storage.users.setUser('alice', { isEnabled: false })],
        ['a reset', () => storage.users.resetUser('alice', 'why')],
        ['a lost phone', () => storage.users.forgetPhone('alice')],
        ['a block', () => storage.blocks.add({ username: 'alice', reason: 'x', by: 'root', untilMs: 0 })],
        ['a token that is disabled', () => storage.tokens.setTokenEnabled('T-1', false)],
        ['a token that is deleted', () => storage.tokens.deleteToken('T-1')],
        ['their revocation', () => storage.remembered.revoke('alice')],
        ['the revocation of all', () => storage.remembered.revoke(undefined)],
        [
          'a reported fraud',
          () => storage.ledger.block({ userId: alice.id, seconds: 0, event: event('reject', 'fraud-reported') }),
        ],
      ])('end with %s, those included that are being written just then', async (_, end) => {
        await storage.tokens.addToken(newToken(alice.id));
        await keep();
        await end();
        expect(storage.remembered.find('d-1')).toBeUndefined();
        expect(storage.directory.findUser('alice')?.rememberEpoch).toBe(1);
      });

      it('stay when a user is changed in other ways, and go with the user', async () => {
        await keep();
        await storage.users.setUser('alice', { email: 'alice@example.com' });
        expect(storage.remembered.find('d-1')).toBeDefined();
        await storage.users.deleteUser('alice');
        expect(storage.remembered.find('d-1')).toBeUndefined();
        await keep();
        expect(storage.remembered.find('d-1')).toBeUndefined();
      });

      it('end by accounting: of one user, client and station', async () => {
        await Promise.all([
          keep(),
          keep({ digest: 'd-2', station: '10.0.0.8' }),
          keep({ digest: 'd-3', client: 'rdg' }),
        ]);
        await storage.remembered.end({ username: 'Alice', client: 'vpn', station: '10.0.0.7' });
        const left = (await storage.remembered.list()).map(({ client, station }) => `${client} ${station}`);
        expect(left).toEqual(['vpn 10.0.0.8', 'rdg 10.0.0.7']);
      });

      it('are twenty a user at most: the oldest gives way', async () => {
        await Promise.all(
          Array.from({ length: 30 }, (_, index) => keep({ digest: `n-${index}`, station: `${index}` })),
        );
        expect(await storage.remembered.list()).toHaveLength(20);
        expect(storage.remembered.find('n-9')).toBeUndefined();
        expect(storage.remembered.find('n-10')).toBeDefined();
      });

      it('are named by a digest that tells every part', () => {
        const { remembered } = storage;
        expect(remembered.digest(['a', 'b'])).toMatch(/^[0-9a-f]{64}$/);
        expect(remembered.digest(['a', 'b'])).not.toBe(remembered.digest(['a,b']));
        expect(remembered.digest(['a', 'b'])).not.toBe(remembered.digest(['ab', '']));
      });

      it('leave the log and the logins of a batch whole when one is none', async () => {
        await Promise.all([keep({ expiresAtMs: Number.NaN }), storage.ledger.record(event('accept', 'both-doors'))]);
        expect(await collect(storage)).toHaveLength(1);
      });
    });

    describe('openings', () => {
      it('are there until their time is over or somebody closes them, one a client', async () => {
        await storage.openings.open({ client: undefined, reason: 'the domain is down', minutes: 60 });
        await storage.openings.open({ client: 'vpn', reason: '', minutes: 10 });
        await storage.openings.open({ client: 'vpn', reason: 'longer', minutes: 20 });
        await reopen();
        expect(storage.openings.all()).toMatchObject([
          { client: undefined, untilMs: clock.nowMs() + HOUR_MS },
          { client: 'vpn', reason: 'longer' },
        ]);
        clock.jumpWall(20 * 60_000);
        expect(await storage.openings.list()).toMatchObject([{ client: undefined, reason: 'the domain is down' }]);
        expect(await storage.openings.close('vpn')).toBe(0);
        expect(await storage.openings.close(undefined)).toBe(1);
        expect(await storage.openings.list()).toEqual([]);
      });
    });
  });
}
