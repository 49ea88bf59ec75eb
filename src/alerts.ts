import type { Alert, Alerts } from './access/index.ts';
import type { AlarmDeps, AlarmMessage } from './gateways/index.ts';

/** Alerts by mail and webhook. What sends them is loaded with the first. */
export function createAlerts(deps: AlarmDeps): Alerts {
  const loaded = once(async () => (await import('./gateways/index.ts')).createAlarm(deps));
  return {
    raise(alert) {
      const { email, webhook } = deps.config();
      if (email === undefined && webhook === undefined) return;
      loaded()
        .then((alarm) => alarm.raise(messageOf(alert)))
        .catch((error: unknown) => deps.logger.error({ err: error }, 'an alert could not be sent'));
    },
  };
}

function messageOf(alert: Alert): AlarmMessage {
  const { kind, atMs, blockedUntilMs, ...rest } = alert;
  const at = isoOf(atMs);
  const blockedUntil = blockedUntilMs === undefined ? undefined : isoOf(blockedUntilMs);
  const lines = [
    `${alert.user} says that somebody else logs in with their password.`,
    '',
    `Time: ${at}`,
    `Client: ${alert.client}`,
    ...(alert.station === undefined ? [] : [`From: ${alert.station}`]),
    ...(alert.factor === undefined ? [] : [`Asked by: ${alert.factor}`]),
    `Request: ${alert.requestId} on ${alert.server}`,
    '',
    blockedUntil === undefined
      ? 'Reports block nobody here. Give them another password.'
      : `They are blocked until ${blockedUntil}: sallyport block list. Give them another password before you let them in.`,
  ];
  return {
    subject: `Fraud reported by ${alert.user}`,
    text: lines.join('\n'),
    data: { kind, at, blockedUntil, ...rest },
  };
}

function isoOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
