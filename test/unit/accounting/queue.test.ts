import { beforeEach, describe, expect, it } from 'vitest';
import {
  createAccountingQueue,
  type AccountingQueue,
  type AccountingRelay,
  type AccountingStore,
  type QueuedRecord,
  type RelayedRecord,
} from '../../../src/accounting/index.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('accounting that waits for its home servers', () => {
  let clock: FakeClock;
  let waiting: QueuedRecord[];
  let relayed: number[];
  let isAnswered: (id: number) => boolean;
  let delays: number[];
  let queue: AccountingQueue;

  beforeEach(() => {
    clock = new FakeClock();
    waiting = [];
    relayed = [];
    delays = [];
    isAnswered = () => true;
    const relay: AccountingRelay = {
      name: 'corp',
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
      relay(record: RelayedRecord) {
        const id = Number(record.id.replace('queued ', ''));
        relayed.push(id);
        delays.push(record.waitedMs());
        return Promise.resolve(isAnswered(id));
      },
    };
    const store = {
      apply({ answered = [] }) {
        waiting = waiting.filter(({ id }) => !answered.includes(id));
        return Promise.resolve();
      },
      queued: (_, after, limit) => waiting.filter(({ id }) => id > after).slice(0, limit),
    } as Pick<AccountingStore, 'apply' | 'queued'> as AccountingStore;
    queue = createAccountingQueue({
      ...{ clock, random: createSystemRandom(), logger: silentLogger, store },
      relays: () => new Map([['corp', relay]]),
    });
  });

  function add(...ids: number[]): void {
    waiting.push(...ids.map((id) => ({ id, primary: 'corp', receivedAtMs: clock.nowMs(), attributes: [] })));
  }

  it('is sent the oldest first, once, and nothing is left', async () => {
    add(...Array.from({ length: 70 }, (_, index) => index + 1));
    queue.wake('corp');
    await clock.advance(0);
    await clock.advance(0);
    await clock.advance(0);
    expect(relayed).toEqual(Array.from({ length: 70 }, (_, index) => index + 1));
    expect(waiting).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is tried again at growing intervals while nobody answers, with the time it has waited', async () => {
    isAnswered = () => false;
    add(1);
    queue.wake('corp');
    await clock.advance(0);
    queue.wake('corp'); // something new does not cut the interval short
    await clock.advance(1_000);
    expect(relayed).toEqual([1]);
    await clock.advance(10 * 60_000);
    expect(relayed.length).toBeGreaterThan(8);
    expect(relayed.length).toBeLessThan(20);
    isAnswered = () => true;
    await clock.advance(70_000);
    expect(waiting).toEqual([]);
    expect(delays.at(-1)).toBeGreaterThan(600_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not stand still behind what no home server ever answers', async () => {
    isAnswered = (id) => id > 40;
    add(...Array.from({ length: 60 }, (_, index) => index + 1));
    queue.wake('corp');
    await clock.advance(0);
    await clock.advance(60_000);
    expect(waiting.map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  it('is left alone once the program stops', async () => {
    isAnswered = () => false;
    add(1);
    queue.wake('corp');
    await clock.advance(0);
    await queue.stop();
    await clock.advance(600_000);
    expect(relayed).toEqual([1]);
  });
});
