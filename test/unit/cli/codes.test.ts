import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appPasswordAdd, appPasswordList, appPasswordRevoke } from '../../../src/cli/app-password.ts';
import { backupCodesAdd, backupCodesList } from '../../../src/cli/backup-codes.ts';
import { bypassAdd, bypassList, bypassRevoke } from '../../../src/cli/bypass.ts';
import { userAdd } from '../../../src/cli/user-add.ts';
import type { Code } from '../../../src/access/index.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

beforeEach(async () => {
  workplace = new Workplace();
  await workplace.play(userAdd, { name: 'Zoë', password: false });
});
afterEach(() => workplace.remove());

const codesOf = (name: string): Promise<readonly Code[]> =>
  workplace.useStorage(({ directory }) => Promise.resolve(directory.codes(directory.findUser(name)?.id ?? -1)));

const digestOf = (name: string, text: string): Promise<Buffer> =>
  workplace.useStorage((storage) =>
    Promise.resolve(storage.codeDigest(storage.directory.findUser(name)?.id ?? -1, text)),
  );

const unknown = { status: 1, out: '', err: 'There is no user nobody\\u{1b}.\n' };
const nobody = 'nobody\u001b';

describe('bypass', () => {
  const add = (options: object = {}) =>
    workplace.play(bypassAdd, { user: 'zoë', reason: 'phone at home', seconds: 300, ...options });

  it('shows the code once, and keeps its digest, its reason and its end', async () => {
    const before = Date.now();
    const { status, out } = await add();
    expect(status).toBe(0);
    const code = /only now: ([2-9A-Z]{5}-[2-9A-Z]{5})$/m.exec(out)?.[1] ?? '';
    const [kept] = await codesOf('Zoë');
    expect(kept).toMatchObject({ kind: 'bypass', label: 'phone at home', digest: await digestOf('Zoë', code) });
    expect(Math.abs((kept?.expiresAtMs ?? 0) - before - 300_000)).toBeLessThan(60_000);
    const listed = await workplace.play(bypassList, {});
    expect(listed.out).toContain('phone at home');
    expect(listed.out).not.toContain(code);
  });

  it('prints JSON with the code when it is made, and without it later', async () => {
    const made = JSON.parse((await add({ json: true })).out) as Record<string, unknown>;
    expect(Object.keys(made)).toEqual(['id', 'user', 'reason', 'createdAt', 'expiresAt', 'code']);
    const [listed] = JSON.parse((await workplace.play(bypassList, { user: 'ZOË', json: true })).out) as object[];
    expect({ ...listed, code: made['code'] }).toEqual(made);
  });

  it.each([
    ['--reason', { reason: '  ' }],
    ['--reason', { reason: 'x'.repeat(300) }],
    ['--reason', { reason: 'a\u001b[2J' }],
    ['--seconds', { seconds: 0 }],
    ['--seconds', { seconds: 86_401 }],
    ['--seconds', { seconds: 1.5 }],
    ['--seconds', { seconds: Number.NaN }],
  ])('refuses an unfit %s', async (option, options) => {
    expect(await add(options)).toMatchObject({ status: 2, err: expect.stringContaining(option) as string });
    expect(await codesOf('Zoë')).toEqual([]);
  });

  it('says when the user is shut out anyway', async () => {
    await workplace.useStorage(({ users }) => users.setUser('Zoë', { isEnabled: false }));
    expect(await add()).toMatchObject({ status: 0, err: expect.stringContaining('disabled') as string });
  });

  it('revokes a code by its number, and no code of another kind', async () => {
    await workplace.play(backupCodesAdd, { user: 'Zoë', count: 1 });
    await add();
    const [backup, bypass] = await codesOf('Zoë');
    expect((await workplace.play(bypassRevoke, { id: backup?.id ?? -1 })).status).toBe(1);
    expect(await workplace.play(bypassRevoke, { id: bypass?.id ?? -1 })).toMatchObject({
      status: 0,
      out: expect.stringContaining('Zoë revoked') as string,
    });
    expect(await codesOf('Zoë')).toMatchObject([{ kind: 'backup' }]);
    expect((await workplace.play(bypassRevoke, { id: Number.NaN })).status).toBe(1);
  });

  it('refuses a user who is unknown', async () => {
    expect(await add({ user: nobody })).toEqual(unknown);
    expect(await workplace.play(bypassList, { user: nobody })).toEqual(unknown);
  });
});

