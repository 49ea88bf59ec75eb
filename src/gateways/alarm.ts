import { createHmac } from 'node:crypto';
import type { AlertsConfig } from '../config/index.ts';
import type { Gateway } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Random } from '../lib/random.ts';
import { attemptWithin } from './attempt.ts';
import { webRequest } from './web-request.ts';

/** What people are told: a subject, sentences, and the same as data. Nothing secret. */
export interface AlarmMessage {
  readonly subject: string;
  readonly text: string;
  readonly data: Readonly<Record<string, string | number | undefined>>;
}

/** Tells people by mail and webhook. */
export interface Alarm {
  /** Nothing waits for it, and it never throws: what cannot be told is in the log. */
  raise(message: AlarmMessage): void;
}

/** What an alarm is built on. */
export interface AlarmDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** As of now. */
  readonly config: () => AlertsConfig;
  /** The gateway of that name, as of now. */
  readonly gateway: (name: string) => Gateway | undefined;
}

// A gateway that hangs must not gather errands without end.
const MAX_UNDER_WAY = 100;
const TIMEOUT_SECONDS = 10;
const AGAIN_AFTER_MS = 5_000;

type Outcome = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly problem: string };
type Errand = (signal: AbortSignal) => Promise<Outcome>;

/** An alarm by the configuration in force: each way is tried twice. */
export function createAlarm(deps: AlarmDeps): Alarm {
  const { clock, logger, config } = deps;
  const outcomes = deps.metrics.counter('alerts_total', 'Alerts of fraud, by way and outcome', ['way', 'outcome']);
  let underWay = 0;

  return {
    raise(message) {
      const { email, webhook } = config();
      for (const to of email?.to ?? []) run('email', (signal) => mail(email?.gateway ?? '', to, message, signal));
      if (webhook !== undefined) run('webhook', (signal) => post(webhook, message, signal));
    },
  };

  function run(way: 'email' | 'webhook', errand: Errand): void {
    if (underWay >= MAX_UNDER_WAY) {
      outcomes.add({ way, outcome: 'dropped' });
      logger.error({ way }, 'an alert was dropped: too many are under way');
      return;
    }
    underWay += 1;
    void twice(way, errand).finally(() => (underWay -= 1));
  }

  async function twice(way: string, errand: Errand): Promise<void> {
    const first = await attempt(errand);
    if (first.kind === 'done') {
      note(way, first);
      return;
    }
    logger.warn({ way, problem: first.problem }, 'an alert did not arrive: it is sent once more');
    await new Promise<void>((resolve) => clock.setTimer(AGAIN_AFTER_MS, resolve));
    note(way, await attempt(errand));
  }

  function note(way: string, outcome: Outcome): void {
    outcomes.add({ way, outcome: outcome.kind });
    if (outcome.kind === 'failed') logger.error({ way, problem: outcome.problem }, 'an alert did not arrive');
  }

  async function attempt(errand: Errand): Promise<Outcome> {
    let outcome: Outcome = { kind: 'failed', problem: `no answer within ${TIMEOUT_SECONDS} s` };
    const delivery = await attemptWithin(TIMEOUT_SECONDS, clock, async (signal) => {
      outcome = await errand(signal);
      return outcome.kind === 'done' ? { kind: 'sent' } : outcome;
    });
    return delivery.kind === 'sent' ? { kind: 'done' } : { kind: 'failed', problem: delivery.problem };
  }

  async function mail(name: string, to: string, message: AlarmMessage, signal: AbortSignal): Promise<Outcome> {
    const gateway = deps.gateway(name);
    const { subject, text } = message;
    const id = deps.random.octets(16).toString('hex');
    const delivery = await gateway?.sendText?.({ id, channel: 'email', to, subject, text }, signal);
    if (delivery === undefined) return { kind: 'failed', problem: `no gateway ${name} delivers mail` };
    return delivery.kind === 'sent' ? { kind: 'done' } : { kind: 'failed', problem: delivery.problem };
  }

  async function post(
    { url, secret }: NonNullable<AlertsConfig['webhook']>,
    { data }: AlarmMessage,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const body = JSON.stringify(data);
    const signature = secret && createHmac('sha256', secret.reveal()).update(body).digest('hex');
    const headers = {
      'content-type': 'application/json',
      ...(signature !== undefined && { 'x-sallyport-signature': `sha256=${signature}` }),
    };
    const request = { method: 'POST', url, headers, body, timeoutSeconds: TIMEOUT_SECONDS };
    const outcome = await webRequest(request, signal, clock);
    if (outcome.kind === 'failed') return outcome;
    const isTaken = outcome.status >= 200 && outcome.status < 300;
    return isTaken ? { kind: 'done' } : { kind: 'failed', problem: `HTTP status ${outcome.status}` };
  }
}
