import { beforeAll, describe, expect, it } from 'vitest';

import type { Nas } from '../support/nas.ts';
import { phoneShows, wrongPasscode } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport, type SallyportOptions } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { enrolAll, openNas, PASSWORD, Visitor } from './visitor.ts';

const FRESH_SECRET = 'another-shared-secret-by-now';

const before: SallyportOptions = { clients: [clientSection('vpn', '127.0.0.1'), clientSection('gone', '127.0.0.3')] };

describe('SIGHUP', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let nas: Nas;

  beforeAll(async () => {
    gate = await keep(startSallyport(before));
    await enrolAll(gate, 'ada', 'bob', 'cat');
    nas = await openNas(gate);
  });

  const reload = async (next: SallyportOptions | string, until: RegExp): Promise<string> => {
    const from = gate.log().length;
    await gate.rewrite(next);
    gate.signal('SIGHUP');
    await gate.waitForLog(until, from);
    return gate.log().slice(from);
  };
  const isRead = /"msg":"configuration read again"/;

  it('puts another secret in force, and keeps the challenges that are open', async () => {
    const ada = new Visitor(nas, 'ada');
    expect((await ada.begin(PASSWORD)).code).toBe('Access-Challenge');
    const log = await reload({ clients: [clientSection('vpn', '127.0.0.1', { secret: FRESH_SECRET })] }, isRead);
    expect(log).toContain('changed: client vpn: secret changed');
    expect(log).toContain('changed: client gone: removed');
    expect(log).not.toContain(FRESH_SECRET);

    const fresh = await openNas(gate, { secret: FRESH_SECRET });
    expect(await fresh.isSilentAbout(nas.encode({ attributes: ada.attributes(phoneShows()) }))).toBe(true);
    const accept = await fresh.ask({ attributes: ada.attributes(phoneShows()) });
    expect(accept.code).toBe('Access-Accept');
    await fresh.close();
    await reload(before, isRead);
  });

  it('puts another policy in force: the next wrong passcode meets it', async () => {
    await reload({ ...before, policy: { lockout: { failures: 1, seconds: 60 } } }, isRead);
    const bob = new Visitor(nas, 'bob');
    await bob.begin(PASSWORD);
    expect(await bob.answer(wrongPasscode())).toMatchObject({
      code: 'Access-Reject',
      message: expect.stringContaining('locked') as string,
    });
    await reload(before, isRead);
  });

  it('puts other factors and clients in force: an added one is answered, its profile and delimiter followed', async () => {
    const more = clientSection('added', '127.0.0.4', { passcodeDelimiter: '+', challenge: false });
    const log = await reload({ clients: [...before.clients!, more] }, isRead);
    expect(log).toContain('changed: client added: added');
    const added = await openNas(gate, { from: '127.0.0.4' });
    const cat = new Visitor(added, 'cat');
    expect(await cat.begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect(await cat.begin(`${PASSWORD}+${phoneShows()}`)).toMatchObject({ code: 'Access-Accept' });
    await added.close();
    await reload(before, isRead);
  });

  it('names what needs a restart, each time until there is one', async () => {
    const next = { ...before, sections: { sessions: { type: 'memory', maxPending: 77 }, log: { format: 'pretty' } } };
    for (let time = 0; time < 2; time += 1) {
      const log = await reload(next, isRead);
      expect(log).toMatch(/"needsRestart":true,"msg":"needs a restart: sessions: maxPending 200000 → 77"/);
      expect(log).toMatch(
        /"level":"warn".*"needsRestart":true,"msg":"needs a restart: log: format \\"json\\" → \\"pretty\\""/,
      );
    }
    await reload(before, isRead);
  });

  it('keeps the running configuration where the new one is bad, with one error line that lists every problem', async () => {
    const bad = JSON.stringify({
      clients: [{ name: 'vpn', address: '127.0.0.1', secret: { file: 'nowhere' }, primary: 'nobody' }],
      primaries: { local: { type: 'lokal' } },
      policies: { default: { factors: ['totp'], lockoutt: {} } },
    });
    const log = await reload(bad, /the running one stays in force/);
    const errors = gate.logLines().filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    const problems = errors[0]!['problems'] as string[];
    expect(problems.length).toBeGreaterThanOrEqual(4);
    for (const path of ['clients[0].secret', 'clients[0].primary', 'primaries.local', 'policies.default']) {
      expect(problems.some((problem) => problem.includes(path)), path).toBe(true); // prettier-ignore
    }
    expect(log).not.toContain('configuration read again');
    expect((await new Visitor(nas, 'cat').begin(PASSWORD)).code).toBe('Access-Challenge');
  });

  it.each([
    ['empty', ''],
    ['no YAML', 'clients: [\n'],
    ['no text', '\u0000\u0001\u0002'],
  ])('keeps the running configuration where the new file is %s', async (_, text) => {
    await reload(text, /the running one stays in force/);
    expect((await new Visitor(nas, 'cat').begin(PASSWORD)).code).toBe('Access-Challenge');
  });

  it('may come many times at once', async () => {
    await gate.rewrite(before);
    const from = gate.log().length;
    for (let time = 0; time < 20; time += 1) gate.signal('SIGHUP');
    await gate.waitForLog(isRead, from);
    expect((await new Visitor(nas, 'cat').begin(PASSWORD)).code).toBe('Access-Challenge');
  });
});
