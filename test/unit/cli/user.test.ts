import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { userAdd } from '../../../src/cli/user-add.ts';
import {
  userDelete,
  userDisable,
  userEnable,
  userPhoneLost,
  userReset,
  userUnlock,
} from '../../../src/cli/user-change.ts';
import { userList } from '../../../src/cli/user-list.ts';
import { userSet } from '../../../src/cli/user-set.ts';
import { userShow } from '../../../src/cli/user-show.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { verifyPassword } from '../../../src/primary/index.ts';
import type { UserRecord } from '../../../src/storage/index.ts';
import type { Surroundings } from '../../support/terminal.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

beforeEach(() => {
  workplace = new Workplace();
});

afterEach(() => {
  vi.restoreAllMocks();
  workplace.remove();
});

const add = (name: string, options: object = {}, surroundings?: Surroundings) =>
  workplace.play(userAdd, { name, password: false, ...options }, surroundings);

const find = (name: string): Promise<UserRecord | undefined> =>
  workplace.useStorage(({ users }) => users.findUserRecord(name));

async function hasPassword(name: string, password: string): Promise<boolean> {
  const hash = (await find(name))?.passwordHash;
  return hash !== undefined && verifyPassword(hash, Buffer.from(password));
}

function addToken(serial: string, username: string): Promise<unknown> {
  return workplace.useStorage(async ({ users, tokens }) => {
    const user = await users.findUserRecord(username);
    const shape = { digits: 6, algorithm: 'sha1', periodSeconds: 30, nextCounter: 0 } as const;
    return tokens.addToken({
      userId: user!.id,
      type: 'totp',
      serial,
      secret: Secret.fromText('12345678901234567890'),
      ...shape,
    });
  });
}

const typedTwice = (first: string, second: string): readonly [string, string][] => [
  ['Password', first],
  ['The same password again', second],
];

