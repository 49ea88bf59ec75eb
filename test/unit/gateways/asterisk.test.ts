import { afterEach, describe, expect, it } from 'vitest';
import type { CallOutcome, CallQuestion, PhoneCall, Recordings } from '../../../src/factors/index.ts';
import { createCallDialog } from '../../../src/factors/index.ts';
import { createAsteriskGateway, type AsteriskGatewayOptions } from '../../../src/gateways/asterisk.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { startAri, type Ari } from '../../support/ari.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

const PATIENT = new AbortController().signal;

interface CallSettings {
  readonly question?: CallQuestion;
  readonly call?: Partial<PhoneCall>;
  readonly recordings?: Recordings;
}

function gatewayTo(url: string, options: Partial<AsteriskGatewayOptions> = {}) {
  const clock = new FakeClock();
  let octet = 0;
  const random = { octets: (length: number) => Buffer.alloc(length, octet++), fraction: () => 0 };
  const warnings: object[] = [];
  const gateway = createAsteriskGateway(
    { clock, random, logger: { ...silentLogger, warn: (fields) => warnings.push(fields) } },
    {
      name: 'pbx',
      url,
      username: 'sallyport',
      password: Secret.fromText('s3cret'),
      app: 'sallyport',
      endpoint: 'PJSIP/{{digits}}@trunk',
      ringSeconds: 30,
      maxSeconds: 120,
      maxCalls: 10,
      timeoutSeconds: 10,
      ...options,
    },
  );
  open.push(gateway);
  const outcomes: CallOutcome[] = [];
  const place = async (
    { question = { kind: 'approve' }, call, recordings = {} }: CallSettings = {},
    signal = PATIENT,
  ) => {
    const decided = (outcome: CallOutcome) => outcomes.push(outcome);
    const language = call?.language ?? 'en';
    const dialog = createCallDialog({ question, language, recordings, isOpen: () => true, decided });
    return gateway.placeCall?.({ id: 'call-1', to: '+4512345678', language, dialog, ...call }, signal);
  };
  return { gateway, clock, place, outcomes, warnings };
}

async function connected(options: Partial<AsteriskGatewayOptions> = {}) {
  const ari = await startAri();
  open.push(ari);
  const ours = gatewayTo(ari.url, options);
  await ours.gateway.start();
  await ari.streamOpened();
  return { ari, ...ours };
}

/** The telephone network: a call that has been placed. */
function phoneOf(ari: Ari, channelId: string) {
  const channel = { id: channelId };
  return {
    answer: () => ari.send({ type: 'StasisStart', channel }),
    press: (keys: string) => {
      for (const digit of keys) ari.send({ type: 'ChannelDtmfReceived', channel, digit });
    },
    played: (nth: number) => ari.send({ type: 'PlaybackFinished', playback: { id: `${channelId}-${String(nth)}` } }),
    hangUp: (cause = 16) => ari.send({ type: 'ChannelDestroyed', channel, cause }),
    leave: () => ari.send({ type: 'StasisEnd', channel }),
  };
}

async function answeredCall(settings: CallSettings = {}, options: Partial<AsteriskGatewayOptions> = {}) {
  const ours = await connected(options);
  const delivery = await ours.place(settings);
  const channelId = delivery?.kind === 'sent' ? (delivery.reference ?? '') : '';
  const phone = phoneOf(ours.ari, channelId);
  phone.answer();
  return { ...ours, channelId, phone };
}

