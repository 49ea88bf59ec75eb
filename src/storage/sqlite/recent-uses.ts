import type { PasscodeClaim } from '../../access/index.ts';
import type { Snapshot } from './snapshot.ts';

/** What a spent passcode leaves of its token. */
export type TokenUse = Pick<PasscodeClaim, 'counter' | 'driftSteps'>;

/**
 * The passcodes spent since the present snapshot was taken: so a login that comes next sees them, and the snapshot need
 * not be taken anew for each. Only a hint, as all that is read: whether a passcode is good once more is decided by the writer.
 */
export class RecentUses {
  readonly #snapshot: Snapshot;
  readonly #byToken = new Map<number, TokenUse>();
  #number = -1;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** A passcode was spent, and that is on disk. */
  note({ tokenId, counter, driftSteps }: PasscodeClaim): void {
    this.#forgetOlder();
    if (this.#snapshot.isOpen) this.#byToken.set(tokenId, { counter, driftSteps });
  }

  /** Within a snapshot: what it does not show yet of that token. */
  of(tokenId: number): TokenUse | undefined {
    this.#forgetOlder();
    return this.#byToken.get(tokenId);
  }

  #forgetOlder(): void {
    if (this.#snapshot.number === this.#number) return;
    this.#number = this.#snapshot.number;
    if (this.#byToken.size > 0) this.#byToken.clear();
  }
}
