import { describe, expect, it } from 'vitest';
import type {
  Channel,
  Delivery,
  DeliveryRecord,
  Desk,
  Gateway,
  PhoneCall,
  PushChannel,
  PushPrompt,
  TextMessage,
} from '../../../src/factors/index.ts';
import { createDesk, createGatewayEvents, type DeskOptions } from '../../../src/gateways/index.ts';
import { silentLogger, type Logger } from '../../../src/lib/logger.ts';
import { createPromMetrics } from '../../../src/lib/prom-metrics.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { recordedCall } from '../../support/gateway.ts';

const SENT: Delivery = { kind: 'sent' };
const FAILED: Delivery = { kind: 'failed', problem: 'it is down' };
const REFUSED: Delivery = { kind: 'refused', problem: 'no such number' };

type Script = () => Delivery | Promise<Delivery>;

/** A gateway that does as it is told. */
class ScriptedGateway implements Gateway {
  readonly name: string;
  readonly channels: readonly Channel[];
  readonly taken: (TextMessage | PhoneCall)[] = [];
  readonly signals: AbortSignal[] = [];
  answer: Script = () => SENT;

  constructor(name: string, channels: readonly Channel[] = ['sms', 'call', 'email']) {
    this.name = name;
    this.channels = channels;
  }

  sendText(message: TextMessage, signal: AbortSignal): Promise<Delivery> {
    return this.#take(message, signal);
  }

  placeCall(call: PhoneCall, signal: AbortSignal): Promise<Delivery> {
    return this.#take(call, signal);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async #take(item: TextMessage | PhoneCall, signal: AbortSignal): Promise<Delivery> {
    this.taken.push(item);
    this.signals.push(signal);
    return await this.answer();
  }
}

const NEVER: Script = () => new Promise(() => undefined);

interface Office {
  readonly clock: FakeClock;
  readonly desk: Desk;
  readonly main: ScriptedGateway;
  readonly backup: ScriptedGateway;
  readonly records: DeliveryRecord[];
  readonly warnings: object[];
  readonly pushed: string[];
  readonly metrics: ReturnType<typeof createPromMetrics>;
}

