import type { DatabaseSync } from 'node:sqlite';
import { eventBody } from '../event-body.ts';
import { StorageError } from '../storage-error.ts';
import { AccountingWriter } from './writer-accounting.ts';
import { LogEnd } from './log-end.ts';
import { Operation, Outcome } from './operations.ts';
import type { Field } from './operations.ts';
import { remember } from './limit-operations.ts';
import { blockUser, countFailure, isBlocked, isLocked, mayLogIn, mayUse } from './writer-users.ts';
import { prepareStatements } from './writer-statements.ts';
import type { ClaimedRow, Statements } from './writer-statements.ts';

/** An event as it came across; `tail` '' stands for the operation's first event. */
interface FlatEvent {
  verdict: string;
  reason: string;
  tail: string;
  atMs: number;
}

const flatEvent = (): FlatEvent => ({ verdict: '', reason: '', tail: '', atMs: 0 });

/**
 * Carries out batches of ledger operations, each batch in one transaction. Lives on the writer's thread. Made on a log whose
 * sealed end was altered, it throws `log-altered`.
 */
export class Writer {
  readonly #db: DatabaseSync;
  readonly #log: LogEnd;
  readonly #statements: Statements;
  readonly #accounting: AccountingWriter;
  #fields: readonly Field[] = [];
  #at = 0;
  readonly #first = flatEvent();
  readonly #second = flatEvent();
  readonly #third = flatEvent();

  constructor(db: DatabaseSync, headKey: Uint8Array) {
    this.#db = db;
    this.#statements = prepareStatements(db);
    this.#accounting = new AccountingWriter(db);
    this.#log = new LogEnd(this.#statements, headKey);
  }

  /** Carries out `count` operations; one outcome each. Throws, and leaves nothing written, when any of it fails. */
  apply(fields: readonly Field[], count: number): Uint8Array<ArrayBuffer> {
    this.#fields = fields;
    this.#at = 0;
    this.#statements.begin.run();
    try {
      this.#log.begin();
      const outcomes = new Uint8Array(count);
      for (let index = 0; index < count; index += 1) outcomes[index] = this.#applyNext();
      this.#log.finish();
      this.#statements.commit.run();
      return outcomes;
    } catch (error) {
      // Some errors (a full disk) have ended the transaction already.
      if (this.#db.isTransaction) this.#statements.rollback.run();
      throw error;
    } finally {
      this.#fields = [];
    }
  }

  #applyNext(): number {
    const kind = this.#number();
    switch (kind) {
      case Operation.record:
        return this.#record();
      case Operation.spend:
        return this.#spend();
      case Operation.fail:
        return this.#fail();
      case Operation.anchor:
        return this.#anchor();
      case Operation.admit:
        return this.#admit();
      case Operation.spendCode:
        return this.#spendCode();
      case Operation.block:
        return this.#block();
      case Operation.expire:
        return this.#expire();
      case Operation.deliver:
        return this.#deliver();
      case Operation.report:
        return this.#report();
      case Operation.account:
        this.#accounting.apply(this.#text());
        return Outcome.done;
      case Operation.remember:
        return this.#remember();
      case Operation.forget:
        return this.#forget();
    }
    throw new StorageError('writer-down', `The writer was handed an unknown operation (${kind}).`);
  }

