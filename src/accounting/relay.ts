import type { Attribute } from '../radius/index.ts';

/** One Accounting-Request on its way to a home server. */
export interface RelayedRecord {
  /** For logs. */
  readonly id: string;
  /** As the NAS sent them. */
  readonly attributes: readonly Attribute[];
  /** Milliseconds since it came from the NAS: added to Acct-Delay-Time (RFC 2866 §5.2). */
  waitedMs(): number;
}

/** The home servers that take the accounting of some clients. */
export interface AccountingRelay {
  /** Name of the primary they belong to. */
  readonly name: string;
  /** Whether one of them answered; never rejects, and ends when all attempts are over. */
  relay(record: RelayedRecord): Promise<boolean>;
  /** Opens sockets and timers. */
  start(): Promise<void>;
  /** Closes them; what is still open counts as not answered. */
  stop(): Promise<void>;
}
