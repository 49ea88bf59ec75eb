import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, FailureClaim, PasscodeClaim } from '../../src/access/index.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { NewToken, Storage, TokenRecord, UserRecord } from '../../src/storage/index.ts';
import type { FakeClock } from '../support/fake-clock.ts';

/** A store to try out. */
export interface StoreUnderTest {
  readonly clock: FakeClock;
  readonly storage: Storage;
  /** Closes the store and opens what it left behind. */
  reopen(): Promise<Storage>;
  /** Closes the store and takes away what it left behind. */
  remove(): Promise<void>;
}

/** What every store has to do: `open` gives an empty one. */
export function storageContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    let store: StoreUnderTest;
    let storage: Storage;
    let clock: FakeClock;

    beforeEach(async () => {
      store = await open();
      ({ storage, clock } = store);
    });
    afterEach(() => store.remove());

    const reopen = async (): Promise<void> => {
      storage = await store.reopen();
    };
    const enrol = async (username = 'alice', token: Partial<NewToken> = {}): Promise<[UserRecord, TokenRecord]> => {
      const user = await storage.users.addUser(username, {});
      return [user, await storage.tokens.addToken(newToken(user.id, { serial: `T-${username}`, ...token }))];
    };
    const spend = (user: UserRecord, token: TokenRecord, counter: number, driftSteps = 0) =>
      storage.ledger.spend(passcodeClaim(user, token, counter, driftSteps));
    const fail = (user: UserRecord, lockoutFailures = 3, lockoutSeconds = 60) =>
      storage.ledger.fail(failureClaim(user, lockoutFailures, lockoutSeconds));
    const reasons = async (): Promise<string[]> => (await collect(storage)).map((event) => event.reason).reverse();
    const lastCounter = (user: UserRecord): number | undefined =>
      storage.directory.passcodeTokens(user.id)[0]?.lastCounter;

    describe('users', () => {
      it('finds a user in any case and any Unicode form of the name', async () => {
        await storage.users.addUser('Zoë', { email: 'zoe@example.com' });
        expect(storage.directory.findUser('ZOE\u0308')).toMatchObject({ name: 'Zoë', email: 'zoe@example.com' });
        expect(await storage.users.findUserRecord('zoë')).toMatchObject({ name: 'Zoë', failures: 0, tokenCount: 0 });
        expect(storage.directory.findUser('zoe')).toBeUndefined();
      });

      it('refuses a name that is taken in another case', async () => {
        await storage.users.addUser('alice', {});
        await expect(storage.users.addUser('ALICE', {})).rejects.toMatchObject({ code: 'user-exists' });
        expect(await storage.users.countUsers()).toBe(1);
      });

      it.each(['', ' alice', 'alice ', 'a\u0000b', 'a\nb', 'x'.repeat(254), 'é'.repeat(127), '\ud800'])(
        'refuses %j as a name',
        async (username) => {
          await expect(storage.users.addUser(username, {})).rejects.toMatchObject({ code: 'user-name-invalid' });
          expect(await storage.users.countUsers()).toBe(0);
        },
      );

      it('leaves out of a login user what was never set', async () => {
        const { id } = await storage.users.addUser('alice', {});
        expect(storage.directory.findUser('alice')).toStrictEqual({
          id,
          name: 'alice',
          isEnabled: true,
          lockedUntilMs: 0,
        });
      });

      it('sets fields, empties fields given as null, leaves fields not given', async () => {
        await storage.users.addUser('alice', { firstName: 'Alice', phone: '+15550100', language: 'en' });
        await storage.users.setUser('Alice', { phone: null, passwordHash: '$argon2id$x', isEnabled: false });
        const user = storage.directory.findUser('alice');
        expect(user).toMatchObject({
          firstName: 'Alice',
          language: 'en',
          passwordHash: '$argon2id$x',
          isEnabled: false,
        });
        expect(user).not.toHaveProperty('phone');
      });

      it('keeps the groups of a user, commas and all, in their order', async () => {
        const groups = ['CN=VPN Users,OU=Groups,DC=example,DC=com', 'Müller & Söhne', 'admins'];
        await storage.users.addUser('alice', { groups });
        expect(storage.directory.findUser('ALICE')?.groups).toEqual(groups);
        await storage.users.setUser('alice', { groups: ['admins'] });
        expect((await storage.users.findUserRecord('alice'))?.groups).toEqual(['admins']);
        for (const none of [[], null]) {
          await storage.users.setUser('alice', { groups: none });
          expect(storage.directory.findUser('alice')).not.toHaveProperty('groups');
        }
      });

      it('lists users by name', async () => {
        for (const username of ['carol', 'Alice', 'bob']) await storage.users.addUser(username, {});
        expect((await storage.users.listUsers()).map((user) => user.name)).toEqual(['Alice', 'bob', 'carol']);
      });

      it('refuses to change, unlock or delete a user who is not there', async () => {
        const unknown = { code: 'user-unknown' };
        await expect(storage.users.setUser('nobody', {})).rejects.toMatchObject(unknown);
        await expect(storage.users.setUser('nobody', { phone: '1' })).rejects.toMatchObject(unknown);
        await expect(storage.users.unlockUser('nobody')).rejects.toMatchObject(unknown);
        await expect(storage.users.deleteUser('nobody')).rejects.toMatchObject(unknown);
      });

      it('deletes the tokens with the user and gives neither number a second time', async () => {
        const [user, token] = await enrol('alice');
        await storage.users.deleteUser('ALICE');
        expect(await storage.tokens.listTokens()).toEqual([]);
        const [next, nextToken] = await enrol('alice');
        expect(next.id).toBeGreaterThan(user.id);
        expect(nextToken.id).toBeGreaterThan(token.id);
        expect(await spend(user, token, 1)).toBe('locked');
        expect(lastCounter(next)).toBe(-1);
      });
    });

    describe('tokens', () => {
      it('gives a token back with its secret, also after a restart', async () => {
        const secret = Buffer.from('3132333435363738393031323334353637383930', 'hex');
        const [user] = await enrol('alice', { secret: Secret.fromOctets(secret), digits: 8, algorithm: 'sha256' });
        await reopen();
        const [token] = storage.directory.passcodeTokens(user.id);
        expect(token).toMatchObject({
          userId: user.id,
          serial: 'T-alice',
          type: 'totp',
          digits: 8,
          algorithm: 'sha256',
        });
        expect(token).toMatchObject({ periodSeconds: 30, lastCounter: -1, driftSteps: 0 });
        expect(token?.secret.reveal()).toEqual(secret);
      });

      it('begins a counter token before the counter it shows next', async () => {
        const [user, token] = await enrol('alice', { type: 'hotp', nextCounter: 7 });
        expect(lastCounter(user)).toBe(6);
        expect(await spend(user, token, 6)).toBe('replayed');
        expect(await spend(user, token, 7)).toBe('spent');
      });

      it('refuses a serial that is taken, one that is unprintable, and a user who is not there', async () => {
        const [user] = await enrol('alice');
        const add = (fields: Partial<NewToken>) => storage.tokens.addToken(newToken(user.id, fields));
        await expect(add({ serial: 'T-alice' })).rejects.toMatchObject({ code: 'serial-exists' });
        await expect(add({ serial: 'T\u0007' })).rejects.toMatchObject({ code: 'serial-invalid' });
        await expect(add({ userId: user.id + 99 })).rejects.toMatchObject({ code: 'user-unknown' });
        expect(await storage.tokens.listTokens()).toHaveLength(1);
      });

      it('keeps disabled tokens from logins, but knows the user has one', async () => {
        const [user] = await enrol('alice');
        await storage.tokens.setTokenEnabled('T-alice', false);
        expect(storage.directory.passcodeTokens(user.id)).toEqual([]);
        expect(storage.directory.hasTokens(user.id)).toBe(true);
        expect(await storage.tokens.listTokens('ALICE')).toMatchObject([{ isEnabled: false, username: 'alice' }]);
        await storage.tokens.deleteToken('T-alice');
        expect(storage.directory.hasTokens(user.id)).toBe(false);
      });

      it('lists the tokens of one user or of all', async () => {
        await enrol('bob');
        await enrol('alice');
        expect((await storage.tokens.listTokens()).map((token) => token.serial)).toEqual(['T-alice', 'T-bob']);
        expect((await storage.tokens.listTokens('bob')).map((token) => token.serial)).toEqual(['T-bob']);
        expect(await storage.tokens.listTokens('nobody')).toEqual([]);
        expect(await storage.users.findUserRecord('bob')).toMatchObject({ tokenCount: 1 });
      });

      it('refuses to change or delete a token that is not there', async () => {
        await expect(storage.tokens.setTokenEnabled('X', true)).rejects.toMatchObject({ code: 'token-unknown' });
        await expect(storage.tokens.deleteToken('X')).rejects.toMatchObject({ code: 'token-unknown' });
      });
    });

    describe('spending a passcode', () => {
      it('spends a counter once, and what lies before it never', async () => {
        const [user, token] = await enrol();
        expect(await spend(user, token, 100, 2)).toBe('spent');
        expect(await spend(user, token, 100)).toBe('replayed');
        expect(await spend(user, token, 99)).toBe('replayed');
        expect(await spend(user, token, 101, -1)).toBe('spent');
        expect(storage.directory.passcodeTokens(user.id)).toMatchObject([{ lastCounter: 101, driftSteps: -1 }]);
        expect(await reasons()).toEqual(['both-doors', 'passcode-replayed', 'passcode-replayed', 'both-doors']);
      });

      it('spends a counter once among many who try at the same moment', async () => {
        const [user, token] = await enrol();
        const outcomes = await Promise.all(Array.from({ length: 50 }, () => spend(user, token, 5)));
        expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'replayed')).toHaveLength(49);
        expect(await reasons()).toHaveLength(50);
      });

      it('remembers a spent counter across a restart and a clock that went back', async () => {
        const [user, token] = await enrol();
        await spend(user, token, 100);
        await reopen();
        clock.jumpWall(-86_400_000);
        expect(await spend(user, token, 100)).toBe('replayed');
        expect(await spend(user, token, 40)).toBe('replayed');
      });

      it('forgets the failures of the user when the passcode was spent, not when it was replayed', async () => {
        const [user, token] = await enrol();
        await spend(user, token, 1);
        await fail(user);
        await spend(user, token, 1);
        expect(await storage.users.findUserRecord('alice')).toMatchObject({ failures: 1 });
        await spend(user, token, 2);
        expect(await storage.users.findUserRecord('alice')).toMatchObject({ failures: 0 });
      });

      it.each([
        ['a disabled user', () => storage.users.setUser('alice', { isEnabled: false })],
        ['a disabled token', () => storage.tokens.setTokenEnabled('T-alice', false)],
        ['a deleted token', () => storage.tokens.deleteToken('T-alice')],
        ['a deleted user', () => storage.users.deleteUser('alice')],
      ])('spends nothing for %s', async (_, change: () => Promise<unknown>) => {
        const [user, token] = await enrol();
        await change();
        expect(await spend(user, token, 1)).toBe('locked');
        expect(await reasons()).toEqual(['locked-out']);
      });

      it('spends nothing of a token that belongs to someone else', async () => {
        const [alice] = await enrol('alice');
        const [bob, token] = await enrol('bob');
        expect(await spend(alice, token, 1)).toBe('locked');
        expect(lastCounter(bob)).toBe(-1);
      });
    });

    describe('locking out', () => {
      it('locks the user at the last failure that is allowed, and records that', async () => {
        const [user, token] = await enrol();
        expect(await fail(user)).toBe('counted');
        expect(await fail(user)).toBe('counted');
        expect(storage.directory.findUser('alice')).toMatchObject({ lockedUntilMs: 0 });
        expect(await fail(user)).toBe('locked');
        const lockedUntilMs = clock.nowMs() + 60_000;
        expect(storage.directory.findUser('alice')).toMatchObject({ lockedUntilMs });
        expect(await storage.users.findUserRecord('alice')).toMatchObject({ failures: 0, lockedUntilMs });
        expect(await spend(user, token, 1)).toBe('locked');
        expect(lastCounter(user)).toBe(-1);
        expect(await reasons()).toEqual(['passcode-wrong', 'passcode-wrong', 'locked-out', 'locked-out']);
      });

      it('neither counts nor prolongs while the user is locked', async () => {
        const [user] = await enrol();
        await fail(user, 1);
        const before = storage.directory.findUser('alice');
        clock.jumpWall(30_000);
        expect(await fail(user, 1)).toBe('locked');
        expect(storage.directory.findUser('alice')).toEqual(before);
        expect(await storage.users.findUserRecord('alice')).toMatchObject({ failures: 0 });
      });

      it('ends a lock when its time is over, and counts from nothing then', async () => {
        const [user, token] = await enrol();
        for (let count = 0; count < 3; count += 1) await fail(user);
        clock.jumpWall(59_999);
        expect(await spend(user, token, 1)).toBe('locked');
        clock.jumpWall(1);
        expect(storage.directory.findUser('alice')).toMatchObject({ lockedUntilMs: 0 });
        expect(await fail(user)).toBe('counted');
        expect(await spend(user, token, 1)).toBe('spent');
      });

      it('ends a lock when an administrator says so', async () => {
        const [user, token] = await enrol();
        await fail(user, 1);
        await storage.users.unlockUser('ALICE');
        expect(storage.directory.findUser('alice')).toMatchObject({ lockedUntilMs: 0 });
        expect(await spend(user, token, 1)).toBe('spent');
      });

      it('opens no lock when the clock goes back', async () => {
        const [user, token] = await enrol();
        await fail(user, 1);
        clock.jumpWall(-3_600_000);
        expect(storage.directory.findUser('alice')?.lockedUntilMs).toBe(clock.nowMs() + 60_000);
        expect(await spend(user, token, 1)).toBe('locked');
        expect(await fail(user, 1)).toBe('locked');
      });

      it.each([
        ['a login reads it', () => Promise.resolve(storage.directory.findUser('alice'))],
        ['a passcode is to be spent', async () => spend(...(await found()), 1)],
        ['a failure is counted', async () => fail((await found())[0])],
      ])('ends a lock from a future that never came, one length after %s', async (_, look: () => Promise<unknown>) => {
        const [user, token] = await enrol();
        clock.jumpWall(365 * 86_400_000);
        await fail(user, 1);
        clock.jumpWall(-365 * 86_400_000);
        await look();
        await storage.ledger.record(event('reject', 'locked-out')); // whatever the look has set going is written before this
        clock.jumpWall(59_999);
        expect(storage.directory.findUser('alice')?.lockedUntilMs).toBe(clock.nowMs() + 1);
        clock.jumpWall(1);
        expect(await spend(user, token, 1)).toBe('spent');
      });

      it('counts failures that come at the same moment one by one', async () => {
        const [user] = await enrol();
        const outcomes = await Promise.all(Array.from({ length: 10 }, () => fail(user, 4)));
        expect(outcomes).toEqual([...Array<string>(3).fill('counted'), ...Array<string>(7).fill('locked')]);
      });

      it('records the failure of a user who was deleted meanwhile', async () => {
        const [user] = await enrol();
        await storage.users.deleteUser('alice');
        expect(await fail(user, 1)).toBe('counted');
        expect(await reasons()).toEqual(['passcode-wrong']);
      });

      const found = async (): Promise<[UserRecord, TokenRecord]> => {
        const user = await storage.users.findUserRecord('alice');
        const [token] = await storage.tokens.listTokens('alice');
        return [user!, token!];
      };
    });

    describe('the authentication log', () => {
      it('gives back every field of an event, and no other', async () => {
        const full = {
          ...event('accept', 'both-doors'),
          firstName: 'Älice',
          lastName: '李',
          email: 'a@example.com',
          phone: '+15550100',
          token: 'T-1',
          factor: 'totp',
          userAddress: '198.51.100.7',
          primary: 'corp',
          primaryPassedUnavailable: true,
          durationMs: 12.5,
        };
        await storage.ledger.record(full);
        await storage.ledger.record(event('reject', 'unenrolled'));
        expect(await collect(storage)).toStrictEqual([event('reject', 'unenrolled'), full]);
      });

      it('keeps whatever text a stranger sends', async () => {
        const names = ['"}\\', 'a\u0000b', '\ud800', '💥\u2028', '', "'; DROP TABLE users; --", 'x'.repeat(5_000)];
        for (const username of names) await storage.ledger.record(event('reject', 'username-invalid', { username }));
        expect((await collect(storage)).map(({ username }) => username).reverse()).toEqual(names);
        expect(await storage.events.verifyChain()).toEqual({ kind: 'intact', events: names.length });
      });

      it('gives the newest first, and no more than were asked for', async () => {
        for (const atMs of [3_000, 1_000, 2_000, 2_000]) {
          await storage.ledger.record(event('reject', 'unenrolled', { atMs, id: `at-${atMs}` }));
        }
        expect((await collect(storage)).map(({ atMs }) => atMs)).toEqual([3_000, 2_000, 2_000, 1_000]);
        expect((await collect(storage, { limit: 2 })).map(({ atMs }) => atMs)).toEqual([3_000, 2_000]);
        expect(await collect(storage, { limit: 0 })).toEqual([]);
      });

      it('gives the newest first also of logins that ended in another order than they are dated', async () => {
        const dated: { atMs: number; id: string }[] = [];
        for (let round = 0; round < 70; round += 1) {
          const together = [round * 7, round, round * 31].map((number) => ({ atMs: 1_000 + (number % 40), id: '' }));
          for (const one of together) dated.push(Object.assign(one, { id: `event-${dated.length}` }));
          await Promise.all(together.map((one) => storage.ledger.record(event('reject', 'unenrolled', one))));
        }
        const idsOf = (events: readonly { id: string }[]): string[] => events.map(({ id }) => id);
        const newest = dated.reverse().sort((one, other) => other.atMs - one.atMs);
        expect(idsOf(await collect(storage))).toEqual(idsOf(newest));
        expect(idsOf(await collect(storage, { limit: 50 }))).toEqual(idsOf(newest.slice(0, 50)));
        const between = newest.filter(({ atMs }) => atMs >= 1_010 && atMs < 1_020);
        expect(idsOf(await collect(storage, { sinceMs: 1_010, untilMs: 1_020 }))).toEqual(idsOf(between));
      });

      it('finds by time, user, client, verdict and reason, all together', async () => {
        const recorded = [
          event('accept', 'both-doors', { atMs: 1_000, username: 'Alice', client: 'vpn' }),
          event('reject', 'locked-out', { atMs: 2_000, username: 'ALICE', client: 'vpn' }),
          event('reject', 'unenrolled', { atMs: 3_000, username: 'bob', client: 'wifi' }),
        ];
        for (const one of recorded) await storage.ledger.record(one);
        const [first, second, third] = recorded;
        expect(await collect(storage, { user: 'alice' })).toEqual([second, first]);
        expect(await collect(storage, { client: 'wifi' })).toEqual([third]);
        expect(await collect(storage, { verdict: 'reject' })).toEqual([third, second]);
        expect(await collect(storage, { reason: 'locked-out' })).toEqual([second]);
        expect(await collect(storage, { sinceMs: 2_000, untilMs: 3_000 })).toEqual([second]);
        expect(await collect(storage, { user: 'alice', verdict: 'accept', sinceMs: 1_001 })).toEqual([]);
      });

      it('streams more events than one page, each once, while others are written', async () => {
        const write = (count: number) =>
          Promise.all(Array.from({ length: count }, () => storage.ledger.record(event('reject', 'unenrolled'))));
        await write(1_234);
        let seen = 0;
        for await (const { atMs } of storage.events.events({})) {
          expect(atMs).toBe(event('reject', 'unenrolled').atMs);
          if (seen === 10) await write(20);
          seen += 1;
        }
        expect(seen).toBe(1_234);
        expect(await storage.events.verifyChain()).toEqual({ kind: 'intact', events: 1_254 });
      });

      it('is an intact chain, also when it is empty and after a restart', async () => {
        expect(await storage.events.verifyChain()).toEqual({ kind: 'intact', events: 0 });
        const [user, token] = await enrol();
        await Promise.all([spend(user, token, 1), fail(user), storage.ledger.record(event('reject', 'unenrolled'))]);
        await reopen();
        await spend(user, token, 2);
        const told: [number, number][] = [];
        expect(await storage.events.verifyChain((done, total) => told.push([done, total]))).toEqual({
          kind: 'intact',
          events: 4,
        });
        expect(told.at(-1)).toEqual([4, 4]);
      });

      it('refuses an event that is none, and writes its neighbours', async () => {
        const bad = { ...event('reject', 'unenrolled'), atMs: Number.NaN };
        const outcomes = await Promise.allSettled([
          storage.ledger.record(event('accept', 'both-doors')),
          storage.ledger.record(bad),
          storage.ledger.record(event('reject', 'locked-out')),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(await reasons()).toEqual(['both-doors', 'locked-out']);
      });
    });

    describe('closing', () => {
      it('writes what is queued first, and refuses what comes after', async () => {
        const queued = Array.from({ length: 300 }, () => storage.ledger.record(event('reject', 'unenrolled')));
        const closing = storage.close();
        await expect(storage.ledger.record(event('reject', 'unenrolled'))).rejects.toMatchObject({ code: 'closed' });
        await closing;
        await Promise.all(queued);
        await reopen();
        expect(await storage.events.verifyChain()).toEqual({ kind: 'intact', events: 300 });
      });

      it('can be done twice', async () => {
        await Promise.all([storage.close(), storage.close()]);
        await storage.close();
        await reopen();
        expect(storage.health()).toEqual({ isHealthy: true });
      });
    });
  });
}

