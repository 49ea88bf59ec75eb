import type { Decision } from '../access/index.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter, Histogram, Metrics } from '../lib/metrics.ts';
import type { OpenRequest } from './wire-request.ts';

const SENTENCES: Readonly<Record<Decision['verdict']['kind'], string>> = {
  accept: 'access accepted',
  challenge: 'access challenged',
  reject: 'access rejected',
  silence: 'no answer given',
};

/** Says of every verdict what an operator wants to know: one line, one count, one duration. */
export class VerdictLog {
  readonly #logger: Logger;
  readonly #verdicts: Counter;
  readonly #durations: Histogram;

  constructor(deps: { readonly logger: Logger; readonly metrics: Metrics }) {
    this.#logger = deps.logger;
    this.#verdicts = deps.metrics.counter('verdicts_total', 'Verdicts on Access-Requests', [
      'client',
      'verdict',
      'reason',
    ]);
    this.#durations = deps.metrics.histogram('verdict_seconds', 'From receipt to verdict, without delay of Rejects', [
      'verdict',
    ]);
  }

  /** One verdict, `durationMs` after its request came. */
  write(request: OpenRequest, decision: Decision, durationMs: number): void {
    const { kind: verdict, reason } = decision.verdict;
    const client = request.client.config.name;
    this.#verdicts.add({ client, verdict, reason });
    this.#durations.observeSeconds(durationMs / 1000, { verdict });
    if (!this.#logger.isLevelEnabled('info')) return;
    const { event } = decision;
    this.#logger.info(
      {
        requestId: request.access.id,
        client,
        clientAddress: request.access.clientAddress,
        user: printable(event?.username ?? usernameText(request)),
        verdict,
        reason,
        factor: event?.factor,
        token: event?.token,
        primary: event?.primary,
        rule: event?.rule,
        primaryPassedUnavailable: event?.primaryPassedUnavailable,
        unavailableBy: event?.unavailableBy,
        userAddress: event?.userAddress === undefined ? undefined : printable(event.userAddress),
        durationMs: Math.round(durationMs * 10) / 10,
      },
      SENTENCES[verdict],
    );
  }
}

function usernameText({ access, client }: OpenRequest): string {
  return access.username?.toString(client.config.charset === 'latin1' ? 'latin1' : 'utf8') ?? '';
}

const PLAIN = /^[ -~]*$/;

// Terminals obey control characters, C1 and changes of direction among them; JSON escapes only some.
function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(/[\p{C}\u2028\u2029]/gu, '\ufffd');
}
