import type { Directory, Ledger, People } from '../access/index.ts';
import type { AccountingStore } from '../accounting/index.ts';
import type { PushDevices } from '../factors/index.ts';
import type { CodeStore, DeliveryStore, EventStore, TokenStore, UserStore } from './admin.ts';
import type { BlockStore, OpeningStore, RememberedStore } from './limit-stores.ts';
import type { PeopleStore } from './people-store.ts';
import type { TokenVault } from './token-vault.ts';

/** A store as the composition root opens it: one object, seen by each caller through its own narrow interface. */
export interface Storage {
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly people: People & PeopleStore;
  readonly users: UserStore;
  readonly tokens: TokenStore;
  readonly codes: CodeStore;
  readonly vault: TokenVault;
  readonly events: EventStore;
  readonly devices: PushDevices;
  readonly deliveries: DeliveryStore;
  readonly accounting: AccountingStore;
  readonly blocks: BlockStore;
  readonly remembered: RememberedStore;
  readonly openings: OpeningStore;
  /**
   * What is kept of a code in its place, and compared in constant time: HMAC-SHA-256 under a key derived from the master
   * key, over the user's number and the code in upper case without spaces and hyphens.
   */
  codeDigest(userId: number, text: string): Buffer;
  /** Whether the last write reached the disk; `problem` is a sentence for the operator. */
  health(): { readonly isHealthy: true } | { readonly isHealthy: false; readonly problem: string };
  /** Finishes what is queued, then closes. */
  close(): Promise<void>;
}