describe('user add', () => {
  it('takes the password from standard input, without the line end', async () => {
    const options = { password: undefined, passwordStdin: true, firstName: 'Alice', email: 'alice@example.com' };
    const played = await add('alice', options, { stdin: 'correct horse\r\n' });
    expect(played).toMatchObject({ status: 0, out: expect.stringContaining('User alice added') as string });
    expect(await hasPassword('alice', 'correct horse')).toBe(true);
    expect(await find('alice')).toMatchObject({ firstName: 'Alice', email: 'alice@example.com', isEnabled: true });
  });

  it('takes the password from the environment', async () => {
    await add('alice', { password: undefined }, { env: { SALLYPORT_PASSWORD: 'correct horse' } });
    expect(await hasPassword('alice', 'correct horse')).toBe(true);
  });

  it('asks twice on a terminal', async () => {
    const played = await add('alice', { password: undefined }, { typed: typedTwice('correct horse', 'correct horse') });
    expect(played.status).toBe(0);
    expect(await hasPassword('alice', 'correct horse')).toBe(true);
  });

  it('refuses two different passwords on a terminal', async () => {
    const played = await add('alice', { password: undefined }, { typed: typedTwice('correct horse', 'correct house') });
    expect(played).toMatchObject({ status: 2, err: expect.stringContaining('differ') as string });
    expect(await find('alice')).toBeUndefined();
  });

  it('makes a user without a password where it is checked elsewhere', async () => {
    expect((await add('alice')).status).toBe(0);
    expect((await find('alice'))?.passwordHash).toBeUndefined();
  });

  it('wants to be told where the password comes from', async () => {
    const played = await add('alice', { password: undefined });
    expect(played).toMatchObject({ status: 2, err: expect.stringContaining('--password-stdin') as string });
    expect(await find('alice')).toBeUndefined();
  });

  it.each([
    ['empty', '\n', 'empty'],
    ['of two lines', 'one\ntwo\n', 'control character'],
    ['of 129 octets', 'x'.repeat(129), 'longer'],
  ])('refuses a password that is %s', async (_, stdin, problem) => {
    const played = await add('alice', { password: undefined, passwordStdin: true }, { stdin });
    expect(played).toMatchObject({ status: 2, err: expect.stringContaining(problem) as string });
    expect(await find('alice')).toBeUndefined();
  });

  it('never prints the password', async () => {
    for (const stdin of ['hunter2\n', 'hunter2\nhunter2\n', 'hunter2'.repeat(50)]) {
      const played = await add('alice', { password: undefined, passwordStdin: true }, { stdin });
      expect(played.out + played.err).not.toContain('hunter2');
    }
  });

  it.each([
    ['is empty', ''],
    ['begins or ends with a space', ' alice'],
    ['holds a control character', 'ali\u001bce'],
    ['is longer than 253 octets', 'ä'.repeat(127)],
  ])('refuses a name that %s', async (problem, name) => {
    const played = await add(name);
    expect(played).toMatchObject({ status: 2, err: expect.stringContaining(problem) as string });
    expect(played.err).not.toContain('\u001b');
  });

  it('takes the name of 253 octets and stores it composed', async () => {
    const name = 'ä'.repeat(126) + 'x';
    expect((await add(name.normalize('NFD'))).status).toBe(0);
    expect((await find(name))?.name).toBe(name);
  });

  it('refuses a name that is taken in another case, before it asks for a password', async () => {
    await add('alice');
    const played = await add('Alice', { password: undefined }, { typed: [] });
    expect(played).toMatchObject({ status: 1, err: expect.stringContaining('already') as string });
  });

  it.each([
    ['--language', { language: 'no language' }],
    ['--first-name', { firstName: 'A\u001b[2J' }],
    ['--phone', { phone: '1'.repeat(300) }],
  ])('refuses what %s cannot be', async (option, fields) => {
    expect(await add('alice', fields)).toMatchObject({ status: 2, err: expect.stringContaining(option) as string });
    expect(await find('alice')).toBeUndefined();
  });

  it('says so when it has made the master key, once', async () => {
    expect((await add('alice')).err).toContain('master.key');
    expect((await add('bob')).err).toBe('');
  });

  it('reports a configuration that does not load with status 2', async () => {
    workplace.write(workplace.config, 'clients: 5');
    const played = await add('alice');
    expect(played.status).toBe(2);
    expect(played.err).toContain('config/sallyport.yaml:1:1');
  });

  it('reports a database without its master key and touches nothing', async () => {
    await add('alice');
    const played = await add('bob', {}, { env: { SALLYPORT_MASTER_KEY: Buffer.alloc(32).toString('base64') } });
    expect(played).toMatchObject({ status: 1, err: expect.stringContaining('master key') as string });
    expect(await find('bob')).toBeUndefined();
  });
});

describe('user set', () => {
  it('changes what is given and leaves the rest', async () => {
    await add('alice', { firstName: 'Alice', phone: '+49 30 123456' });
    const played = await workplace.play(userSet, { name: 'ALICE', phone: '+49 30 1234567', language: 'de' });
    expect(played).toMatchObject({ status: 0, out: expect.stringContaining('phone') as string });
    expect(await find('alice')).toMatchObject({ firstName: 'Alice', phone: '+49 30 1234567', language: 'de' });
  });

  it('empties a field', async () => {
    await add('alice', { phone: '+49 30 123456' });
    await workplace.play(userSet, { name: 'alice', phone: '' });
    expect(await find('alice')).not.toHaveProperty('phone');
  });

  it('sets a new password and removes it', async () => {
    await add('alice', { password: undefined, passwordStdin: true }, { stdin: 'first password' });
    await workplace.play(userSet, { name: 'alice', passwordStdin: true }, { stdin: 'second password' });
    expect(await hasPassword('alice', 'second password')).toBe(true);
    await workplace.play(userSet, { name: 'alice', password: false });
    expect((await find('alice'))?.passwordHash).toBeUndefined();
  });

  it('leaves the password alone unless it is meant, whatever the environment holds', async () => {
    await add('alice', { password: undefined, passwordStdin: true }, { stdin: 'first password' });
    await workplace.play(
      userSet,
      { name: 'alice', phone: '+45 20 12 34 56' },
      { env: { SALLYPORT_PASSWORD: 'other password' } },
    );
    expect(await hasPassword('alice', 'first password')).toBe(true);
  });

  it('refuses to set nothing, and users who are unknown', async () => {
    await add('alice');
    expect((await workplace.play(userSet, { name: 'alice' })).status).toBe(2);
    expect(await workplace.play(userSet, { name: 'bob', phone: '+45 20 12 34 56' })).toMatchObject({
      status: 1,
      err: expect.stringContaining('bob') as string,
    });
  });
});