  #record(): number {
    this.#event(this.#first);
    this.#append(this.#first);
    return Outcome.done;
  }

  #spend(): number {
    const nowMs = this.#number();
    const userId = this.#number();
    const tokenId = this.#number();
    const counter = this.#number();
    const driftSteps = this.#number();
    this.#event(this.#first);
    this.#event(this.#second);
    this.#event(this.#third);
    const row = this.#statements.findClaimed.get(tokenId, userId) as ClaimedRow | undefined;
    if (
      row === undefined ||
      row[0] === 0 ||
      row[1] === 0 ||
      isLocked(this.#statements, userId, { lockedAtMs: row[2], lockSeconds: row[3] }, nowMs) ||
      isBlocked(row[6], nowMs)
    ) {
      this.#append(this.#third);
      return Outcome.locked;
    }
    if (counter <= row[5]) {
      this.#append(this.#second);
      return Outcome.replayed;
    }
    this.#statements.setCounter.run(counter, driftSteps, tokenId);
    if (row[4] !== 0) this.#statements.setFailures.run(0, userId);
    this.#append(this.#first);
    return Outcome.spent;
  }

  #fail(): number {
    const nowMs = this.#number();
    const userId = this.#number();
    const lockoutFailures = this.#number();
    const lockoutSeconds = this.#number();
    this.#event(this.#first);
    this.#event(this.#second);
    const hasLocked = countFailure(this.#statements, { userId, lockoutFailures, lockoutSeconds, nowMs });
    this.#append(hasLocked ? this.#second : this.#first);
    return hasLocked ? Outcome.locked : Outcome.counted;
  }

  #anchor(): number {
    const nowMs = this.#number();
    this.#statements.anchorLock.run(nowMs, this.#number(), nowMs);
    return Outcome.done;
  }

  #admit(): number {
    const nowMs = this.#number();
    const userId = this.#number();
    const tokenId = this.#number();
    const codeId = this.#number();
    const rememberedId = this.#number();
    const sentTo = this.#text();
    const resets = this.#number() === 1;
    this.#event(this.#first);
    this.#event(this.#second);
    const isUsable =
      mayLogIn(this.#statements, userId, nowMs) &&
      mayUse(this.#statements, { userId, tokenId, codeId, rememberedId, sentTo, nowMs });
    if (isUsable && resets) this.#statements.setFailures.run(0, userId);
    this.#append(isUsable ? this.#first : this.#second);
    return isUsable ? Outcome.admitted : Outcome.locked;
  }

  #spendCode(): number {
    const nowMs = this.#number();
    const userId = this.#number();
    const codeId = this.#number();
    this.#event(this.#first);
    this.#event(this.#second);
    this.#event(this.#third);
    if (!mayLogIn(this.#statements, userId, nowMs)) {
      this.#append(this.#third);
      return Outcome.locked;
    }
    if (this.#statements.spendCode.run(codeId, userId, nowMs, nowMs).changes === 0) {
      this.#append(this.#second);
      return Outcome.replayed;
    }
    this.#statements.setFailures.run(0, userId);
    this.#append(this.#first);
    return Outcome.spent;
  }

  #block(): number {
    const nowMs = this.#number();
    const userId = this.#number();
    const seconds = this.#number();
    const request = this.#text();
    this.#event(this.#first);
    blockUser(this.#statements, { userId, seconds, request, nowMs });
    this.#append(this.#first);
    return Outcome.done;
  }

  #expire(): number {
    const nowMs = this.#number();
    this.#statements.expireCodes.run(this.#number(), nowMs);
    return Outcome.done;
  }

  #deliver(): number {
    const text = (): string => this.#text();
    const [id, atMs, userId] = [text(), this.#number(), this.#number()];
    const rest = [text(), text(), text(), text(), text(), text(), text(), text()] as const;
    this.#statements.deliver.run(atMs, id, userId, ...rest);
    return Outcome.done;
  }

  #report(): number {
    const nowMs = this.#number();
    const [id, outcome, problem] = [this.#text(), this.#text(), this.#text()];
    this.#statements.report.run(nowMs, outcome, problem, id);
    return Outcome.done;
  }

  #remember(): number {
    const [nowMs, userId, digest] = [this.#number(), this.#number(), this.#text()];
    const [client, station, expiresAtMs] = [this.#text(), this.#text(), this.#number()];
    remember(this.#statements, { nowMs, userId, digest, client, station, expiresAtMs });
    return Outcome.done;
  }

  #forget(): number {
    this.#statements.forget.run(this.#text(), this.#text(), this.#text());
    return Outcome.done;
  }

  #append(event: FlatEvent): void {
    const from = event.tail === '' ? this.#first : event;
    this.#log.append(eventBody(event.verdict, event.reason, from.tail), from.atMs);
  }

  #event(into: FlatEvent): void {
    into.verdict = this.#text();
    into.reason = this.#text();
    into.tail = this.#text();
    if (into.tail === '') return;
    into.atMs = this.#number();
  }

  #number(): number {
    return this.#fields[this.#at++] as number;
  }

  #text(): string {
    return this.#fields[this.#at++] as string;
  }
}
