/** Something that people should know at once. */
export interface Alert {
  readonly kind: 'fraud-reported';
  /** Wall time. */
  readonly atMs: number;
  readonly server: string;
  /** As in the log. */
  readonly requestId: string;
  readonly user: string;
  readonly client: string;
  /** Calling-Station-Id, made harmless; missing where the NAS tells none. */
  readonly station?: string;
  /** Where the user was asked. */
  readonly factor?: string;
  /** Wall time; missing where a report blocks for no time. */
  readonly blockedUntilMs?: number;
}

/** Tells people, beside the log. Nothing waits for it, and it never throws. */
export interface Alerts {
  raise(alert: Alert): void;
}
