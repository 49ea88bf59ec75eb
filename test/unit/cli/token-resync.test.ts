import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenImport } from '../../../src/cli/token-import.ts';
import { tokenResync } from '../../../src/cli/token-resync.ts';
import { decodeBase32, passcodeAt } from '../../../src/factors/index.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Workplace } from '../../support/terminal.ts';

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

let workplace: Workplace;

beforeEach(async () => {
  workplace = new Workplace();
  const rows = ['username,serial,secret,interval,type', `alice,T-1,${SECRET},30,totp`, `alice,H-1,${SECRET},,hotp`];
  workplace.write('tokens.csv', rows.join('\n'));
  await workplace.play(tokenImport, { file: 'tokens.csv', createUsers: true });
});

afterEach(() => {
  vi.restoreAllMocks();
  workplace.remove();
});

const shownAt = (counter: number): string => {
  const shape = { digits: 6, algorithm: 'sha1', periodSeconds: 30 } as const;
  return passcodeAt({ ...shape, secret: decodeBase32(SECRET) }, counter);
};
const find = (serial: string) => workplace.useStorage(({ vault }) => vault.findToken(serial));
const resync = (serial: string, stdin: string, options: object = {}) =>
  workplace.play(tokenResync, { serial, passcodesStdin: true, ...options }, { stdin });

describe('token resync', () => {
  it('puts the counter of a HOTP token behind the second passcode', async () => {
    const played = await resync('H-1', `${shownAt(700)}\n${shownAt(701)}\n`);
    expect(played).toMatchObject({ status: 0, out: expect.stringContaining('next counter is 702') as string });
    expect(await find('H-1')).toMatchObject({ lastCounter: 701 });
  });

  it('remembers by how much the clock of a TOTP token is off', async () => {
    // Fifty minutes fast; the machine's clock may turn to the next step in between.
    const step = Math.floor(systemClock.nowMs() / 30_000) + 100;
    const played = await resync('T-1', `${shownAt(step - 1)}\n${shownAt(step)}`, { json: true });
    const shown = JSON.parse(played.out) as { driftSteps: number };
    expect([99, 100]).toContain(shown.driftSteps);
    expect(await find('T-1')).toMatchObject({ lastCounter: step, driftSteps: shown.driftSteps });
  });

  it('asks for both on a terminal; spaces between the digits do no harm', async () => {
    const typed = [
      ['Passcode the token shows', `${shownAt(4).slice(0, 3)} ${shownAt(4).slice(3)}`],
      ['The next passcode', shownAt(5)],
    ] as const;
    expect(await workplace.play(tokenResync, { serial: 'H-1' }, { typed })).toMatchObject({ status: 0 });
    expect(await find('H-1')).toMatchObject({ lastCounter: 5 });
  });

  it.each([
    ['the same passcode twice', `${shownAt(4)}\n${shownAt(4)}`, 'no two passcodes in a row'],
    ['one passcode', shownAt(4), '6 digits are needed'],
    ['letters', 'abcdef\nghijkl', '6 digits are needed'],
    ['passcodes too far ahead', `${shownAt(5_000)}\n${shownAt(5_001)}`, 'no two passcodes in a row'],
  ])('refuses %s and changes nothing', async (_, stdin, problem) => {
    expect(await resync('H-1', stdin)).toMatchObject({ status: 1, err: expect.stringContaining(problem) as string });
    expect(await find('H-1')).toMatchObject({ lastCounter: -1 });
  });

  it('takes the same two passcodes only once', async () => {
    const stdin = `${shownAt(7)}\n${shownAt(8)}\n`;
    await resync('H-1', stdin);
    expect(await resync('H-1', stdin)).toMatchObject({ status: 1, err: expect.stringContaining('spent') as string });
  });

  it('knows no other serial, and asks nobody where nobody is', async () => {
    expect(await resync('nope', '')).toMatchObject({ status: 1, err: expect.stringContaining('nope') as string });
    expect(await workplace.play(tokenResync, { serial: 'H-1' })).toMatchObject({ status: 2 });
  });
});
