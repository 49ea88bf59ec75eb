import { afterEach, describe, expect, it } from 'vitest';
import { readPasscode } from '../../src/access/append.ts';
import { createAdministration } from '../../src/administration.ts';
import { decodeBase32, passcodeAt, passcodeFactors } from '../../src/factors/index.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { openTestStore, type SqliteUnderTest } from './storage/sqlite-store.ts';

const stores: SqliteUnderTest[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.remove();
});

const channel = {
  protocol: 'ntfy' as const,
  enrol: (serial: string, account: string) => ({
    uri: `ntfy://${serial}/${account}`,
    data: Secret.fromText(`data of ${serial}`),
  }),
};

async function administration() {
  const store = await openTestStore();
  stores.push(store);
  const { storage, clock } = store;
  await storage.users.addUser('Alice', { passwordHash: '$argon2id$x', phone: '+4512345678' });
  const factors = passcodeFactors({ totp: { window: 1 }, hotp: { window: 10 } });
  const settings = () => ({ issuer: 'Gate', factors, channels: [channel], clients: ['vpn'] });
  const endSessions = (user: string) => Promise.resolve([{ session: `of ${user}`, client: 'vpn', outcome: 'ended' }]);
  const deps = { clock, random: createSystemRandom(), storage, settings, endSessions };
  return { ...createAdministration(deps), storage, clock };
}

function shownBy(uri: Secret, counter: number): string {
  const secret = decodeBase32(new URL(uri.reveal().toString('utf8')).searchParams.get('secret') ?? '');
  return passcodeAt({ secret, digits: 6, algorithm: 'sha1', periodSeconds: 30 }, counter);
}

describe('a token that an administrator begins', () => {
  it.each(['totp', 'hotp'] as const)('of type %s is used once its first passcode has come', async (type) => {
    const { tokens, users, storage, clock } = await administration();
    const begun = await tokens.begin('alice', { type });
    if (begun.kind !== 'begun') throw new Error(begun.kind);
    const user = storage.directory.findUser('alice')!;
    expect((await users.find('alice'))?.tokens).toMatchObject([{ serial: begun.serial, type, state: 'pending' }]);
    expect(storage.directory.passcodeTokens(user.id)).toEqual([]);
    const counter = type === 'totp' ? Math.floor(clock.nowMs() / 30_000) : 0;
    const good = shownBy(begun.uri, counter);
    expect(await tokens.activate(begun.serial, shownBy(begun.uri, counter + 500))).toEqual({
      kind: 'wrong',
      attemptsLeft: 4,
    });
    expect(await tokens.activate(begun.serial, good)).toEqual({ kind: 'activated' });
    expect(await tokens.activate(begun.serial, good)).toEqual({ kind: 'not-pending' });
    // The passcode is spent.
    expect(storage.directory.passcodeTokens(user.id)).toMatchObject([{ serial: begun.serial, lastCounter: counter }]);
  });

  it('is deleted after five wrong passcodes, also when they come all at once', async () => {
    const { tokens, users, clock } = await administration();
    const begun = await tokens.begin('Alice', { type: 'totp' });
    if (begun.kind !== 'begun') throw new Error(begun.kind);
    const step = Math.floor(clock.nowMs() / 30_000);
    const wrong = shownBy(begun.uri, step + 500);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => tokens.activate(begun.serial, wrong)));
    expect(outcomes.filter(({ kind }) => kind === 'wrong')).toHaveLength(4);
    expect(await tokens.activate(begun.serial, shownBy(begun.uri, step))).toEqual({ kind: 'not-pending' });
    expect((await users.find('alice'))?.tokens).toEqual([]);
  });

  it('of type push waits for its phone, where its protocol is offered', async () => {
    const { tokens, storage } = await administration();
    const begun = await tokens.begin('alice', { type: 'push', protocol: 'ntfy' });
    if (begun.kind !== 'begun') throw new Error(begun.kind);
    expect(begun.uri.reveal().toString()).toBe(`ntfy://${begun.serial}/Alice`);
    expect(storage.devices.find(begun.serial)).toMatchObject({ protocol: 'ntfy', isPending: true });
    expect(await tokens.activate(begun.serial, '123456')).toEqual({ kind: 'not-pending' });
    expect(await tokens.begin('alice', { type: 'push', protocol: 'app' })).toEqual({ kind: 'not-offered' });
    expect(await tokens.begin('bob', { type: 'totp' })).toEqual({ kind: 'user-unknown' });
    expect(await tokens.remove(begun.serial)).toBe(true);
    expect(await tokens.remove(begun.serial)).toBe(false);
  });
});

