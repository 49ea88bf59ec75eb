import type {
  AdmissionClaim,
  AuditEvent,
  BlockClaim,
  CodeClaim,
  FailureClaim,
  Ledger,
  PasscodeClaim,
} from '../../access/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { StorageError } from '../storage-error.ts';
import {
  Outcome,
  pushAdmit,
  pushAnchor,
  pushBlock,
  pushFail,
  pushRecord,
  pushSpend,
  pushSpendCode,
  spending,
} from './operations.ts';
import type { Field } from './operations.ts';
import type { StartWriter, WriterLink } from './writer-link.ts';
import type { WriterReply } from './writer-thread.ts';

export interface LedgerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly startWriter: StartWriter;
  /** Called when a batch is on disk that changes what logins read, before anybody is told. */
  readonly written?: () => void;
  /** Called when a passcode is spent and that is on disk, before anybody is told. */
  readonly spent?: (claim: PasscodeClaim) => void;
}

export interface LedgerOptions {
  /** Operations that may wait for the disk; more are refused with `queue-full`. */
  readonly maxQueued: number;
}

/** Whether the last write reached the disk. */
export type Health = { readonly isHealthy: true } | { readonly isHealthy: false; readonly problem: string };

interface Waiting {
  readonly resolve: (outcome: number) => void;
  readonly reject: (error: StorageError) => void;
}

// A crashed writer is started again after 0.1 s, 0.2 s, … 5 s; after the last try in a row the server has to be
// restarted, for whatever ends a writer ten times running will not mend by itself.
const FIRST_RESTART_MS = 100;
const MAX_RESTART_MS = 5_000;
const MAX_RESTARTS = 10;

const HEALTHY: Health = { isHealthy: true };

/**
 * The ledger before a writer on another thread: operations gather while a batch is being written, and cross over
 * together when the answer has come (group commit). A promise resolves only when its batch is on disk.
 */
export class QueuedLedger implements Ledger {
  readonly #deps: LedgerDeps;
  readonly #maxQueued: number;
  #link: WriterLink | undefined;
  #isReady = false;
  #isScheduled = false;
  #fields: Field[] = [];
  #gathering: Waiting[] = [];
  #inFlight: Waiting[] = [];
  // Of what gathers, and of what is in flight.
  #changesReads = false;
  #willChangeReads = false;
  #health: Health = HEALTHY;
  #crashes = 0;
  #isResting = false;
  #closing: PromiseWithResolvers<undefined> | undefined;
  #ready: PromiseWithResolvers<undefined> | undefined;

  constructor(options: LedgerOptions, deps: LedgerDeps) {
    this.#deps = deps;
    this.#maxQueued = options.maxQueued;
  }

  async record(event: AuditEvent): Promise<void> {
    await this.#enqueue((fields) => pushRecord(fields, event), 'unread');
  }

  async spend(claim: PasscodeClaim): Promise<'spent' | 'replayed' | 'locked'> {
    const nowMs = this.#deps.clock.nowMs();
    const outcome = spending(await this.#enqueue((fields) => pushSpend(fields, claim, nowMs), 'unread'));
    if (outcome === 'spent') this.#deps.spent?.(claim);
    return outcome;
  }

  async fail(claim: FailureClaim): Promise<'counted' | 'locked'> {
    const nowMs = this.#deps.clock.nowMs();
    const outcome = await this.#enqueue((fields) => pushFail(fields, claim, nowMs));
    return outcome === Outcome.counted ? 'counted' : 'locked';
  }

  async admit(claim: AdmissionClaim): Promise<'admitted' | 'locked'> {
    const nowMs = this.#deps.clock.nowMs();
    const outcome = await this.#enqueue((fields) => pushAdmit(fields, claim, nowMs), 'unread');
    return outcome === Outcome.admitted ? 'admitted' : 'locked';
  }

  async spendCode(claim: CodeClaim): Promise<'spent' | 'replayed' | 'locked'> {
    const nowMs = this.#deps.clock.nowMs();
    return spending(await this.#enqueue((fields) => pushSpendCode(fields, claim, nowMs)));
  }

  async block(claim: BlockClaim): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    await this.#enqueue((fields) => pushBlock(fields, claim, nowMs));
  }

  /** Queues an operation of another kind; resolves when it is on disk. */
  async write(push: (fields: Field[]) => void): Promise<void> {
    await this.#enqueue(push);
  }

  /** Sets a lock from the future anew at this moment (see `readLock`). */
  async anchorLock(userId: number): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    await this.#enqueue((fields) => pushAnchor(fields, userId, nowMs));
  }

  /** Starts the writer now rather than with the first operation; resolves when it is ready, rejects when it is not. */
  start(): Promise<void> {
    this.#ready ??= Promise.withResolvers();
    this.#startWriter();
    return this.#ready.promise;
  }

  health(): Health {
    return this.#health;
  }

