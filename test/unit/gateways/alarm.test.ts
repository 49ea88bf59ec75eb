import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { AlertsConfig } from '../../../src/config/index.ts';
import type { Delivery, Gateway, TextMessage } from '../../../src/factors/index.ts';
import { createAlarm, type Alarm } from '../../../src/gateways/index.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { noMetrics } from '../../../src/lib/metrics.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { startProvider, type Provider, type ProviderReply } from '../../support/provider.ts';

const MESSAGE = { subject: 'Fraud reported by alice', text: 'alice says so.', data: { kind: 'fraud', user: 'alice' } };
const RETRY_MS = 5_000;

const clock = new FakeClock();
let provider: Provider | undefined;
afterEach(() => provider?.close());

function alarmBy(config: AlertsConfig, sendText?: Gateway['sendText']): { alarm: Alarm; problems: string[] } {
  const problems: string[] = [];
  const log = (fields: object): void => void problems.push(JSON.stringify(fields));
  const gateway: Gateway = {
    ...{ name: 'mail', channels: ['email'], start: () => Promise.resolve(), stop: () => Promise.resolve() },
    ...(sendText && { sendText }),
  };
  const alarm = createAlarm({
    ...{ clock, random: createSystemRandom(), metrics: noMetrics, config: () => config },
    logger: { ...silentLogger, warn: log, error: log },
    gateway: (name) => (name === 'mail' ? gateway : undefined),
  });
  return { alarm, problems };
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}

describe('an alert by mail', () => {
  const email = { gateway: 'mail', to: ['one@example.com', 'two@example.com'] };

  it('goes to everybody, once each', async () => {
    const sent: TextMessage[] = [];
    const { alarm } = alarmBy({ email, webhook: undefined }, (message) => {
      sent.push(message);
      return Promise.resolve({ kind: 'sent' });
    });
    alarm.raise(MESSAGE);
    await until(() => sent.length === 2);
    // Both are answered before time goes on.
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(10 * RETRY_MS);
    expect(sent).toMatchObject([
      { channel: 'email', to: 'one@example.com', subject: MESSAGE.subject, text: MESSAGE.text },
      { to: 'two@example.com' },
    ]);
  });

  it('is tried twice, then left to the log', async () => {
    let tries = 0;
    const down: Delivery = { kind: 'failed', problem: 'the mail server is down' };
    const { alarm, problems } = alarmBy({ email: { ...email, to: ['one@example.com'] }, webhook: undefined }, () => {
      tries += 1;
      return Promise.resolve(down);
    });
    alarm.raise(MESSAGE);
    await until(() => problems.length === 1);
    await clock.advance(RETRY_MS);
    await until(() => problems.length === 2);
    await clock.advance(10 * RETRY_MS);
    expect(tries).toBe(2);
    expect(problems[1]).toContain('the mail server is down');
  });

  it('waits for no gateway for ever, and gathers no errands without end', async () => {
    let asked = 0;
    const { alarm, problems } = alarmBy({ email: { ...email, to: ['one@example.com'] }, webhook: undefined }, () => {
      asked += 1;
      return new Promise(() => undefined);
    });
    for (let time = 0; time < 150; time += 1) alarm.raise(MESSAGE);
    expect(problems).toHaveLength(50);
    await until(() => asked === 100);
    await clock.advance(10_000);
    await until(() => problems.length === 150);
    expect(problems.at(-1)).toContain('no answer within 10 s');
  });

  it('says so where the gateway is gone', async () => {
    const { alarm, problems } = alarmBy({ email: { gateway: 'gone', to: ['one@example.com'] }, webhook: undefined });
    alarm.raise(MESSAGE);
    await until(() => problems.length === 1);
    expect(problems[0]).toContain('no gateway gone delivers mail');
  });
});

describe('an alert by webhook', () => {
  const replies: ProviderReply[] = [];
  const start = async (secret: Secret | undefined, ...answers: ProviderReply[]) => {
    replies.splice(0, replies.length, ...answers);
    provider = await startProvider(() => replies.shift() ?? { status: 204 });
    return { email: undefined, webhook: { url: `${provider.url}/hook?token=hush`, secret } };
  };

  it('is a POST of JSON, signed with the secret', async () => {
    const { alarm } = alarmBy(await start(Secret.fromText('key')));
    alarm.raise(MESSAGE);
    await until(() => provider?.requests.length === 1);
    const [request] = provider!.requests;
    expect(request).toMatchObject({ method: 'POST', body: '{"kind":"fraud","user":"alice"}' });
    const signature = createHmac('sha256', 'key').update(request!.body).digest('hex');
    expect(request!.headers['x-sallyport-signature']).toBe(`sha256=${signature}`);
  });

  it('has no signature without one', async () => {
    const { alarm } = alarmBy(await start(undefined));
    alarm.raise(MESSAGE);
    await until(() => provider?.requests.length === 1);
    expect(provider!.requests[0]!.headers).not.toHaveProperty('x-sallyport-signature');
  });

  it('follows no redirect, is sent once more, and never shows its address in the log', async () => {
    const { alarm, problems } = alarmBy(await start(undefined, { status: 302, headers: { location: '/other' } }));
    alarm.raise(MESSAGE);
    await until(() => problems.length === 1);
    expect(problems[0]).not.toContain('hush');
    await clock.advance(RETRY_MS);
    await until(() => provider?.requests.length === 2);
    expect(provider!.requests.map(({ path }) => path)).toEqual(['/hook?token=hush', '/hook?token=hush']);
  });
});
