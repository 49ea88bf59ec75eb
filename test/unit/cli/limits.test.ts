import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockAdd, blockList, blockRemove } from '../../../src/cli/block.ts';
import { rememberedList, rememberedRevoke } from '../../../src/cli/remembered.ts';
import { unavailableAllow, unavailableClose, unavailableStatus } from '../../../src/cli/unavailable.ts';
import { userAdd } from '../../../src/cli/user-add.ts';
import { userUnlock } from '../../../src/cli/user-change.ts';
import { userList } from '../../../src/cli/user-list.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

beforeEach(async () => {
  workplace = new Workplace();
  await workplace.play(userAdd, { name: 'Zoë', password: false });
});
afterEach(() => workplace.remove());

const unknown = { status: 1, out: '', err: 'There is no user nobody\\u{1b}.\n' };
const nobody = 'nobody\u001b';

describe('block', () => {
  const add = (options: object = {}) => workplace.play(blockAdd, { user: 'zoë', reason: 'a lost laptop', ...options });

  it('puts a user on the list for days, shows them there, and takes them off', async () => {
    expect((await add({ days: 7 })).out).toMatch(/^User Zoë is blocked until \d{4}-/);
    const [block] = JSON.parse((await workplace.play(blockList, { json: true })).out) as Record<string, string>[];
    expect(block).toMatchObject({ user: 'Zoë', reason: 'a lost laptop' });
    const lastsMs = Date.parse(block!['until']!) - Date.parse(block!['from']!);
    expect(Math.abs(lastsMs - 7 * 86_400_000)).toBeLessThan(60_000);
    const [user] = JSON.parse((await workplace.play(userList, { json: true })).out) as Record<string, string>[];
    expect(user).toMatchObject({ blockedUntil: block!['until'], lockedUntil: null });
    expect((await workplace.play(userUnlock, { name: 'zoë' })).out).toContain('block list all the same');
    expect((await workplace.play(blockRemove, { user: 'zoë' })).out).toBe('User Zoë is blocked no more.\n');
    expect(await workplace.play(blockRemove, { user: 'zoë' })).toMatchObject({ status: 1 });
    expect((await workplace.play(blockList, {})).out).toContain('Nobody is blocked.');
  });

  it('lasts until it is removed, without a number of days', async () => {
    await add();
    expect((await workplace.play(blockList, {})).out).toContain('removed');
    expect((await workplace.play(userList, {})).out).toContain('blocked until removed');
  });

  it.each([
    ['--reason', { reason: ' ' }],
    ['--reason', { reason: 'a\u001b[2J' }],
    ['--days', { days: 0 }],
    ['--days', { days: 1.5 }],
    ['--days', { days: Number.NaN }],
  ])('refuses an unfit %s', async (option, options) => {
    const { status, err } = await add(options);
    expect(status).toBe(2);
    expect(err).toContain(option);
  });

  it('names who is unknown', async () => {
    expect(await add({ user: nobody })).toEqual(unknown);
    expect(await workplace.play(blockRemove, { user: nobody })).toEqual(unknown);
  });
});

describe('remembered', () => {
  beforeEach(() =>
    workplace.useStorage(async ({ remembered, directory }) => {
      const userId = directory.findUser('zoë')?.id ?? -1;
      const expiresAtMs = Date.now() + 3_600_000;
      await remembered.keep({ userId, digest: 'd', client: 'vpn', station: '10.0.0.7\u001b', expiresAtMs });
    }),
  );

  it('shows what is remembered, harmlessly, and ends it', async () => {
    const listed = JSON.parse((await workplace.play(rememberedList, { json: true })).out) as object[];
    expect(listed).toMatchObject([{ user: 'Zoë', client: 'vpn' }]);
    const table = await workplace.play(rememberedList, { user: 'ZOË' });
    expect(table.out).toContain('10.0.0.7\\u{1b}');
    expect((await workplace.play(rememberedRevoke, { user: 'zoë' })).out).toBe('1 remembered login revoked.\n');
    expect((await workplace.play(rememberedRevoke, { all: true })).out).toBe('0 remembered logins revoked.\n');
    expect((await workplace.play(rememberedList, {})).out).toContain('No login is remembered.');
  });

  it('wants a user or --all, not both, and a user who is there', async () => {
    expect(await workplace.play(rememberedRevoke, {})).toMatchObject({ status: 2 });
    expect(await workplace.play(rememberedRevoke, { user: 'zoë', all: true })).toMatchObject({ status: 2 });
    expect(await workplace.play(rememberedRevoke, { user: nobody })).toEqual(unknown);
    expect(await workplace.play(rememberedList, { user: nobody })).toEqual(unknown);
  });
});

describe('unavailable', () => {
  it('opens for some minutes, shows that, and closes', async () => {
    const allowed = await workplace.play(unavailableAllow, { minutes: 10, reason: 'the domain is down' });
    expect(allowed.out).toMatch(/^Until .* the second door decides alone for every client/);
    const [opening] = JSON.parse((await workplace.play(unavailableStatus, { json: true })).out) as object[];
    expect(opening).toMatchObject({ client: null, reason: 'the domain is down' });
    expect((await workplace.play(unavailableStatus, {})).out).toContain('every one');
    const closed = await workplace.play(unavailableClose, { client: 'vpn' });
    expect(closed).toMatchObject({ status: 1, out: 'Nothing was open.\n' });
    expect(closed.err).toContain('still open for every client');
    expect((await workplace.play(unavailableClose, {})).out).toBe('Closed.\n');
    expect((await workplace.play(unavailableStatus, {})).out).toContain('Nothing is open');
  });

  it.each([
    ['--minutes', { minutes: 241 }],
    ['--minutes', { minutes: 0 }],
    ['--minutes', { minutes: Number.NaN }],
    ['--reason', { minutes: 5, reason: 'a\u001b[2J' }],
  ])('refuses an unfit %s', async (option, options) => {
    const { status, err } = await workplace.play(unavailableAllow, options);
    expect(status).toBe(2);
    expect(err).toContain(option);
  });

  it('knows the clients of the configuration alone', async () => {
    const { status, err } = await workplace.play(unavailableAllow, { minutes: 5, client: 'no-such' });
    expect(status).toBe(1);
    expect(err).toContain('There is no client no-such');
  });
});
