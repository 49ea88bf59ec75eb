import type { Attribute } from '../radius/index.ts';
import type { LiveSession, SessionChange } from './session.ts';

/** An Accounting-Request that waits on disk for its home server. */
export interface QueuedRecord {
  readonly id: number;
  /** Name of the primary whose home servers get it. */
  readonly primary: string;
  /** Wall time at which the NAS sent it. */
  readonly receivedAtMs: number;
  readonly attributes: readonly Attribute[];
}

/** What one Accounting-Request, or its answer, changes on disk: all of it in one transaction. */
export interface AccountingChange {
  readonly session?: SessionChange | undefined;
  readonly queued?: Omit<QueuedRecord, 'id'> | undefined;
  /** Records that were answered and need to wait no more. */
  readonly answered?: readonly number[] | undefined;
}

/** Which sessions are wanted; all conditions hold together. */
export interface SessionQuery {
  readonly client?: string | undefined;
  readonly sessionId?: string | undefined;
}

/** Sessions that are going on, and requests that wait for home servers; bounded. */
export interface AccountingStore {
  /** Resolves once it is on disk. Rejects with a `StorageError`. */
  apply(change: AccountingChange): Promise<void>;
  /** Sessions that began and are not known to have ended, the newest first. */
  sessions(query: SessionQuery): Promise<readonly LiveSession[]>;
  /** Records for that primary numbered above `after`, the oldest first. */
  queued(primary: string, after: number, limit: number): readonly QueuedRecord[];
  /** How many wait, for whichever primary. */
  queuedCount(): number;
}