/** An event of the log with plausible fields. */
export function event(
  verdict: AuditEvent['verdict'],
  reason: AuditEvent['reason'],
  fields: Partial<AuditEvent> = {},
): AuditEvent {
  return {
    id: '0b5e1d2c',
    atMs: Date.UTC(2026, 0, 15, 7),
    server: 'gate-1',
    verdict,
    reason,
    username: 'alice',
    client: 'vpn',
    clientAddress: '192.0.2.1',
    durationMs: 4,
    ...fields,
  };
}

/** A token to be kept. */
export function newToken(userId: number, fields: Partial<NewToken> = {}): NewToken {
  return {
    userId,
    type: 'totp',
    serial: 'T-1',
    secret: Secret.fromText('12345678901234567890'),
    digits: 6,
    algorithm: 'sha1',
    periodSeconds: 30,
    nextCounter: 0,
    ...fields,
  };
}

/** A claim on a counter. */
export function passcodeClaim(
  user: { readonly id: number },
  token: { readonly id: number },
  counter: number,
  driftSteps = 0,
): PasscodeClaim {
  return {
    userId: user.id,
    tokenId: token.id,
    counter,
    driftSteps,
    accepted: event('accept', 'both-doors'),
    replayed: event('reject', 'passcode-replayed'),
    locked: event('reject', 'locked-out', { factor: 'totp' }),
  };
}

/** A wrong answer to count. */
export function failureClaim(
  user: { readonly id: number },
  lockoutFailures: number,
  lockoutSeconds: number,
): FailureClaim {
  return {
    userId: user.id,
    lockoutFailures,
    lockoutSeconds,
    event: event('reject', 'passcode-wrong'),
    locked: event('reject', 'locked-out'),
  };
}

/** Every event that fits. */
export async function collect(
  storage: Storage,
  query: Parameters<Storage['events']['events']>[0] = {},
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  for await (const one of storage.events.events(query)) events.push(one);
  return events;
}
