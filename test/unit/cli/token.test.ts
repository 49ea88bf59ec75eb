import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenAdd } from '../../../src/cli/token-add.ts';
import type { TokenAddArguments } from '../../../src/cli/token-add.ts';
import { tokenDelete, tokenDisable, tokenEnable } from '../../../src/cli/token-change.ts';
import { tokenList } from '../../../src/cli/token-list.ts';
import { userAdd } from '../../../src/cli/user-add.ts';
import { decodeBase32 } from '../../../src/factors/index.ts';
import type { PasscodeToken } from '../../../src/factors/index.ts';
import type { Surroundings } from '../../support/terminal.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

beforeEach(async () => {
  workplace = new Workplace();
  await workplace.play(userAdd, { name: 'alice', password: false });
});

afterEach(() => {
  vi.restoreAllMocks();
  workplace.remove();
});

const BASE32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const defaults = { user: 'alice', type: 'totp', digits: 6, algorithm: 'sha1', period: 30, counter: 0 } as const;

const add = (options: Partial<TokenAddArguments> = {}, surroundings?: Surroundings) =>
  workplace.play(tokenAdd, { ...defaults, ...options }, surroundings);

const addGiven = (options: Partial<TokenAddArguments> = {}, stdin = `${BASE32}\n`) =>
  add({ secretStdin: true, serial: 'SN-1', ...options }, { stdin });

function kept(): Promise<readonly PasscodeToken[]> {
  return workplace.useStorage(async ({ users, directory }) => {
    const user = await users.findUserRecord('alice');
    return directory.passcodeTokens(user!.id);
  });
}

describe('token add', () => {
  it('keeps the secret of standard input and prints nothing of it', async () => {
    const played = await addGiven();
    expect(played).toMatchObject({ status: 0, err: '' });
    expect(played.out).toContain('Token SN-1 added to user alice');
    expect(played.out).toContain('sallyport login --user alice');
    expect(played.out).not.toMatch(/otpauth|█|GEZDGN/);
    const [token] = await kept();
    expect(token).toMatchObject({ type: 'totp', digits: 6, algorithm: 'sha1', periodSeconds: 30, lastCounter: -1 });
    expect(token?.secret.reveal()).toEqual(Buffer.from('12345678901234567890'));
  });

  it('makes a secret, keeps it and shows it once, as address and QR code', async () => {
    const { status, out } = await add();
    expect(status).toBe(0);
    const uri = new URL(/otpauth:\S+/.exec(out)?.[0] ?? '');
    expect(decodeURIComponent(uri.pathname)).toBe('/Sallyport:alice');
    const [token] = await kept();
    expect(decodeBase32(uri.searchParams.get('secret') ?? '').reveal()).toEqual(token?.secret.reveal());
    expect(token?.secret.length).toBe(20);
    expect(out).toContain('█▀▀▀▀▀█');
    expect(out).toContain(`Token ${String(token?.serial)} added`);
  });

  it('makes a longer secret for a longer digest', async () => {
    await add({ algorithm: 'sha512', digits: 8, period: 60 });
    const [token] = await kept();
    expect(token).toMatchObject({ algorithm: 'sha512', digits: 8, periodSeconds: 60 });
    expect(token?.secret.length).toBe(64);
  });

  it('makes up serials that differ', async () => {
    await add();
    await add();
    const serials = (await kept()).map(({ serial }) => serial);
    expect(new Set(serials).size).toBe(2);
    for (const serial of serials) expect(serial).toMatch(/^TOTP-[0-9A-F]{10}$/);
  });

  it('keeps the counter that a HOTP device shows next', async () => {
    await addGiven({ type: 'hotp', counter: 7 });
    expect((await kept())[0]).toMatchObject({ type: 'hotp', lastCounter: 6 });
  });

  it('takes Base32 as people copy it', async () => {
    expect((await addGiven({}, ' gezd gnbv-gy3t qojq gezd gnbv gy3t qojq\r\n')).status).toBe(0);
    expect((await kept())[0]?.secret.reveal()).toEqual(Buffer.from('12345678901234567890'));
  });

  it.each([
    ['nothing', '', 'empty'],
    ['no Base32', 'not base 32!', 'not Base32'],
    ['hexadecimal', '3132333435363738393031323334353637383930', 'hexadecimal'],
    ['less than 10 octets', 'GEZDGNBVGY', 'at least 10'],
  ])('refuses %s as a secret, without printing it', async (_, stdin, problem) => {
    const played = await addGiven({}, stdin);
    expect(played).toMatchObject({ status: 1, out: '', err: expect.stringContaining(problem) as string });
    if (stdin !== '') expect(played.err).not.toContain(stdin);
    expect(await kept()).toEqual([]);
  });

  it('takes a short secret with a note', async () => {
    const played = await addGiven({}, 'GEZDGNBVGY3TQOJQ');
    expect(played).toMatchObject({ status: 0, err: expect.stringContaining('16 or more') as string });
  });

  it.each([
    ['period', { period: 10 }],
    ['period', { period: 30.5 }],
    ['digits', { digits: 9 }],
    ['counter', { counter: -1 }],
    ['counter', { counter: Number.NaN }],
  ])('refuses a %s outside its bounds as bad usage', async (name, options) => {
    expect(await add(options)).toMatchObject({ status: 2, err: expect.stringContaining(name) as string });
    expect(await kept()).toEqual([]);
  });

  it('refuses a user who is unknown and a serial that is taken', async () => {
    expect(await add({ user: 'bob' })).toMatchObject({ status: 1, err: 'There is no user bob.\n' });
    await addGiven();
    expect(await addGiven()).toMatchObject({ status: 1, err: expect.stringContaining('SN-1') as string });
    expect(await kept()).toHaveLength(1);
  });

  it('prints JSON for programs, with the address only where the secret was made here', async () => {
    const made = JSON.parse((await add({ json: true })).out) as Record<string, unknown>;
    expect(made).toMatchObject({ user: 'alice', type: 'totp', uri: expect.stringMatching(/^otpauth:/) as string });
    const given = JSON.parse((await addGiven({ json: true })).out) as Record<string, unknown>;
    expect(given).toMatchObject({ serial: 'SN-1', uri: null });
  });
});