  /** Writes what is queued, then ends the writer. Operations from here on are refused with `closed`. */
  async close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      if (this.#link === undefined && this.#gathering.length === 0) this.#closing.resolve(undefined);
      else this.#postNext();
    }
    await this.#closing.promise;
  }

  #enqueue(push: (fields: Field[]) => void, effect: 'read' | 'unread' = 'read'): Promise<number> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      push(this.#fields);
      this.#gathering.push({ resolve, reject });
      if (effect === 'read') this.#changesReads = true;
      this.#schedule();
    });
  }

  #refusal(): StorageError | undefined {
    if (this.#closing !== undefined) return new StorageError('closed', 'The store is closed.');
    if (this.#isResting) return new StorageError('writer-down', 'The writer of the store is down.');
    if (this.#gathering.length + this.#inFlight.length < this.#maxQueued) return undefined;
    return new StorageError('queue-full', 'Too many writes wait for the disk: it is too slow, or hangs.');
  }

  /** Posts at the end of this turn of the event loop, or when the batch in flight is written: under load, many share one. */
  #schedule(): void {
    if (this.#isScheduled || this.#inFlight.length > 0) return;
    this.#isScheduled = true;
    setImmediate(this.#postScheduled);
  }

  readonly #postScheduled = (): void => {
    this.#isScheduled = false;
    this.#postNext();
  };

  #postNext(): void {
    if (this.#inFlight.length > 0 || this.#isResting) return;
    this.#startWriter();
    if (!this.#isReady) return;
    if (this.#gathering.length === 0) {
      if (this.#closing !== undefined) this.#link?.post('close');
      return;
    }
    this.#inFlight = this.#gathering;
    this.#gathering = [];
    this.#willChangeReads = this.#changesReads;
    this.#changesReads = false;
    const fields = this.#fields;
    this.#fields = [];
    this.#link?.post({ count: this.#inFlight.length, fields });
  }

  #startWriter(): void {
    this.#link ??= this.#deps.startWriter({
      onReply: (reply) => this.#onReply(reply),
      onEnd: (problem) => this.#onEnd(problem),
    });
  }

  #onReply(reply: WriterReply): void {
    switch (reply.kind) {
      case 'ready':
        this.#isReady = true;
        this.#ready?.resolve(undefined);
        break;
      case 'written':
        this.#onWritten(reply.outcomes);
        break;
      case 'failed':
        this.#onFailed(new StorageError(reply.code, reply.message));
        break;
    }
    if (this.#closing !== undefined) this.#postNext();
    else if (this.#gathering.length > 0) this.#schedule();
  }

  #onWritten(outcomes: Uint8Array): void {
    const written = this.#inFlight;
    this.#inFlight = [];
    this.#crashes = 0;
    if (!this.#health.isHealthy) {
      this.#health = HEALTHY;
      this.#deps.logger.info({}, 'The store can be written again.');
    }
    if (this.#willChangeReads) this.#deps.written?.();
    for (const [index, waiting] of written.entries()) waiting.resolve(outcomes[index] ?? -1);
  }

  #onFailed(error: StorageError): void {
    this.#markUnhealthy(error.message);
    if (!this.#isReady) {
      this.#rejectAll(error);
      this.#ready?.reject(error);
      return;
    }
    const failed = this.#inFlight;
    this.#inFlight = [];
    for (const { reject } of failed) reject(error);
  }

  #onEnd(problem: string | undefined): void {
    this.#link = undefined;
    this.#isReady = false;
    const message = `The writer of the store ended (${problem ?? 'it could not start'}).`;
    const error = new StorageError('writer-down', message);
    this.#rejectAll(error);
    this.#ready?.reject(error);
    if (this.#closing !== undefined) this.#closing.resolve(undefined);
    else this.#restart(message);
  }

  #rejectAll(error: StorageError): void {
    const lost = [...this.#inFlight, ...this.#gathering];
    this.#inFlight = [];
    this.#gathering = [];
    this.#fields = [];
    for (const { reject } of lost) reject(error);
  }

  #restart(message: string): void {
    this.#crashes += 1;
    this.#isResting = true;
    if (this.#crashes > MAX_RESTARTS) {
      this.#markUnhealthy(`${message} It was started ${MAX_RESTARTS} times in vain; restart the server.`);
      return;
    }
    this.#markUnhealthy(message);
    const delayMs = Math.min(MAX_RESTART_MS, FIRST_RESTART_MS * 2 ** (this.#crashes - 1));
    this.#deps.clock.setTimer(delayMs, () => {
      this.#isResting = false;
      if (this.#closing === undefined) this.#startWriter();
    });
  }

  #markUnhealthy(problem: string): void {
    const isNews = this.#health.isHealthy || this.#health.problem !== problem;
    this.#health = { isHealthy: false, problem };
    if (isNews) this.#deps.logger.error({ problem }, 'The store cannot be written: every verdict is refused.');
  }
}