function openOffice(parts: Partial<DeskOptions> = {}): Office {
  const clock = new FakeClock();
  const [main, backup] = [new ScriptedGateway('main'), new ScriptedGateway('backup')];
  const records: DeliveryRecord[] = [];
  const warnings: object[] = [];
  const pushed: string[] = [];
  const metrics = createPromMetrics({ ofProcess: false });
  const logger: Logger = { ...silentLogger, warn: (fields) => void warnings.push(fields) };
  const names = ['main', 'backup'];
  const patience = { timeoutSeconds: 5, failures: 3, asideSeconds: 60 };
  const options: DeskOptions = {
    defaultCountry: 'DK',
    countries: {},
    limits: { perUserInFiveMinutes: 1000, perClientInFiveMinutes: 1000, inFiveMinutes: 2000 },
    routes: { sms: names, call: names, email: names },
    patience: { main: patience, backup: patience },
    ...parts,
  };
  const ntfy: PushChannel = {
    protocol: 'ntfy',
    send(prompt) {
      pushed.push(prompt.id);
      return Promise.resolve(SENT);
    },
    withdraw: (id) => void pushed.push(`-${id}`),
    enrol: () => ({ uri: '', data: Secret.fromText('{}') }),
    callbacks: [],
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  const desk = createDesk(
    {
      ...{ clock, logger, metrics, random: createSystemRandom() },
      deliveries: { record: (record) => void records.push(record), report: () => undefined },
      gateways: () => new Map([main, backup].map((gateway) => [gateway.name, gateway])),
      pushChannels: () => new Map([['ntfy', ntfy]]),
    },
    () => options,
  );
  return { clock, desk, main, backup, records, warnings, pushed, metrics };
}

const addressee = (userId = 1, client = 'vpn') => ({ userId, username: 'alice', client, language: 'da' });

function sms(to = '20 12 34 56', userId = 1, client = 'vpn') {
  return { channel: 'sms', addressee: addressee(userId, client), to, text: 'Code 493817' } as const;
}

const prompt: PushPrompt = {
  id: 'p1',
  device: { tokenId: 1, userId: 1, serial: 'P1', protocol: 'ntfy', data: Secret.fromText('{}') },
  title: 'Login',
  body: 'vpn',
  client: 'vpn',
  expiresAtMs: 0,
};

describe('a delivery', () => {
  it('goes to the first gateway, with a number as it is dialled, and is recorded', async () => {
    const { desk, main, backup, records, clock } = openOffice();
    main.answer = () => ({ kind: 'sent', reference: 'SM1', price: '0.05 EUR' });
    const result = await desk.sendText(sms());
    expect(result).toEqual({ kind: 'sent', id: expect.stringMatching(/^[0-9a-f]{32}$/) as string, gateway: 'main' });
    expect(main.taken).toMatchObject([{ to: '+4520123456', text: 'Code 493817', channel: 'sms' }]);
    expect(backup.taken).toEqual([]);
    expect(records).toEqual([
      {
        id: result.kind === 'sent' ? result.id : '',
        atMs: clock.nowMs(),
        ...{ userId: 1, client: 'vpn', channel: 'sms', gateway: 'main', country: 'DK' },
        ...{ outcome: 'sent', reference: 'SM1', price: '0.05 EUR' },
      },
    ]);
  });

  it.each<[string, Delivery]>([
    ['is down', FAILED],
    ['refuses it', REFUSED],
  ])('goes to the next gateway when the first one %s, each attempt recorded', async (_, delivery) => {
    const { desk, main, backup, records } = openOffice();
    main.answer = () => delivery;
    expect(await desk.sendText(sms())).toMatchObject({ kind: 'sent', gateway: 'backup' });
    expect(backup.taken).toHaveLength(1);
    expect(records.map(({ gateway, outcome }) => [gateway, outcome])).toEqual([
      ['main', delivery.kind],
      ['backup', 'sent'],
    ]);
  });

  it('goes to the next gateway when the first one hangs or breaks', async () => {
    const { desk, main, backup, clock } = openOffice();
    main.answer = NEVER;
    const result = desk.sendText(sms());
    await clock.advance(0);
    await expect.poll(() => main.taken.length).toBe(1);
    await clock.advance(5000);
    expect(await result).toMatchObject({ kind: 'sent', gateway: 'backup' });
    expect(main.signals[0]?.aborted).toBe(true);
    main.answer = () => Promise.reject(new Error('with 493817 in it'));
    backup.answer = () => FAILED;
    expect(await desk.sendText(sms())).toEqual({
      kind: 'undelivered',
      problem: 'main: it broke (Error); backup: it is down',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['', 'is no phone number'],
    ['hello', 'is no phone number'],
    ['+45 2', 'is no phone number'],
    ['+45 99', 'is not a phone number that can exist'],
    ['+1 900 555 0123', 'is a premium-rate number'],
    ['+45 20123456; rm -rf /', 'is no phone number'],
    ['2'.repeat(100), 'is too long for a phone number'],
  ])('to "%s" is none: %s', async (to, problem) => {
    const { desk, main, records } = openOffice();
    expect(await desk.sendText(sms(to))).toEqual({ kind: 'address-invalid', problem: `the phone number ${problem}` });
    expect([main.taken, records]).toEqual([[], []]);
  });

  it.each(['alice', 'a@b@c', '-oQ/tmp@example.com', 'a b@example.com', 'a@example.com\nBcc: x@y', 'a@x,b@y', '@x'])(
    'of mail to %j is none',
    async (to) => {
      const { desk, main } = openOffice();
      const result = await desk.sendText({ ...sms(to), channel: 'email' });
      expect(result).toEqual({ kind: 'address-invalid', problem: 'the mail address is none' });
      expect(main.taken).toEqual([]);
    },
  );

  it('of mail carries its subject', async () => {
    const { desk, main } = openOffice();
    await desk.sendText({ ...sms('alice@example.com'), channel: 'email', subject: 'Login' });
    expect(main.taken).toMatchObject([{ to: 'alice@example.com', subject: 'Login', channel: 'email' }]);
  });

  it('by phone dials the extension and speaks the user’s language', async () => {
    const { desk, main } = openOffice();
    const { dialog } = recordedCall([]).call;
    expect(await desk.placeCall({ addressee: addressee(), to: '+45 20 12 34 56 x890', dialog })).toMatchObject({
      kind: 'sent',
    });
    await desk.placeCall({ addressee: addressee(), to: '20123456,,7#', dialog });
    expect(main.taken).toMatchObject([
      { to: '+4520123456', extension: '890', language: 'da', dialog },
      { to: '+4520123456', extension: ',,7#' },
    ]);
  });

  it('by push goes to the phone’s protocol and can be withdrawn', async () => {
    const { desk, pushed, records } = openOffice();
    expect(await desk.push(prompt, addressee())).toEqual({ kind: 'sent', id: 'p1', gateway: 'push-ntfy' });
    desk.withdrawPush(prompt);
    expect(pushed).toEqual(['p1', '-p1']);
    expect(records).toMatchObject([{ id: 'p1', channel: 'push', outcome: 'sent' }]);
    const other = { ...prompt, device: { ...prompt.device, protocol: 'app' as const } };
    expect((await desk.push(other, addressee())).kind).toBe('undelivered');
  });

  it('that no gateway can make is undelivered', async () => {
    const { desk } = openOffice({ routes: { sms: ['gone'], call: [], email: [] } });
    expect(await desk.sendText(sms())).toEqual({ kind: 'undelivered', problem: 'no gateway delivers sms' });
  });
});

describe('countries', () => {
  const countries = {
    US: { blocked: false, gateways: ['backup'], from: '+15005550006', callFrom: '+15005550007' },
    KP: { blocked: true },
    '*': { blocked: false, from: 'Acme' },
  };

  it('have gateways and senders of their own', async () => {
    const { desk, main, backup } = openOffice({ countries });
    await desk.sendText(sms('+1 213 373 4253'));
    await desk.sendText(sms('20123456'));
    await desk.placeCall({ addressee: addressee(), to: '+12133734253', dialog: recordedCall([]).call.dialog });
    expect(backup.taken).toMatchObject([{ from: '+15005550006' }, { from: '+15005550007' }]);
    expect(main.taken).toMatchObject([{ from: 'Acme' }]);
  });

  it('that are blocked get nothing, and cost nothing', async () => {
    const { desk, main, backup, records } = openOffice({ countries });
    const result = await desk.sendText(sms('+850 192 123 4567'));
    expect(result).toEqual({ kind: 'address-invalid', problem: 'nothing is sent to KP' });
    expect([main.taken, backup.taken, records]).toEqual([[], [], []]);
  });

  it('can be all but some', async () => {
    const { desk } = openOffice({ countries: { DK: { blocked: false }, '*': { blocked: true } } });
    expect((await desk.sendText(sms('20123456'))).kind).toBe('sent');
    expect((await desk.sendText(sms('+12133734253'))).kind).toBe('address-invalid');
    expect((await desk.sendText(sms('+800 1234 5678'))).kind).toBe('address-invalid');
  });
});

describe('limits', () => {
  const limits = { perUserInFiveMinutes: 5, perClientInFiveMinutes: 8, inFiveMinutes: 10 };

  it('hold for one user over all channels, whatever came of the deliveries', async () => {
    const { desk, main, backup, pushed, clock } = openOffice({ limits });
    const { dialog } = recordedCall([]).call;
    await desk.sendText(sms());
    await desk.placeCall({ addressee: addressee(), to: '20123456', dialog });
    await desk.push(prompt, addressee());
    main.answer = () => FAILED;
    backup.answer = () => FAILED;
    expect((await desk.sendText(sms())).kind).toBe('undelivered');
    await desk.sendText({ ...sms('a@example.com'), channel: 'email' });
    const before = [main.taken.length, backup.taken.length, pushed.length];
    for (const result of [await desk.sendText(sms()), await desk.push(prompt, addressee())]) {
      expect(result).toEqual({ kind: 'limited', problem: '5 deliveries to this user in five minutes are the limit' });
    }
    expect([main.taken.length, backup.taken.length, pushed.length]).toEqual(before);
    main.answer = () => SENT;
    expect((await desk.sendText(sms('20123456', 2))).kind).toBe('sent');
    await clock.advance(5 * 60_000);
    expect((await desk.sendText(sms())).kind).toBe('sent');
  });

  it('slide: each delivery counts for five minutes of its own, and what was refused does not count', async () => {
    const { desk, clock } = openOffice({ limits });
    for (let count = 0; count < 5; count += 1) {
      expect((await desk.sendText(sms())).kind).toBe('sent');
      await clock.advance(60_000);
    }
    expect((await desk.sendText(sms())).kind).toBe('sent');
    expect((await desk.sendText(sms())).kind).toBe('limited');
    clock.jumpWall(3_600_000);
    expect((await desk.sendText(sms())).kind).toBe('limited');
    await clock.advance(60_000);
    expect((await desk.sendText(sms())).kind).toBe('sent');
    expect((await desk.sendText(sms())).kind).toBe('limited');
  });

  it('hold for one client and in all', async () => {
    const { desk } = openOffice({ limits });
    for (let user = 1; user <= 8; user += 1) expect((await desk.sendText(sms('20123456', user))).kind).toBe('sent');
    expect(await desk.sendText(sms('20123456', 9))).toMatchObject({ kind: 'limited', problem: /client/ });
    for (let user = 11; user <= 12; user += 1) {
      expect((await desk.sendText(sms('20123456', user, 'rdp'))).kind).toBe('sent');
    }
    expect(await desk.sendText(sms('20123456', 13, 'rdp'))).toMatchObject({ kind: 'limited', problem: /whole server/ });
  });

  it('hold for deliveries at the same time', async () => {
    const { desk, main } = openOffice({ limits });
    const results = await Promise.all(Array.from({ length: 20 }, () => desk.sendText(sms())));
    expect(results.filter(({ kind }) => kind === 'sent')).toHaveLength(5);
    expect(main.taken).toHaveLength(5);
  });
});

describe('a gateway that fails again and again', () => {
  it('is left aside, tried by one delivery, and back once that succeeds', async () => {
    const { desk, main, clock } = openOffice();
    main.answer = () => FAILED;
    for (let count = 0; count < 5; count += 1) await desk.sendText(sms());
    expect(main.taken).toHaveLength(3);
    await clock.advance(60_000);
    await desk.sendText(sms());
    await desk.sendText(sms());
    expect(main.taken).toHaveLength(4);
    await clock.advance(60_000);
    main.answer = () => SENT;
    const results = await Promise.all([desk.sendText(sms()), desk.sendText(sms())]);
    expect(results.map((result) => result.kind === 'sent' && result.gateway).toSorted()).toEqual(['backup', 'main']);
    expect(await desk.sendText(sms())).toMatchObject({ gateway: 'main' });
  });

  it('is not left aside for messages it refuses', async () => {
    const { desk, main } = openOffice();
    main.answer = () => REFUSED;
    for (let count = 0; count < 10; count += 1) await desk.sendText(sms());
    expect(main.taken).toHaveLength(10);
  });

  it('is named in the log once a minute, without what was in the messages', async () => {
    const { desk, main, backup, warnings, clock } = openOffice();
    main.answer = () => FAILED;
    backup.answer = () => FAILED;
    await desk.sendText(sms());
    await desk.sendText(sms());
    expect(warnings).toHaveLength(2);
    await clock.advance(60_000);
    await desk.sendText(sms());
    expect(warnings).toMatchObject([
      { gateway: 'main', channel: 'sms', problem: 'it is down', unlogged: 0 },
      { gateway: 'backup' },
      { gateway: 'main', unlogged: 1 },
      { gateway: 'backup', unlogged: 1 },
    ]);
    expect(JSON.stringify(warnings)).not.toMatch(/493817|20123456/);
  });

  it('shows in the metrics', async () => {
    const { desk, main, metrics } = openOffice();
    main.answer = () => FAILED;
    for (let count = 0; count < 3; count += 1) await desk.sendText(sms());
    const text = await metrics.expose();
    expect(text).toContain('sallyport_deliveries_total{channel="sms",gateway="main",outcome="failed"} 3');
    expect(text).toContain('sallyport_deliveries_total{channel="sms",gateway="backup",outcome="sent"} 3');
    expect(text).toContain('sallyport_gateways_open 1');
    expect(text).toContain('sallyport_gateways_closed 1');
    expect(text).toContain('sallyport_delivery_seconds_count{channel="sms"} 6');
  });
});

describe('what gateways tell', () => {
  it('goes to the record of deliveries and to whoever waits for messages', () => {
    const told: unknown[] = [];
    const events = createGatewayEvents({
      deliveries: { record: () => undefined, report: (...report) => void told.push(report) },
      inbound: (message) => void told.push(message),
    });
    events.reported('f00d', { kind: 'delivered' });
    events.reported('beef', { kind: 'undelivered', problem: 'gone' });
    events.inbound({ gateway: 'main', from: '+4520123456', text: '1' });
    expect(told).toEqual([
      ['f00d', 'delivered'],
      ['beef', 'undelivered', 'gone'],
      { gateway: 'main', from: '+4520123456', text: '1' },
    ]);
  });
});