describe('an administrator', () => {
  it('resets a user, with the reason for them to see', async () => {
    const { tokens, users } = await administration();
    const begun = await tokens.begin('alice', { type: 'totp' });
    expect(await users.reset('ALICE', 'the token was found in a café')).toEqual({
      tokens: [begun.kind === 'begun' && begun.serial],
      codes: 0,
    });
    expect(await users.find('alice')).toMatchObject({ resetReason: 'the token was found in a café', tokens: [] });
    expect(await users.reset('bob', 'x')).toBeUndefined();
  });

  it('takes what a lost phone may give away, bypass codes too', async () => {
    const { users, storage } = await administration();
    await users.bypass('alice', { reason: 'forgot it', seconds: 300 });
    expect(await users.phoneLost('alice')).toMatchObject({ tokens: [] });
    expect(await users.find('alice')).not.toHaveProperty('phone');
    expect(storage.directory.codes(storage.directory.findUser('alice')!.id)).toEqual([]);
    expect(await users.phoneLost('bob')).toBeUndefined();
  });

  it('gives a bypass code that only its digest is kept of, until it ends', async () => {
    const { users, storage, clock } = await administration();
    const bypass = await users.bypass('alice', { reason: 'forgot it', seconds: 300 });
    const { id } = storage.directory.findUser('alice')!;
    expect(bypass?.expiresAtMs).toBe(clock.nowMs() + 300_000);
    const text = bypass?.code.reveal().toString() ?? '';
    expect(text).toMatch(/^[A-HJKMNP-TV-Z2-9]{10}$/);
    // Ten characters at least, or the login takes it for no code.
    expect(readPasscode(Buffer.from(text), { hasPin: false, hasCodes: () => true })?.toString()).toBe(text);
    expect(storage.directory.codes(id)).toMatchObject([
      { kind: 'bypass', label: 'forgot it', digest: storage.codeDigest(id, text) },
    ]);
    await clock.advance(300_000);
    expect(storage.directory.codes(id)).toEqual([]);
    expect(await users.bypass('bob', { reason: 'x', seconds: 60 })).toBeUndefined();
  });
});

describe('limits that an administrator sets', () => {
  it('block a user for some days or until somebody lifts it, in any spelling of the name', async () => {
    const { limits, storage, clock } = await administration();
    const block = await limits.block('ALICE', { reason: 'stolen', days: 2, by: 'API key desk' });
    expect(block).toEqual({
      ...{ user: 'Alice', reason: 'stolen', by: 'API key desk', fromMs: clock.nowMs() },
      untilMs: clock.nowMs() + 2 * 86_400_000,
      sessions: [{ session: 'of Alice', client: 'vpn', outcome: 'ended' }],
    });
    expect(storage.directory.findUser('alice')?.blockedUntilMs).toBe(block?.untilMs);
    expect(await limits.block('alice', { reason: 'still', days: undefined, by: 'x' })).toMatchObject({ untilMs: 0 });
    expect(await limits.blocks()).toMatchObject([{ user: 'Alice', reason: 'still' }]);
    expect(storage.directory.findUser('alice')?.blockedUntilMs).toBe(Infinity);
    expect(await limits.unblock('aLice')).toBe(true);
    expect(await limits.unblock('alice')).toBe(false);
    expect(storage.directory.findUser('alice')?.blockedUntilMs).toBeUndefined();
    expect(await limits.block('mallory', { reason: 'x', days: 1, by: 'x' })).toBeUndefined();
    expect(await limits.unblock('mallory')).toBe(false);
  });

  it('show remembered logins and end them', async () => {
    const { limits, storage, clock } = await administration();
    const { id } = storage.directory.findUser('alice')!;
    const login = { userId: id, digest: storage.remembered.digest(['a']), client: 'vpn', station: 'Ã¥' };
    await storage.remembered.keep({ ...login, expiresAtMs: clock.nowMs() + 1000 });
    expect(await limits.remembered()).toMatchObject([{ user: 'Alice', client: 'vpn', station: 'å' }]);
    expect(await limits.forget('ALICE')).toBe(1);
    expect(await limits.remembered()).toEqual([]);
    expect(await limits.forget('mallory')).toBeUndefined();
  });

  it('open for a client that there is, or for all, and close at once', async () => {
    const { limits } = await administration();
    const { openings } = limits;
    expect(await openings.open({ client: 'no-such', reason: 'x', minutes: 5 })).toBeUndefined();
    expect(await openings.list()).toEqual([]);
    const opening = await openings.open({ client: 'vpn', reason: 'outage', minutes: 5 });
    expect(opening).toMatchObject({ client: 'vpn', reason: 'outage' });
    expect(opening!.untilMs - opening!.fromMs).toBe(300_000);
    expect(await openings.open({ client: undefined, reason: 'all', minutes: 1 })).toMatchObject({ client: undefined });
    expect(await openings.list()).toHaveLength(2);
    expect(await openings.close()).toBe(2);
    expect(await openings.list()).toEqual([]);
  });
});
