import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Attribute } from '../radius/index.ts';
import type { AccountingQueue } from './queue.ts';
import type { AccountingRelay } from './relay.ts';
import { changeOf, noticeOf, type AccountingNotice, type SessionChange } from './session.ts';
import type { AccountingStore } from './store.ts';

/** One authentic Accounting-Request. */
export interface AccountingRequest {
  /** For logs. */
  readonly id: string;
  readonly client: AccountingClient;
  /** Where it came from. */
  readonly clientAddress: string;
  /** Monotonic. */
  readonly receivedMs: number;
  readonly attributes: readonly Attribute[];
}

/** Of a client's settings, those that concern accounting. */
export interface AccountingClient {
  readonly name: string;
  readonly charset: 'utf-8' | 'latin1';
  /** `here`: it is answered without a home server; else the primary whose home servers get it. */
  readonly accounting?: string | undefined;
}

/** What became of a request; the first three are answered. */
export type AccountingOutcome =
  'kept' | 'queued' | 'relayed' | 'unanswered' | 'queue-full' | 'unwanted' | 'looped' | 'failed';

/** Sees to one request; never rejects. */
export type Account = (request: AccountingRequest) => Promise<AccountingOutcome>;

/** What the configuration in force says. */
export interface AccountingSettings {
  /** By the name of their primary. */
  readonly relays: ReadonlyMap<string, AccountingRelay>;
  /** Whether requests are answered once they are on disk, and relayed afterwards. */
  readonly queue: boolean;
  /** Requests that may wait on disk. */
  readonly maxQueued: number;
}

/** What accounting is built on. */
export interface AccountDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: AccountingStore;
  readonly queue: AccountingQueue;
  readonly settings: () => AccountingSettings;
  /** Whether it is what was sent to a home server, come back: it would go round for ever. */
  readonly isLooped: (request: AccountingRequest) => boolean;
  /** Is told of users' sessions, once for each time that a NAS tells us. */
  readonly notify: (notice: AccountingNotice) => void;
}

/** `clients[].accounting` of a client whose requests go to no home server. */
export const HERE = 'here';

/**
 * Sees to Accounting-Requests: keeps in mind which sessions go on, and answers only what a home server has answered
 * (RFC 2866 §2), what is safe on disk, or what nobody but us is to know.
 */
export function createAccount(deps: AccountDeps): Account {
  return async (request) => {
    try {
      if (deps.isLooped(request)) return 'looped';
      const nowMs = deps.clock.nowMs();
      const change = changeOf(request, nowMs);
      const notice = noticeOf(request, change, nowMs);
      if (notice !== undefined) deps.notify(notice);
      return await answer(request, change, deps);
    } catch (error) {
      deps.logger.error({ error, requestId: request.id }, 'accounting failed: nothing was answered');
      return 'failed';
    }
  };
}

async function answer(
  request: AccountingRequest,
  session: SessionChange | undefined,
  deps: AccountDeps,
): Promise<AccountingOutcome> {
  const { store, settings } = deps;
  const name = request.client.accounting;
  if (name === undefined) return 'unwanted';
  if (name === HERE) {
    if (session !== undefined) await store.apply({ session });
    return 'kept';
  }
  return settings().queue ? enqueue(request, session, deps) : relayNow(request, session, deps);
}

async function enqueue(
  { client, attributes }: AccountingRequest,
  session: SessionChange | undefined,
  { clock, store, queue, settings }: AccountDeps,
): Promise<AccountingOutcome> {
  const primary = client.accounting ?? '';
  if (store.queuedCount() >= settings().maxQueued) return 'queue-full';
  await store.apply({ session, queued: { primary, receivedAtMs: clock.nowMs(), attributes } });
  queue.wake(primary);
  return 'queued';
}

async function relayNow(
  { id, client, attributes, receivedMs }: AccountingRequest,
  session: SessionChange | undefined,
  { clock, logger, store, settings }: AccountDeps,
): Promise<AccountingOutcome> {
  const relay = settings().relays.get(client.accounting ?? '');
  if (relay === undefined) return 'unanswered';
  if (session !== undefined) {
    store.apply({ session }).catch((error: unknown) => {
      logger.error({ error, requestId: id }, 'a session could not be recorded');
    });
  }
  const isAnswered = await relay.relay({ id, attributes, waitedMs: () => clock.monotonicMs() - receivedMs });
  return isAnswered ? 'relayed' : 'unanswered';
}
