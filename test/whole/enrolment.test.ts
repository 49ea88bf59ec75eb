import { beforeAll, describe, expect, it } from 'vitest';

import type { Nas } from '../support/nas.ts';
import { phoneShows, TOKEN_SECRET, wrongPasscode } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { addCrowd } from '../support/store.ts';
import { publicConsole } from './second-doors.ts';
import { enrolAll, openNas, PASSWORD, Visitor } from './visitor.ts';

/** An address as NASes show it, at most one Reply-Message long. */
const LINK = /(http:\/\/127\.0\.0\.1:\d+\/enrol\/[A-Z0-9]{8}) /;

describe('enrolment at login', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let nas: Nas;
  let silent: Nas;

  beforeAll(async () => {
    gate = await keep(
      startSallyport({
        clients: [clientSection('vpn', '127.0.0.1'), clientSection('silent', '127.0.0.2', { challenge: false })],
        policy: { factors: ['totp'], unenrolled: 'enrol' },
        sections: { console: await publicConsole() },
      }),
    );
    await addCrowd(gate.folder, { names: ['ada', 'bob', 'fay', 'gus', 'hal', 'ivy'], password: PASSWORD });
    await enrolAll(gate, 'cat', 'dan', 'eve');
    nas = await openNas(gate);
    silent = await openNas(gate, { from: '127.0.0.2' });
    await keep(Promise.resolve({ stop: () => nas.close() }));
    await keep(Promise.resolve({ stop: () => silent.close() }));
  });

  const keyOn = (html: string): string => /<code>([A-Z2-7 ]+)<\/code>/.exec(html)![1]!.replaceAll(' ', '');

  const post = (url: string, passcode: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(url, { method: 'POST', headers, body: new URLSearchParams({ passcode }) });

  it('shows a link, waits for the proof on its page, then asks for a passcode and lets in', async () => {
    const ada = new Visitor(nas, 'ada');
    const invitation = await ada.begin(PASSWORD);
    expect(invitation).toMatchObject({ code: 'Access-Challenge' });
    expect(Buffer.byteLength(invitation.message)).toBeLessThanOrEqual(253);
    const url = LINK.exec(invitation.message)?.[1] ?? '';
    expect((await ada.answer('ok')).message).toContain(url);

    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    const key = keyOn(html);
    expect((await post(url, phoneShows(key), { origin: 'https://elsewhere.example.com' })).status).toBe(403);
    expect((await post(url, wrongPasscode(1, key))).status).toBe(422);
    expect((await ada.answer('ok')).message).toContain(url);
    expect((await post(url, phoneShows(key))).status).toBe(200);

    expect((await ada.answer('ok')).message).toBe('Enter the passcode from your app or token.');
    expect(await ada.answer(phoneShows(key, 1))).toMatchObject({ code: 'Access-Accept' });
    expect((await gate.events('ada')).map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'accept both-doors',
      'challenge passcode-asked',
      ...Array<string>(3).fill('challenge enrolment-asked'),
    ]);
    expect(await (await fetch(url)).text()).not.toContain(key);
    expect(gate.log()).not.toContain(key);
    expect(gate.log()).not.toContain(url.slice(-8));
  });

  it('is offered to nobody whose password is wrong, who is enrolled, or whose NAS shows no question', async () => {
    expect((await new Visitor(nas, 'bob').begin('looking-glass')).message).not.toContain('/enrol/');
    expect((await new Visitor(nas, 'cat').begin(PASSWORD)).message).not.toContain('/enrol/');
    const bob = await new Visitor(silent, 'bob').begin(PASSWORD);
    expect(bob).toMatchObject({ code: 'Access-Reject' });
    expect((await gate.events('bob'))[0]).toMatchObject({ reason: 'unenrolled' });
  });

  it('is asked for anew after a reset, with its reason: what is lost opens nothing any more', async () => {
    const eve = new Visitor(nas, 'eve');
    await gate.mustRun(['user', 'reset', 'eve', '--reason', 'your phone was left in a taxi.']);
    expect(await eve.begin(`${PASSWORD},${phoneShows()}`)).toMatchObject({ code: 'Access-Reject' });
    const invitation = await eve.begin(PASSWORD);
    expect(invitation.message).toMatch(/^Your second factor was reset: your phone was left in a taxi\. [A-Z]/);
    expect(Buffer.byteLength(invitation.message)).toBeLessThanOrEqual(253);
    const url = LINK.exec(invitation.message)?.[1] ?? '';
    const key = keyOn(await (await fetch(url)).text());
    expect((await post(url, phoneShows(key))).status).toBe(200);
    expect((await eve.answer('ok')).message).toBe('Enter the passcode from your app or token.');
    expect(await eve.answer(phoneShows(key, 1))).toMatchObject({ code: 'Access-Accept' });
    expect((await eve.begin(PASSWORD)).message).not.toContain('taxi');
    expect(await eve.answer(phoneShows(undefined, 1))).toMatchObject({ code: 'Access-Challenge' });
  });

  it.each([
    ['gus', ['user', 'reset', 'gus', '--reason', 'somebody knows your password.']],
    ['hal', ['block', 'add', 'hal', '--reason', 'somebody knows the password']],
    ['ivy', ['user', 'disable', 'ivy']],
  ])('adds nothing by a link of before a help desk had to step in (%s)', async (user, command) => {
    const url = LINK.exec((await new Visitor(nas, user).begin(PASSWORD)).message)?.[1] ?? '';
    const key = keyOn(await (await fetch(url)).text());
    await gate.mustRun(command);
    expect((await post(url, phoneShows(key))).status).toBe(409);
    const [noun = '', verb = ''] = command;
    if (verb !== 'reset') await gate.mustRun([noun, verb === 'add' ? 'remove' : 'enable', user]);
    expect((await post(url, phoneShows(key))).status).toBe(409);
    const anew = LINK.exec((await new Visitor(nas, user).begin(PASSWORD)).message)?.[1] ?? '';
    expect(anew).not.toBe(url);
    expect((await fetch(url)).status).toBe(404);
    const own = keyOn(await (await fetch(anew)).text());
    expect(own).not.toBe(key);
    expect((await post(anew, phoneShows(own))).status).toBe(200);
  });

  it('is not begun anew beside a token that waits for its proof: the user is told, and it opens once it is proved', async () => {
    const fay = new Visitor(nas, 'fay');
    const add = ['token', 'add', 'fay', '--type', 'totp', '--serial', 'FAY-1', '--secret-stdin', '--pending'];
    await gate.mustRun(add, `${TOKEN_SECRET}\n`);
    const refused = await fay.begin(PASSWORD);
    expect(refused).toMatchObject({ code: 'Access-Reject' });
    expect(refused.message).toMatch(/^Your second factor is not activated yet\. .*help desk.* \[\w+\]$/);
    expect((await gate.events('fay'))[0]).toMatchObject({ verdict: 'reject', reason: 'not-activated' });
    for (const typed of ['looking-glass', `${PASSWORD},${phoneShows()}`]) {
      const wrong = await fay.begin(typed);
      expect(wrong).toMatchObject({ code: 'Access-Reject' });
      expect(wrong.message).not.toContain('activated');
    }
    await gate.mustRun(['token', 'activate', 'FAY-1'], `${phoneShows()}\n`);
    expect(await fay.begin(`${PASSWORD},${phoneShows(undefined, 1)}`)).toMatchObject({ code: 'Access-Accept' });
  });

  it('is not needed with a backup code, which lets in once', async () => {
    const { codes } = JSON.parse(await gate.mustRun(['backup-codes', 'add', 'cat', '--json'])) as { codes: string[] };
    const [code = ''] = codes;
    const cat = new Visitor(nas, 'cat');
    await cat.begin(PASSWORD);
    expect(await cat.answer(code)).toMatchObject({ code: 'Access-Accept' });
    expect((await gate.events('cat'))[0]).toMatchObject({ verdict: 'accept', factor: 'codes' });
    await cat.begin(PASSWORD);
    expect(await cat.answer(code)).toMatchObject({ code: 'Access-Challenge' });
    expect(await new Visitor(silent, 'cat').begin(`${PASSWORD},${codes[1]}`)).toMatchObject({ code: 'Access-Accept' });
  });

  it('is not needed with an app password, which opens one client alone until it is revoked', async () => {
    const made = await gate.mustRun(['app-password', 'add', 'dan', '--client', 'silent', '--json']);
    const { id, password } = JSON.parse(made) as { id: number; password: string };
    const dan = new Visitor(silent, 'dan');
    expect(await dan.begin(password)).toMatchObject({ code: 'Access-Accept' });
    expect((await gate.events('dan'))[0]).toMatchObject({ reason: 'app-password', client: 'silent' });
    expect(await dan.begin(password.replaceAll(/[ -]/g, ''))).toMatchObject({ code: 'Access-Accept' });
    expect(await new Visitor(nas, 'dan').begin(password)).toMatchObject({ code: 'Access-Reject' });
    await gate.mustRun(['app-password', 'revoke', String(id)]);
    expect(await dan.begin(password)).toMatchObject({ code: 'Access-Reject' });
  });
});
