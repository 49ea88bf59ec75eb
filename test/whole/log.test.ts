import { beforeAll, describe, expect, it } from 'vitest';

import type { Nas } from '../support/nas.ts';
import { phoneShows, TOKEN_SECRET, wrongPasscode } from '../support/phone.ts';
import { startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { enrolAll, openNas, PASSWORD, Visitor } from './visitor.ts';

const CALLING_STATION_ID = 31;
// Colours, the bell, a C1 control that is CSI to a terminal, a turn of direction, a line end and a forged line.
const STEERING = '\u001b[31m\u0007\u009b2J\u202e\r\n{"level":"error","msg":"forged"}';
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe.each(['info', 'trace'] as const)('the log at %s', (level) => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let nas: Nas;
  const passcodes: string[] = [];

  const type = (passcode: string): string => {
    passcodes.push(passcode);
    return passcode;
  };

  beforeAll(async () => {
    gate = await keep(startSallyport({ sections: { log: { level, format: 'json' } } }));
    await enrolAll(gate, 'ada', 'bob');
    nas = await openNas(gate);
    const ada = new Visitor(nas, 'ada');
    await ada.begin(PASSWORD, [['NAS-Port-Type', 'Virtual']]);
    await ada.answer(type(wrongPasscode()));
    await ada.answer(type(phoneShows()));
    await new Visitor(nas, 'bob').begin(`${PASSWORD},${type(wrongPasscode(5))}`);
    await new Visitor(nas, 'bob').begin('looking-glass');
    await gate.waitForLog(/"verdict":"reject"/);
  });

  it('has one info line a verdict, with who, what, why and how long', () => {
    const lines = gate.logLines().filter(({ verdict }) => verdict !== undefined);
    expect(lines.map(({ verdict, reason, user }) => `${String(user)}: ${String(verdict)}, ${String(reason)}`)).toEqual([
      'ada: challenge, passcode-asked',
      'ada: challenge, passcode-asked-again',
      'ada: accept, both-doors',
      'bob: challenge, passcode-asked-again',
      'bob: reject, primary-rejected',
    ]);
    for (const line of lines) {
      expect(line).toMatchObject({ level: 'info', client: 'vpn', clientAddress: '127.0.0.1' });
      expect(line['requestId']).toMatch(/^[0-9A-Z]{10}$/);
      expect(line['durationMs']).toBeGreaterThanOrEqual(0);
    }
  });

  it('shows neither password nor passcode nor secret', () => {
    const log = gate.log();
    for (const secret of [PASSWORD, 'looking-glass', gate.secret, TOKEN_SECRET]) {
      expect(log.includes(secret), secret).toBe(false);
      expect(log.includes(Buffer.from(secret).toString('hex')), `${secret} in hexadecimal`).toBe(false);
    }
    // Six digits may stand in a time or an id; a passcode would stand between signs that are no part of these.
    for (const passcode of passcodes) {
      expect(new RegExp(`(?<![0-9A-Za-z.])${passcode}(?![0-9A-Za-z.])`).test(log), passcode).toBe(false);
      expect(log.includes(Buffer.from(passcode).toString('hex')), `${passcode} in hexadecimal`).toBe(false);
    }
  });

  it(level === 'trace' ? 'dumps packets, hidden values masked' : 'dumps no packet', () => {
    const dumps = gate.logLines().flatMap(({ packet }) => (typeof packet === 'string' ? [packet] : []));
    if (level === 'info') {
      expect(dumps).toEqual([]);
      return;
    }
    expect(dumps).toHaveLength(10);
    expect(dumps[0]).toMatch(/^Access-Request Id \d+ Length \d+\n/);
    expect(dumps[0]).toContain('User-Name = "ada"');
    expect(dumps[0]).toContain('User-Password = [hidden]');
    expect(dumps[0]).toContain('NAS-Port-Type = Virtual');
    expect(dumps[1]).toMatch(/^Access-Challenge /);
    expect(dumps.filter((dump) => dump.includes('User-Password'))).toHaveLength(5);
  });

  it('cannot be written by users: neither lines nor what steers a terminal, from no attribute', async () => {
    const from = gate.log().length;
    const steering = Buffer.from(STEERING);
    const attributes = [['User-Password', PASSWORD], [CALLING_STATION_ID, steering], [32, steering], [18, steering]] as const; // prettier-ignore
    for (const name of [steering, Buffer.from('ada'), Buffer.from([0xff, 0x9b, 0x1b])]) {
      await nas.ask({ attributes: [[1, name], ...attributes] });
    }
    await new Visitor(nas, 'end-of-this').begin('x');
    await gate.waitForLog(/end-of-this/, from);
    const written = gate.log().slice(from);
    expect(OBEYED.test(written), JSON.stringify(OBEYED.exec(written))).toBe(false);
    expect(gate.logLines().map(({ msg }) => msg)).not.toContain('forged');
    expect((await gate.events('ada'))[0]).toMatchObject({ verdict: 'challenge' });
    for (const format of ['table', 'csv', 'json', 'jsonl']) {
      const printed = (await gate.mustRun(['report', '--format', format])).replaceAll('\r\n', '\n');
      expect(printed).toContain('end-of-this');
      expect(OBEYED.test(printed), `${format} ${JSON.stringify(OBEYED.exec(printed))}`).toBe(false);
    }
  });
});