describe('app-password', () => {
  const add = (options: object = {}) =>
    workplace.play(appPasswordAdd, { user: 'zoë', client: 'vpn', label: 'Mail', ...options });
  const revoke = (options: object) => workplace.play(appPasswordRevoke, options);

  it('shows the password once in groups of four, and keeps its digest for its client', async () => {
    const { status, out } = await add();
    expect(status).toBe(0);
    const password = /only now: ((?:[2-9A-Z]{4}-){3}[2-9A-Z]{4})$/m.exec(out)?.[1] ?? '';
    const digest = await digestOf('Zoë', password.toLowerCase());
    expect(await codesOf('Zoë')).toMatchObject([
      { kind: 'app-password', client: 'vpn', label: 'Mail', digest, expiresAtMs: 0 },
    ]);
    const listed = (await workplace.play(appPasswordList, { json: true })).out;
    expect(JSON.parse(listed)).toMatchObject([{ user: 'Zoë', client: 'vpn', label: 'Mail' }]);
    expect(listed).not.toContain(password);
  });

  it('refuses a client that is not in the configuration', async () => {
    expect(await add({ client: 'wifi' })).toMatchObject({ status: 1, err: expect.stringContaining('wifi') as string });
    expect(await codesOf('Zoë')).toEqual([]);
  });

  it('revokes one, all of a user, or all', async () => {
    await workplace.play(userAdd, { name: 'bob', password: false });
    for (const user of ['zoë', 'zoë', 'zoë', 'bob']) await add({ user });
    const [first] = await codesOf('Zoë');
    expect((await revoke({ id: first?.id })).status).toBe(0);
    expect(await revoke({ all: true, user: 'ZOË' })).toMatchObject({
      status: 0,
      out: expect.stringContaining('2') as string,
    });
    expect(await codesOf('bob')).toHaveLength(1);
    expect((await revoke({ all: true })).status).toBe(2); // nobody can be asked
    expect(await codesOf('bob')).toHaveLength(1);
    expect((await revoke({ all: true, yes: true })).status).toBe(0);
    expect(await codesOf('bob')).toEqual([]);
  });

  it.each([[{}], [{ id: 1, all: true }], [{ id: 1, user: 'Zoë' }], [{ user: 'Zoë' }]])(
    'wants to know which to revoke: %j',
    async (options) => {
      await add();
      expect((await revoke(options)).status).toBe(2);
      expect(await codesOf('Zoë')).toHaveLength(1);
    },
  );

  it('refuses a user who is unknown', async () => {
    expect(await add({ user: nobody })).toEqual(unknown);
    expect(await workplace.play(appPasswordList, { user: nobody })).toEqual(unknown);
    expect(await revoke({ all: true, user: nobody })).toEqual(unknown);
  });
});

describe('backup-codes', () => {
  const add = (options: object = {}) => workplace.play(backupCodesAdd, { user: 'zoë', count: 10, ...options });

  it('shows new codes once, in the place of the old ones', async () => {
    const { out } = await add();
    const codes = out.match(/^ {2}[2-9A-Z]{5}-[2-9A-Z]{5}$/gm)?.map((line) => line.trim()) ?? [];
    expect(new Set(codes).size).toBe(10);
    const digests = (await codesOf('Zoë')).map(({ digest }) => digest.toString('hex'));
    expect(digests).toContain((await digestOf('Zoë', codes[9] ?? '')).toString('hex'));
    const { codes: fewer } = JSON.parse((await add({ count: 2, json: true })).out) as { codes: string[] };
    expect(fewer).toHaveLength(2);
    expect(await codesOf('Zoë')).toHaveLength(2);
  });

  it('tells how many are left, and no code', async () => {
    await add({ count: 3 });
    expect(JSON.parse((await workplace.play(backupCodesList, { json: true })).out)).toEqual([{ user: 'Zoë', left: 3 }]);
    await workplace.play(userAdd, { name: 'bob', password: false });
    expect(JSON.parse((await workplace.play(backupCodesList, { user: 'BOB', json: true })).out)).toEqual([
      { user: 'bob', left: 0 },
    ]);
  });

  it.each([0, 51, 1.5, Number.NaN])('makes no %d codes', async (count) => {
    expect(await add({ count })).toMatchObject({ status: 2, err: expect.stringContaining('--count') as string });
  });

  it('refuses a user who is unknown', async () => {
    expect(await add({ user: nobody })).toEqual(unknown);
    expect(await workplace.play(backupCodesList, { user: nobody })).toEqual(unknown);
  });
});