describe('token list', () => {
  it('lists the tokens of all or of one user, and never a secret', async () => {
    await workplace.play(userAdd, { name: 'bob', password: false });
    await addGiven();
    await addGiven({ user: 'bob', type: 'hotp', counter: 3, serial: 'SN-2' });
    const all = await workplace.play(tokenList, { json: true });
    expect(JSON.parse(all.out)).toMatchObject([
      { serial: 'SN-1', user: 'alice', periodSeconds: 30, nextCounter: null, isUsed: false },
      { serial: 'SN-2', user: 'bob', periodSeconds: null, nextCounter: 3 },
    ]);
    const own = await workplace.play(tokenList, { user: 'Bob' });
    expect(own.out).toContain('SN-2');
    expect(own.out).not.toContain('SN-1');
    expect(all.out + own.out).not.toContain(BASE32);
  });

  it('tells a user without tokens from a user who is unknown', async () => {
    expect(await workplace.play(tokenList, { user: 'alice' })).toMatchObject({ status: 0 });
    expect(await workplace.play(tokenList, { user: 'bob' })).toMatchObject({ status: 1, out: '' });
  });
});

describe('token disable, enable, delete', () => {
  beforeEach(async () => {
    await addGiven();
  });

  it('disables and enables', async () => {
    expect((await workplace.play(tokenDisable, { serial: 'SN-1' })).status).toBe(0);
    expect(await kept()).toEqual([]);
    expect((await workplace.play(tokenList, {})).out).toContain('disabled');
    expect((await workplace.play(tokenEnable, { serial: 'SN-1' })).status).toBe(0);
    expect(await kept()).toHaveLength(1);
  });

  it('deletes with --yes, and never unasked', async () => {
    expect((await workplace.play(tokenDelete, { serial: 'SN-1' })).status).toBe(2);
    expect(await kept()).toHaveLength(1);
    expect((await workplace.play(tokenDelete, { serial: 'SN-1', yes: true })).status).toBe(0);
    expect(await kept()).toEqual([]);
  });

  it.each([
    ['disable', tokenDisable],
    ['enable', tokenEnable],
    ['delete', tokenDelete],
  ])('%s refuses a serial that is unknown', async (_, run) => {
    const played = await workplace.play(run, { serial: 'SN-9\u009b2J', yes: true });
    expect(played).toMatchObject({ status: 1, err: expect.stringContaining('SN-9\\u{9b}2J') as string });
  });
});
