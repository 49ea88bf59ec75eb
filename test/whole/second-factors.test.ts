import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';

import { phoneShows } from '../support/phone.ts';
import { startProvider, type Provider } from '../support/provider.ts';
import { clientSection, startSallyport, type Sallyport, type SallyportOptions } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import {
  addCallable,
  passcodeIn,
  publicConsole,
  startTextCompany,
  tellInbound,
  textGateway,
  type TextCompany,
} from './second-doors.ts';
import { openNas, PASSWORD, readReply, Visitor } from './visitor.ts';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const AUTH_TOKEN = 'the-auth-token-of-the-account';

const numbers = {
  ada: '+4520123401',
  bob: '+4520123402',
  cat: '+4520123403',
  dan: '+4520123404',
  eve: '+4520123405',
  fay: '+4520123406',
  gus: '+4520123407',
  hal: '+4520123408',
  ida: '+4520123409',
  joy: '+4520123410',
};

const clients = ['texts', 'calls', 'words', 'silent', 'impatient'] as const;
const impatient = { policy: 'calls', challenge: false, timeoutSeconds: 2 };

describe('messages and calls as the second door', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let before: SallyportOptions;
  let first: TextCompany;
  let second: TextCompany;
  let twilio: Provider;

  beforeAll(async () => {
    first = await keep(startTextCompany());
    second = await keep(startTextCompany());
    twilio = await startTwilio();
    await keep(Promise.resolve({ stop: () => twilio.close() }));
    before = {
      clients: clients.map((name, index) => {
        const options = name === 'impatient' ? impatient : { policy: name, challenge: name !== 'silent' };
        return clientSection(name, `127.0.0.${index + 1}`, options);
      }),
      sections: {
        policies: {
          texts: { factors: ['sms', 'totp'] },
          calls: { factors: ['call'] },
          words: { factors: ['totp', 'sms'] },
          silent: { factors: ['totp', 'sms'] },
        },
        factors: { sms: { gateways: ['first', 'second'] }, call: { gateways: ['voice'] } },
        gateways: {
          first: textGateway(first),
          second: textGateway(second),
          voice: {
            type: 'twilio',
            accountSid: ACCOUNT,
            authToken: AUTH_TOKEN,
            from: '+4570101010',
            apiUrl: twilio.url,
          },
        },
        console: await publicConsole(),
      },
    };
    gate = await keep(startSallyport(before));
    await addCallable(gate, numbers);
  });

  async function arrive(user: keyof typeof numbers, client: (typeof clients)[number]): Promise<Visitor> {
    const nas = await openNas(gate, { from: `127.0.0.${clients.indexOf(client) + 1}` });
    await keep(Promise.resolve({ stop: () => nas.close() }));
    return new Visitor(nas, user);
  }

  const lastTo = (company: TextCompany, user: keyof typeof numbers): string =>
    passcodeIn(company.texts.findLast(({ to }) => to === numbers[user])!);
  const countTo = (company: TextCompany, user: keyof typeof numbers): number =>
    company.texts.filter(({ to }) => to === numbers[user]).length;

  it('lets in who types the passcode of the message, once', async () => {
    const ada = await arrive('ada', 'texts');
    expect((await ada.begin(PASSWORD)).message).toContain('from the text message');
    const passcode = lastTo(first, 'ada');
    expect(passcode).toMatch(/^\d{6}$/);
    expect(await ada.answer(passcode)).toMatchObject({ code: 'Access-Accept' });
    expect((await gate.events('ada'))[0]).toMatchObject({ reason: 'both-doors', factor: 'sms' });
    expect(gate.log()).not.toContain(passcode);
    await ada.begin(PASSWORD);
    expect(lastTo(first, 'ada')).not.toBe(passcode);
    expect(await ada.answer(passcode)).toMatchObject({ code: 'Access-Challenge' });
  });

  it('sends one message, however often and from wherever the request is sent', async () => {
    const bob = await arrive('bob', 'texts');
    const other = await arrive('bob', 'texts');
    const request = bob.nas.encode({ attributes: bob.attributes(PASSWORD) });
    for (let time = 0; time < 5; time += 1) bob.nas.send(request);
    other.nas.send(request);
    const challenge = readReply(bob.nas.verify(request, await bob.nas.nextReply()));
    const another = readReply(other.nas.verify(request, await other.nas.nextReply()));
    expect([challenge.code, another.code]).toEqual(['Access-Challenge', 'Access-Challenge']);
    bob.nas.send(request);
    expect(readReply(bob.nas.verify(request, await bob.nas.nextReply())).state).toEqual(challenge.state);
    expect(countTo(first, 'bob')).toBe(1);
    const accept = await (
      await arrive('bob', 'texts')
    ).nas.ask({
      attributes: [...bob.attributes(lastTo(first, 'bob')), [24, another.state!]],
    });
    expect(accept.code).toBe('Access-Accept');
  });

  it('fails over to the second gateway when the first is down, and to the app when both are', async () => {
    const cat = await arrive('cat', 'texts');
    first.trouble = { status: 503, body: 'out of order' };
    expect((await cat.begin(PASSWORD)).message).toContain('from the text message');
    expect(await cat.answer(lastTo(second, 'cat'))).toMatchObject({ code: 'Access-Accept' });
    second.trouble = { status: 401 };
    expect((await cat.begin(PASSWORD)).message).toContain('Nothing could be sent.');
    expect(await cat.answer(phoneShows())).toMatchObject({ code: 'Access-Accept' });
    first.trouble = second.trouble = undefined;
    expect(countTo(first, 'cat')).toBe(0);
  });

  it('sends a message where it is asked for behind the password', async () => {
    const dan = await arrive('dan', 'words');
    expect((await dan.begin(PASSWORD)).message).toContain('from your app');
    expect(countTo(first, 'dan')).toBe(0);
    expect((await dan.begin(`${PASSWORD},sms`)).message).toContain('from the text message');
    expect(await dan.answer(lastTo(first, 'dan'))).toMatchObject({ code: 'Access-Accept' });
  });

  it('takes the passcode of the message behind the password where the NAS shows no question', async () => {
    const eve = await arrive('eve', 'silent');
    expect(await eve.begin(`${PASSWORD},sms`)).toMatchObject({ code: 'Access-Reject' });
    const field = `${PASSWORD},${lastTo(first, 'eve')}`;
    expect(await eve.begin(field)).toMatchObject({ code: 'Access-Accept' });
    expect(await eve.begin(field)).toMatchObject({ code: 'Access-Reject' });
  });

  it('calls: # lets in', async () => {
    const fay = await arrive('fay', 'calls');
    const held = fay.begin(PASSWORD);
    const call = await twilioCall(twilio, numbers.fay);
    expect(await call.turn({})).toContain('<Gather');
    expect(await call.turn({ FinishedOnKey: '#', Digits: '' })).toContain('<Hangup/>');
    expect(await held).toMatchObject({ code: 'Access-Accept' });
    expect((await gate.events('fay'))[0]).toMatchObject({ factor: 'call' });
  });

  it('calls: 0# and 1 lock the user out, and what is not signed by the company is refused', async () => {
    const gus = await arrive('gus', 'calls');
    const held = gus.begin(PASSWORD);
    const call = await twilioCall(twilio, numbers.gus);
    await call.turn({});
    await expect(call.turn({ FinishedOnKey: '#', Digits: '' }, 'another-token')).rejects.toThrow('403');
    expect(await call.turn({ FinishedOnKey: '#', Digits: '0' })).toContain('<Gather');
    await call.turn({ FinishedOnKey: '', Digits: '1' });
    expect(await held).toMatchObject({ code: 'Access-Reject' });
    expect((await gate.events('gus'))[0]).toMatchObject({ reason: 'fraud-reported' });
    expect(await gus.begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
  });

  it('calls: # is too late once the NAS gave up, and is told so', async () => {
    const ida = await arrive('ida', 'impatient');
    const held = ida.begin(PASSWORD);
    const call = await twilioCall(twilio, numbers.ida);
    await call.turn({});
    expect((await held).message).toContain('not approved in time');
    const said = await call.turn({ FinishedOnKey: '#', Digits: '' });
    expect(said).toContain('has not been confirmed');
    expect(said).toContain('<Hangup/>');
    expect((await gate.events('ida')).map(({ reason }) => reason)).toEqual(['approval-timeout']);
  });

  it('calls: 0# and 1 lock the user out also after the NAS gave up', async () => {
    const joy = await arrive('joy', 'impatient');
    const held = joy.begin(PASSWORD);
    const call = await twilioCall(twilio, numbers.joy);
    await call.turn({});
    await held;
    await call.turn({ FinishedOnKey: '#', Digits: '0' });
    expect(await call.turn({ FinishedOnKey: '', Digits: '1' })).toContain('report has been passed on');
    await expect.poll(async () => (await gate.events('joy')).map(({ reason }) => reason)).toContain('fraud-reported');
    expect(await joy.begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect((await gate.events('joy'))[0]).toMatchObject({ reason: 'blocked' });
  });

  it('does without a gateway that SIGHUP has removed, whose callbacks are gone too', async () => {
    const sections = before.sections!;
    const { second: kept, voice } = sections['gateways'] as Record<string, unknown>;
    const gateways = { second: kept, voice };
    const factors = { sms: { gateways: ['second'] }, call: { gateways: ['voice'] } };
    const message = { sender: numbers.hal, message: '1' };
    expect(await tellInbound(gate, 'first', message)).toBe(204);
    const from = gate.log().length;
    await gate.rewrite({ ...before, sections: { ...sections, factors, gateways } });
    gate.signal('SIGHUP');
    await gate.waitForLog(/"msg":"configuration read again"/, from);
    expect(gate.log().slice(from)).toContain('changed: gateway first: removed');
    const hal = await arrive('hal', 'texts');
    await hal.begin(PASSWORD);
    expect(countTo(first, 'hal')).toBe(0);
    expect(await hal.answer(lastTo(second, 'hal'))).toMatchObject({ code: 'Access-Accept' });
    expect(await tellInbound(gate, 'first', message)).toBe(404);
  });
});

/** An API that takes calls of our account. */
function startTwilio(): Promise<Provider> {
  const authorization = `Basic ${Buffer.from(`${ACCOUNT}:${AUTH_TOKEN}`).toString('base64')}`;
  return startProvider(({ path, headers }) => {
    if (headers.authorization !== authorization) return { status: 401 };
    if (path !== `/2010-04-01/Accounts/${ACCOUNT}/Calls.json`) return { status: 404 };
    return { status: 201, body: JSON.stringify({ sid: 'CA01' }) };
  });
}

interface TwilioCall {
  /** Tells the next turn of the conversation as the company does; gives what is said. Throws when it is refused. */
  turn(fields: Readonly<Record<string, string>>, authToken?: string): Promise<string>;
}

/** The call to that number, once it has been ordered. */
async function twilioCall({ requests }: Provider, to: string): Promise<TwilioCall> {
  const ordered = (): URLSearchParams | undefined =>
    requests.map(({ body }) => new URLSearchParams(body)).find((form) => form.get('To') === to);
  await expect.poll(ordered, { timeout: 10_000, interval: 10 }).toBeDefined();
  let url = ordered()?.get('Url') ?? '';
  return {
    async turn(fields, authToken = AUTH_TOKEN) {
      const form = Object.entries({ CallSid: 'CA01', ...fields });
      const signed = url + form.toSorted().flat().join('');
      const signature = createHmac('sha1', authToken).update(signed).digest('base64');
      const headers = { 'x-twilio-signature': signature };
      const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) });
      const said = await response.text();
      if (response.status !== 200) throw new Error(`refused: ${response.status}`);
      url = /action="([^"]+)"/.exec(said)?.[1]?.replaceAll('&amp;', '&') ?? url;
      return said;
    },
  };
}