describe('user set --group', () => {
  const set = (options: object) => workplace.play(userSet, { name: 'alice', ...options });

  it('replaces the groups of the user, which show and list print', async () => {
    await add('alice', { group: ['admins', 'CN=VPN Users,DC=example,DC=com'] });
    expect((await find('alice'))?.groups).toEqual(['admins', 'CN=VPN Users,DC=example,DC=com']);
    await set({ group: [' staff ', 'staff', 'vpn-users'] });
    expect((await find('alice'))?.groups).toEqual(['staff', 'vpn-users']);
    expect((await workplace.play(userShow, { name: 'alice' })).out).toMatch(/Groups .* staff, vpn-users/);
    expect((await workplace.play(userList, {})).out).toMatch(/staff, vpn-users/);
    await set({ groups: false });
    expect(await find('alice')).not.toHaveProperty('groups');
  });

  it.each([
    [{ group: [''] }, '--group is empty'],
    [{ group: ['a\nb'] }, 'control character'],
    [{ group: ['x'.repeat(257)] }, 'longer than 256'],
    [{ group: ['a'], groups: false }, 'cannot both be meant'],
    [{ groups: true }, 'Which group?'],
  ])('refuses %j', async (options, problem) => {
    await add('alice');
    expect(await set(options)).toMatchObject({ status: 2, err: expect.stringContaining(problem) as string });
    expect(await find('alice')).not.toHaveProperty('groups');
  });
});

describe('user set --pin and --preferred', () => {
  beforeEach(() => add('alice'));

  const set = (options: object, surroundings?: Surroundings) =>
    workplace.play(userSet, { name: 'alice', ...options }, surroundings);

  it('keeps a PIN as a hash, from standard input or typed twice, and removes it', async () => {
    expect(await set({ pinStdin: true }, { stdin: '4829\n' })).toMatchObject({
      status: 0,
      out: 'User alice changed: PIN.\n',
    });
    expect(await verifyPassword((await find('alice'))?.pinHash ?? '', Buffer.from('4829'))).toBe(true);
    const typed: readonly [string, string][] = [
      ['PIN', '736482'],
      ['The same PIN again', '736482'],
    ];
    expect((await set({ pin: true }, { typed })).status).toBe(0);
    expect(await verifyPassword((await find('alice'))?.pinHash ?? '', Buffer.from('736482'))).toBe(true);
    expect((await workplace.play(userShow, { name: 'alice', json: true })).out).toContain('"hasPin": true');
    expect((await set({ pin: false })).out).toContain('PIN removed');
    expect(await find('alice')).not.toHaveProperty('pinHash');
  });

  it.each([
    ['too easy', { pinStdin: true }, { stdin: '1234' }],
    ['no digits', { pinStdin: true }, { stdin: 'secret' }],
    ['empty', { pinStdin: true }, { stdin: '' }],
    ['not given', { pin: true }, {}],
    ['both given and removed', { pin: false, pinStdin: true }, { stdin: '4829' }],
    ['on the same input as the password', { pinStdin: true, passwordStdin: true }, { stdin: '4829' }],
  ])('refuses a PIN that is %s, and does not repeat it', async (_, options, surroundings) => {
    const played = await set({ ...options, firstName: 'Al' }, surroundings);
    expect(played.status).toBe(2);
    expect(played.out + played.err).not.toMatch(/1234|4829|secret/);
    expect(await find('alice')).not.toHaveProperty('pinHash');
    expect(await find('alice')).not.toHaveProperty('firstName');
  });

  it('keeps an order of factors, and empties it', async () => {
    await set({ preferred: 'push, totp' });
    expect(await find('alice')).toMatchObject({ preferred: ['push', 'totp'] });
    expect((await set({ preferred: '' })).out).toContain('preferred emptied');
    expect(await find('alice')).not.toHaveProperty('preferred');
  });

  it.each(['push,fax', 'push,push', 'PUSH'])('refuses %s as an order', async (preferred) => {
    expect(await set({ preferred })).toMatchObject({
      status: 2,
      err: expect.stringContaining('--preferred') as string,
    });
  });

  it.each([
    '+45 20 12 34 56',
    '+45 20 12 34 56 x890',
    '+4520123456 ext. 89',
    '+1 212-555-0123,,89#',
    '+49 (30) 123456',
  ])('keeps %s as a phone number, as it was written', async (phone) => {
    expect((await set({ phone })).status).toBe(0);
    expect(await find('alice')).toMatchObject({ phone });
  });

  it.each([
    '20 12 34 56',
    '+45 2',
    '+999 20123456',
    'ring me',
    '+45 20 12 34 56,x',
    '+45 90 12 34 56',
    '+4520123456 or so',
  ])('refuses %s as a phone number', async (phone) => {
    expect(await set({ phone })).toMatchObject({ status: 2, err: expect.stringContaining('--phone') as string });
    expect(await find('alice')).not.toHaveProperty('phone');
  });
});