const mediaOf = async (ari: Ari, nth = 0) => (await ari.request('POST', /\/play\//, nth)).body['media'];

describe('a call by Asterisk', () => {
  it('is asked for with the number, our application and the language', async () => {
    const { ari, place } = await connected({ callerId: '"Sallyport" <+4511111111>' });
    const delivery = await place({ call: { language: 'da-DK' } });
    const channelId = `sallyport-${'00'.repeat(12)}`;
    expect(delivery).toEqual({ kind: 'sent', reference: channelId });
    expect(await ari.request('POST', /^channels\//)).toEqual({
      method: 'POST',
      path: `channels/${channelId}`,
      query: {},
      body: {
        endpoint: 'PJSIP/4512345678@trunk',
        app: 'sallyport',
        timeout: 30,
        callerId: '"Sallyport" <+4511111111>',
        variables: { 'CHANNEL(language)': 'da' },
      },
    });
  });

  it('plays the question, is approved by #, says so and hangs up', async () => {
    const { ari, phone, outcomes, channelId } = await answeredCall();
    expect(await mediaOf(ari)).toEqual(['sound:sallyport/en/approve']);
    phone.played(1);
    phone.press('#');
    expect(await mediaOf(ari, 1)).toEqual(['sound:sallyport/en/approved']);
    expect(outcomes).toEqual(['approved']);
    phone.played(2);
    expect((await ari.request('DELETE', /^channels\//)).path).toBe(`channels/${channelId}`);
  });

  it('falls silent as soon as a key is pressed', async () => {
    const { ari, phone, outcomes, channelId } = await answeredCall();
    await mediaOf(ari);
    phone.press('0#');
    expect((await ari.request('DELETE', /^playbacks\//)).path).toBe(`playbacks/${channelId}-1`);
    expect(await mediaOf(ari, 1)).toEqual(['sound:sallyport/en/fraud']);
    phone.press('1');
    await mediaOf(ari, 2);
    expect(outcomes).toEqual(['fraud-reported']);
  });

  it('takes a PIN and #', async () => {
    const verifyPin = (pin: string) => Promise.resolve(pin === '4711');
    const question = { kind: 'approve-with-pin', verifyPin, wrongPin: () => undefined } as const;
    const { ari, phone, outcomes } = await answeredCall({ question });
    await mediaOf(ari);
    phone.played(1);
    phone.press('4711#');
    await mediaOf(ari, 1);
    expect(outcomes).toEqual(['approved']);
  });

  it('reads a passcode out with Asterisk’s own digits, and hangs up', async () => {
    const speech = 'sound:http://tts.local/?text={{text}}';
    const { ari, phone, outcomes } = await answeredCall(
      { question: { kind: 'speak', passcode: '040506' } },
      { speech },
    );
    expect(await mediaOf(ari)).toEqual([
      'sound:http://tts.local/?text=Hello.%20Your%20passcode%20is%3A',
      'digits:040506',
      'sound:http://tts.local/?text=Once%20more%2C%20your%20passcode%20is%3A',
      'digits:040506',
    ]);
    phone.played(1);
    await ari.request('DELETE', /^channels\//);
    expect(outcomes).toEqual(['spoken']);
  });

  it('plays the administrator’s recordings', async () => {
    const { ari } = await answeredCall({ recordings: { en: { approve: 'custom/hello' } } });
    expect(await mediaOf(ari)).toEqual(['sound:custom/hello']);
  });

  it('dials an extension before it speaks; a comma waits two seconds', async () => {
    const { ari, clock } = await answeredCall({ call: { extension: ',,890,1' } });
    await ticking(clock, ari.request('POST', /\/dtmf$/, 1), 250);
    const dialled = ari.asked.filter(({ path }) => path.endsWith('/dtmf')).map(({ query }) => query['dtmf']);
    expect(dialled).toEqual(['890', '1']);
    expect(ari.asked.some(({ path }) => path.includes('/play/'))).toBe(false);
    await ticking(clock, mediaOf(ari), 250);
  });

  it('asks again when no key is pressed in time', async () => {
    const { ari, phone, clock, outcomes } = await answeredCall();
    for (const nth of [0, 1, 2]) {
      await mediaOf(ari, nth);
      phone.played(nth + 1);
      await ticking(clock, mediaOf(ari, nth + 1), 1_000);
    }
    expect(await mediaOf(ari, 3)).toEqual(['sound:sallyport/en/goodbye']);
    expect(outcomes).toEqual(['unanswered']);
  });

  it.each([
    [17, 'busy'],
    [19, 'no-answer'],
    [16, 'no-answer'],
    [21, 'busy'],
    [34, 'failed'],
    [Number.NaN, 'failed'],
  ])('that is not taken, with cause %i, ends as %s', async (cause, how) => {
    const { ari, place } = await connected();
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    const dialog: PhoneCall['dialog'] = {
      answered: () => ({ say: [] }),
      pressed: () => Promise.resolve({ say: [] }),
      ended: resolve,
    };
    const delivery = await place({ call: { dialog } });
    phoneOf(ari, delivery?.kind === 'sent' ? (delivery.reference ?? '') : '').hangUp(cause);
    expect(await ended).toBe(how);
  });

  it('that is hung up is unanswered, and takes no later key', async () => {
    const { ari, phone, outcomes } = await answeredCall();
    await mediaOf(ari);
    phone.leave();
    phone.hangUp();
    phone.press('#');
    await heard(ari);
    expect(outcomes).toEqual(['unanswered']);
  });

  it('hears no keys of other calls', async () => {
    const { ari, outcomes } = await answeredCall();
    await mediaOf(ari);
    phoneOf(ari, 'sallyport-other').press('#');
    phoneOf(ari, '').press('#');
    await heard(ari);
    expect(outcomes).toEqual([]);
  });

  it('ends after its time, whatever is played or pressed', async () => {
    const { ari, clock, outcomes } = await answeredCall({}, { maxSeconds: 60 });
    await mediaOf(ari);
    await ticking(clock, ari.request('DELETE', /^channels\//), 1_000);
    expect(outcomes).toEqual(['unanswered']);
  });

  it('ends when nobody tells that the ringing is over', async () => {
    const { ari, clock, place, outcomes } = await connected();
    await place();
    await clock.advance(35_000);
    await ari.request('DELETE', /^channels\//);
    expect(outcomes).toEqual(['unanswered']);
  });

  it('ends when Asterisk cannot play', async () => {
    const { ari, place, outcomes } = await connected();
    ari.answer(({ path }) => (path.includes('/play/') ? 404 : undefined));
    const delivery = await place();
    phoneOf(ari, delivery?.kind === 'sent' ? (delivery.reference ?? '') : '').answer();
    await ari.request('DELETE', /^channels\//);
    expect(outcomes).toEqual(['unanswered']);
  });
});

describe('the Asterisk gateway in trouble', () => {
  it('refuses what is no number', async () => {
    const { ari, place } = await connected();
    expect(await place({ call: { to: '12345678' } })).toMatchObject({ kind: 'refused' });
    expect(await place({ call: { to: '+45/../1' } })).toMatchObject({ kind: 'refused' });
    expect(ari.asked).toEqual([]);
  });

  it('places no more calls than it may', async () => {
    const { place } = await connected({ maxCalls: 1 });
    expect(await place()).toMatchObject({ kind: 'sent' });
    expect(await place()).toEqual({ kind: 'failed', problem: 'too many calls are under way' });
  });

  it.each([400, 401, 404, 500, 503])('says that an answer of %i is a failure, and ends no dialog', async (status) => {
    const { ari, place, outcomes } = await connected();
    ari.answer(({ method }) => (method === 'POST' ? status : undefined));
    const delivery = await place();
    expect(delivery).toMatchObject({ kind: 'failed' });
    expect(outcomes).toEqual([]);
    expect(JSON.stringify(delivery)).not.toContain('s3cret');
  });

  it('gives up a request that is not answered, and hangs up what may have come of it', async () => {
    const { ari, clock, place, outcomes } = await connected();
    ari.answer(({ method }) => (method === 'POST' ? 'silent' : undefined));
    const placing = place();
    await ari.request('POST', /^channels\//);
    await clock.advance(10_000);
    expect(await placing).toEqual({ kind: 'failed', problem: 'Asterisk has not answered in time' });
    await ari.request('DELETE', /^channels\//);
    expect(outcomes).toEqual([]);
  });

  it('goes on with a call that was taken although the answer to it got lost', async () => {
    const { ari, place } = await connected();
    ari.answer(({ path }) => (/^channels\/[^/]+$/.test(path) ? 'silent' : undefined));
    const controller = new AbortController();
    const placing = place({}, controller.signal);
    const { path } = await ari.request('POST', /^channels\//);
    phoneOf(ari, path.slice('channels/'.length)).answer();
    await mediaOf(ari);
    controller.abort();
    expect(await placing).toMatchObject({ kind: 'sent' });
    ari.answer(() => undefined);
  });

  it('hangs up a call that is taken after it was given up', async () => {
    const { ari } = await connected();
    phoneOf(ari, 'sallyport-feed').answer();
    expect((await ari.request('DELETE', /^channels\//)).path).toBe('channels/sallyport-feed');
  });

  it('leaves other people’s channels alone', async () => {
    const { ari } = await connected();
    phoneOf(ari, '1700000000.1').answer();
    await heard(ari);
    expect(ari.asked.map(({ path }) => path)).toEqual(['channels/sallyport-mark']);
  });

  it('warns when another program takes its application', async () => {
    const { ari, warnings } = await connected();
    ari.send({ type: 'ApplicationReplaced', application: 'sallyport' });
    await heard(ari);
    expect(warnings).toEqual([{ app: 'sallyport' }]);
  });

  it('starts without Asterisk, says that calling failed, and connects once it is there', async () => {
    const first = await startAri();
    await first.stop();
    const { gateway, clock, place } = gatewayTo(first.url);
    await gateway.start();
    expect(await place()).toMatchObject({ kind: 'failed', problem: expect.stringContaining('ECONNREFUSED') as string });
    const ari = await startAri(Number(new URL(first.url).port));
    open.push(ari);
    await ticking(clock, ari.streamOpened(), 1_000);
    await until(async () => (await place())?.kind === 'sent');
  });

  it('says that its credentials are refused, and not what they are', async () => {
    const ari = await startAri();
    open.push(ari);
    const { gateway, place } = gatewayTo(ari.url, { password: Secret.fromText('hunter2') });
    await gateway.start();
    const delivery = await place();
    expect(delivery).toEqual({ kind: 'failed', problem: 'not connected: Asterisk refuses the credentials' });
  });

  it('ends its calls when the event stream is cut, and connects again', async () => {
    const { ari, clock, outcomes, place } = await answeredCall();
    await mediaOf(ari);
    ari.cut();
    await ari.request('DELETE', /^channels\//);
    expect(outcomes).toEqual(['unanswered']);
    await ticking(clock, ari.streamOpened(2), 1_000);
    await until(async () => (await place())?.kind === 'sent');
  });

  it.each([
    '',
    'null',
    '[]',
    '{',
    '{"type":7}',
    '{"type":"StasisStart"}',
    '{"type":"ChannelDtmfReceived","channel":{"id":7},"digit":"#"}',
    '{"type":"ChannelDtmfReceived","channel":null}',
  ])('is not disturbed by the event %s', async (text) => {
    const { ari, phone, outcomes } = await answeredCall();
    await mediaOf(ari);
    ari.send(text);
    phone.played(1);
    phone.press('#');
    await mediaOf(ari, 1);
    expect(outcomes).toEqual(['approved']);
  });

  it('drops a stream that sends more than any event, and connects again', async () => {
    const { ari, clock } = await connected();
    ari.send('x'.repeat(300 * 1024));
    await ticking(clock, ari.streamOpened(2), 1_000);
  });

  it('ends its calls when it is stopped, and connects no more', async () => {
    const { ari, gateway, clock, outcomes, place } = await answeredCall();
    await mediaOf(ari);
    await gateway.stop();
    expect(outcomes).toEqual(['unanswered']);
    expect(ari.asked.some(({ method, path }) => method === 'DELETE' && path.startsWith('channels/'))).toBe(true);
    expect(await place()).toMatchObject({ kind: 'failed' });
    expect(clock.pendingTimers).toBe(0);
  });
});

/** Lets the clock run until something has happened. */
async function ticking<T>(clock: FakeClock, happening: Promise<T>, stepMs: number): Promise<T> {
  let isOver = false;
  const over = happening.finally(() => (isOver = true));
  await until(async () => {
    await clock.advance(stepMs);
    return isOver;
  });
  return over;
}

/** Everything sent so far has been heard: behind it comes a call that was given up, and is hung up. */
async function heard(ari: Ari): Promise<void> {
  phoneOf(ari, 'sallyport-mark').answer();
  await ari.request('DELETE', /sallyport-mark/);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
