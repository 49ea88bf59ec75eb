import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenActivate } from '../../../src/cli/token-activate.ts';
import { tokenAdd } from '../../../src/cli/token-add.ts';
import { tokenDelete, tokenDisable } from '../../../src/cli/token-change.ts';
import { tokenList } from '../../../src/cli/token-list.ts';
import type { TokenView } from '../../../src/cli/token-list.ts';
import { userAdd } from '../../../src/cli/user-add.ts';
import { passcodeAt } from '../../../src/factors/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

const shape = { type: 'hotp', digits: 6, algorithm: 'sha1', period: 30 } as const;
const passcode = (counter: number): string =>
  passcodeAt({ ...shape, periodSeconds: 30, secret: Secret.fromText('12345678901234567890') }, counter);

beforeEach(async () => {
  workplace = new Workplace();
  await workplace.play(userAdd, { name: 'alice', password: false });
  const given = { user: 'alice', ...shape, counter: 5, serial: 'SN-1', secretStdin: true, pending: true };
  const { out } = await workplace.play(tokenAdd, given, { stdin: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' });
  expect(out).toContain('sallyport token activate SN-1');
});
afterEach(() => {
  vi.restoreAllMocks();
  workplace.remove();
});

const activate = (stdin: string) => workplace.play(tokenActivate, { serial: 'SN-1' }, { stdin });
const listed = async (): Promise<TokenView[]> =>
  JSON.parse((await workplace.play(tokenList, { json: true })).out) as TokenView[];

describe('token activate', () => {
  it('makes a pending token active by one passcode, which is spent with it', async () => {
    expect(await listed()).toMatchObject([{ isPending: true, isUsed: true, nextCounter: 5 }]);
    expect(await activate(`${passcode(6)}\n`)).toMatchObject({ status: 0, out: 'Token SN-1 is active.\n', err: '' });
    expect(await listed()).toMatchObject([{ isPending: false, nextCounter: 7 }]);
    expect((await activate(passcode(7))).err).toContain('no token SN-1');
  });

  it('asks on a terminal', async () => {
    const played = workplace.play(tokenActivate, { serial: 'SN-1' }, { typed: [['Passcode', passcode(5)]] });
    expect((await played).status).toBe(0);
  });

  it.each(['', '000000', '12345', 'secret', passcode(3)])(
    'takes no %j for a proof, and does not repeat it',
    async (text) => {
      const played = await activate(text);
      expect(played).toMatchObject({ status: 1, out: '' });
      expect(played.err).toMatch(/does not fit|used before/);
      if (text !== '') expect(played.err).not.toContain(text);
      expect(await listed()).toMatchObject([{ isPending: true }]);
    },
  );

  it('proves no token that is disabled or gone', async () => {
    await workplace.play(tokenDisable, { serial: 'SN-1' });
    expect((await activate(passcode(5))).status).toBe(1);
    await workplace.play(tokenDelete, { serial: 'SN-1', yes: true });
    expect((await activate(passcode(5))).status).toBe(1);
  });
});

describe('a push token', () => {
  it('is listed with its protocol and state, disabled and deleted like others', async () => {
    await workplace.useStorage(async ({ users, tokens }) => {
      const user = await users.findUserRecord('alice');
      const phone = { userId: user!.id, serial: 'PU-1', protocol: 'app', data: Secret.fromText('{"key":1}') } as const;
      return tokens.addPushToken(phone);
    });
    const table = await workplace.play(tokenList, {});
    expect(table.out).toMatch(/PU-1.*push.*asked by app.*pending/);
    expect((await listed())[1]).toMatchObject({ type: 'push', protocol: 'app', digits: null, isPending: true });
    await workplace.play(tokenDisable, { serial: 'PU-1' });
    expect((await workplace.play(tokenList, {})).out).toMatch(/PU-1.*disabled/);
    await workplace.play(tokenDelete, { serial: 'PU-1', yes: true });
    expect(await listed()).toHaveLength(1);
  });
});
