import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter, Metrics } from '../lib/metrics.ts';

interface Absence {
  lastUnsignedMs: number;
  lastLineMs: number;
}

const DAY_MS = 86_400_000;

/**
 * Which clients of the migration mode (`messageAuthenticator: when-present`) still send requests without
 * Message-Authenticator: one warning a day for each, and a line when a client has signed everything for a day.
 */
export class UnsignedClients {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counter: Counter;
  readonly #records = new Map<string, Absence>();

  constructor(deps: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics }) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#counter = deps.metrics.counter('unsigned_requests_total', 'Requests without Message-Authenticator', [
      'client',
    ]);
    deps.metrics.gauge(
      'unsigned_clients',
      'Clients that sent a request without Message-Authenticator within a day',
      () => this.#countRecent(),
    );
  }

  /** One accepted request of such a client, with or without Message-Authenticator. */
  note(client: string, isSigned: boolean): void {
    const record = this.#records.get(client);
    if (isSigned) {
      if (record !== undefined) this.#noteSigned(client, record);
      return;
    }
    this.#counter.add({ client });
    this.#noteUnsigned(client, record ?? this.#newRecord(client));
  }

  /** Forgets clients that are no longer configured so (reload). */
  keepOnly(clients: ReadonlySet<string>): void {
    for (const client of this.#records.keys()) if (!clients.has(client)) this.#records.delete(client);
  }

  #countRecent(): number {
    const sinceMs = this.#clock.monotonicMs() - DAY_MS;
    return [...this.#records.values()].filter(({ lastUnsignedMs }) => lastUnsignedMs > sinceMs).length;
  }

  #newRecord(client: string): Absence {
    const record: Absence = { lastUnsignedMs: 0, lastLineMs: -Infinity };
    this.#records.set(client, record);
    return record;
  }

  #noteUnsigned(client: string, record: Absence): void {
    const nowMs = this.#clock.monotonicMs();
    record.lastUnsignedMs = nowMs;
    if (nowMs - record.lastLineMs < DAY_MS) return;
    record.lastLineMs = nowMs;
    this.#logger.warn({ client }, 'this client still sends requests without Message-Authenticator (CVE-2024-3596)');
  }

  #noteSigned(client: string, record: Absence): void {
    if (this.#clock.monotonicMs() - record.lastUnsignedMs < DAY_MS) return;
    this.#records.delete(client);
    this.#logger.info(
      { client },
      'for a day this client has signed every request: set `messageAuthenticator: required`',
    );
  }
}