describe('user disable, enable, unlock, reset, delete', () => {
  beforeEach(async () => {
    await add('alice');
  });

  it('disables and enables', async () => {
    expect((await workplace.play(userDisable, { name: 'alice' })).status).toBe(0);
    expect((await find('alice'))?.isEnabled).toBe(false);
    expect((await workplace.play(userEnable, { name: 'alice' })).status).toBe(0);
    expect((await find('alice'))?.isEnabled).toBe(true);
  });

  it('ends a lock-out', async () => {
    const event = {
      id: '1',
      atMs: 0,
      server: 's',
      verdict: 'reject',
      reason: 'passcode-wrong',
      username: 'alice',
      client: 'vpn',
      clientAddress: '127.0.0.1',
      durationMs: 1,
    } as const;
    await workplace.useStorage(async ({ ledger, users }) => {
      const userId = (await users.findUserRecord('alice'))!.id;
      await ledger.fail({ userId, lockoutFailures: 1, lockoutSeconds: 3600, event, locked: event });
    });
    expect((await workplace.play(userShow, { name: 'alice' })).out).toContain('locked until');
    expect((await workplace.play(userUnlock, { name: 'alice' })).status).toBe(0);
    expect(await find('alice')).toMatchObject({ lockedUntilMs: 0, failures: 0 });
  });

  it('removes the tokens of a user who is to enrol again, and names them', async () => {
    await addToken('SN-1', 'alice');
    await addToken('SN-2', 'alice');
    const played = await workplace.play(userReset, { name: 'alice' });
    expect(played.out).toMatch(/has lost:\n {2}2 tokens: SN-1, SN-2/);
    expect(await find('alice')).toMatchObject({ tokenCount: 0 });
    expect((await workplace.play(userReset, { name: 'alice' })).out).toContain('nothing was removed');
  });

  it('keeps the reason of a reset, and shows it', async () => {
    await workplace.play(userReset, { name: 'alice', reason: ' phone replaced ' });
    expect(await find('alice')).toMatchObject({ resetReason: 'phone replaced' });
    expect((await workplace.play(userShow, { name: 'alice' })).out).toContain('phone replaced');
    await workplace.play(userReset, { name: 'alice' });
    expect((await find('alice'))?.resetReason).toMatch(/administrator/);
    expect(await workplace.play(userReset, { name: 'alice', reason: 'a\u0007' })).toMatchObject({ status: 2 });
  });

  it('takes what a lost phone may give away, and tells what is left', async () => {
    await workplace.play(userSet, { name: 'alice', phone: '+45 20 12 34 56' });
    await addToken('SN-1', 'alice');
    await workplace.useStorage(async (storage) => {
      const { users, tokens, codes } = storage;
      const { id: userId } = (await users.findUserRecord('alice'))!;
      await tokens.addPushToken({ userId, serial: 'PU-1', protocol: 'ntfy', data: Secret.fromText('{}') });
      await codes.replaceBackupCodes(userId, [storage.codeDigest(userId, 'A'), storage.codeDigest(userId, 'B')]);
    });
    const { out } = await workplace.play(userPhoneLost, { name: 'ALICE' });
    expect(out).toMatch(/the phone number\n {2}1 push token: PU-1\n {2}2 backup codes\nStill there: SN-1\./);
    expect(await find('alice')).toMatchObject({ tokenCount: 1 });
    expect(await find('alice')).not.toHaveProperty('phone');
  });

  it('deletes with --yes, and never unasked', async () => {
    await addToken('SN-1', 'alice');
    expect((await workplace.play(userDelete, { name: 'alice' })).status).toBe(2);
    expect(await find('alice')).toBeDefined();
    expect((await workplace.play(userDelete, { name: 'alice', yes: true })).out).toContain('1 token');
    expect(await find('alice')).toBeUndefined();
  });

  it('asks on a terminal', async () => {
    const kept = await workplace.play(userDelete, { name: 'alice' }, { typed: [['Delete user alice', 'n']] });
    expect(kept).toEqual({ status: 1, out: '', err: 'Nothing was changed.\n' });
    expect(await find('alice')).toBeDefined();
    expect((await workplace.play(userDelete, { name: 'alice' }, { typed: [['Delete user alice', 'y']] })).status).toBe(
      0,
    );
    expect(await find('alice')).toBeUndefined();
  });

  it.each([
    ['disable', userDisable],
    ['enable', userEnable],
    ['unlock', userUnlock],
    ['reset', userReset],
    ['phone-lost', userPhoneLost],
    ['delete', userDelete],
    ['show', userShow],
  ])('%s refuses a user who is unknown, without steering the terminal', async (_, run) => {
    const played = await workplace.play(run, { name: 'nobody\u001b[31m', yes: true });
    expect(played).toMatchObject({ status: 1, err: 'There is no user nobody\\u{1b}[31m.\n' });
  });
});

