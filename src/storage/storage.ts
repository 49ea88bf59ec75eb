import type { Directory } from '../access/index.ts';
import type { Ledger } from '../access/index.ts';
import type { EventStore, TokenStore, UserStore } from './admin.ts';

/** A store as the composition root opens it: one object, seen by each caller through its own narrow interface. */
export interface Storage {
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly users: UserStore;
  readonly tokens: TokenStore;
  readonly events: EventStore;
  /** Whether the last write reached the disk; `problem` is a sentence for the operator. */
  health(): { readonly isHealthy: true } | { readonly isHealthy: false; readonly problem: string };
  /** Finishes what is queued, then closes. */
  close(): Promise<void>;
}