describe('user list and show', () => {
  it('makes no database and no master key by looking', async () => {
    const played = await workplace.play(userList, {});
    expect(played).toMatchObject({ status: 1, err: expect.stringContaining('no database yet') as string });
    expect(existsSync(join(workplace.folder, 'data'))).toBe(false);
  });

  it('prints every user and never a hash', async () => {
    await add('bob', { password: undefined, passwordStdin: true }, { stdin: 'correct horse' });
    await add('alice', { lastName: 'Liddell', email: 'alice@example.com' });
    const table = await workplace.play(userList, {});
    expect(table.out.indexOf('alice')).toBeLessThan(table.out.indexOf('bob'));
    expect(table.out).toContain('Liddell');
    const json = await workplace.play(userList, { json: true });
    expect(JSON.parse(json.out)).toMatchObject([
      { name: 'alice', hasPassword: false, email: 'alice@example.com', lockedUntil: null },
      { name: 'bob', hasPassword: true, email: null },
    ]);
    const shown = await workplace.play(userShow, { name: 'bob', json: true });
    for (const { out } of [table, json, shown]) expect(out).not.toContain('argon2id$');
  });

  it('shows a user with their tokens', async () => {
    await add('alice');
    await addToken('SN-1', 'alice');
    expect((await workplace.play(userShow, { name: 'alice' })).out).toContain('SN-1');
    const { out } = await workplace.play(userShow, { name: 'alice', json: true });
    expect(JSON.parse(out)).toMatchObject({ name: 'alice', tokens: [{ serial: 'SN-1', type: 'totp', isUsed: false }] });
  });

  it('says how to begin when there is nobody', async () => {
    await add('alice');
    await workplace.play(userDelete, { name: 'alice', yes: true });
    expect((await workplace.play(userList, {})).out).toContain('sallyport user add');
    expect((await workplace.play(userList, { json: true })).out).toBe('[]\n');
  });
});
