import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/lib/logger.ts';
import { QueuedLedger } from '../../../src/storage/sqlite/ledger.ts';
import { Outcome } from '../../../src/storage/sqlite/operations.ts';
import type { WriterEvents } from '../../../src/storage/sqlite/writer-link.ts';
import type { WriterReply, WriterRequest } from '../../../src/storage/sqlite/writer-thread.ts';
import { event, failureClaim, passcodeClaim } from '../../contract/storage.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** A writer that answers when it is told to. */
class FakeWriter {
  readonly requests: WriterRequest[] = [];
  readonly #events: WriterEvents;

  constructor(events: WriterEvents) {
    this.#events = events;
  }

  post(request: WriterRequest): void {
    this.requests.push(request);
  }

  reply(reply: WriterReply): void {
    this.#events.onReply(reply);
  }

  ready(): void {
    this.reply({ kind: 'ready' });
  }

  written(...outcomes: number[]): void {
    this.reply({ kind: 'written', outcomes: Uint8Array.from(outcomes) });
  }

  end(problem?: string): void {
    this.#events.onEnd(problem);
  }

  /** How many operations each batch had. */
  get counts(): (number | 'close')[] {
    return this.requests.map((request) => (request === 'close' ? request : request.count));
  }
}

function setUp(maxQueued = 100) {
  const clock = new FakeClock();
  const writers: FakeWriter[] = [];
  const errors: string[] = [];
  const startWriter = (events: WriterEvents): FakeWriter => {
    const writer = new FakeWriter(events);
    writers.push(writer);
    return writer;
  };
  const logger = { ...silentLogger, error: (_: object, message: string) => void errors.push(message) };
  const told: string[] = [];
  const ledger = new QueuedLedger(
    { maxQueued },
    {
      ...{ clock, logger, startWriter },
      written: () => void told.push('written'),
      spent: ({ counter }) => void told.push(`spent ${counter}`),
    },
  );
  const latest = (): FakeWriter => writers.at(-1)!;
  return { clock, writers, errors, told, ledger, latest };
}

async function started(maxQueued?: number) {
  const parts = setUp(maxQueued);
  const ready = parts.ledger.start();
  parts.latest().ready();
  await ready;
  return parts;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const accept = event('accept', 'both-doors');

describe('the queue before the writer', () => {
  it('starts the writer with the first write, and posts what has gathered when it is ready', async () => {
    const { ledger, writers, latest } = setUp();
    const recorded = [ledger.record(accept), ledger.record(accept)];
    await turn();
    expect(writers).toHaveLength(1);
    expect(latest().counts).toEqual([]);
    latest().ready();
    await turn();
    expect(latest().counts).toEqual([2]);
    latest().written(Outcome.done, Outcome.done);
    await Promise.all(recorded);
  });

  it('resolves nothing before the writer has answered', async () => {
    const { ledger, latest } = await started();
    let isRecorded = false;
    const recorded = ledger.record(accept).then(() => (isRecorded = true));
    await turn();
    await turn();
    expect(isRecorded).toBe(false);
    latest().written(Outcome.done);
    await recorded;
    expect(isRecorded).toBe(true);
  });

  it('gathers what comes while a batch is being written into the next one', async () => {
    const { ledger, latest } = await started();
    const first = ledger.record(accept);
    await turn();
    const others = [ledger.record(accept), ledger.record(accept), ledger.record(accept)];
    await turn();
    expect(latest().counts).toEqual([1]);
    latest().written(Outcome.done);
    await turn();
    expect(latest().counts).toEqual([1, 3]);
    latest().written(Outcome.done, Outcome.done, Outcome.done);
    await Promise.all([first, ...others]);
  });

  it('gives each operation its own outcome', async () => {
    const { ledger, latest } = await started();
    const one = { id: 1 };
    const outcomes = Promise.all([
      ledger.spend(passcodeClaim(one, one, 1)),
      ledger.fail(failureClaim(one, 3, 60)),
      ledger.spend(passcodeClaim(one, one, 1)),
      ledger.record(accept),
      ledger.fail(failureClaim(one, 3, 60)),
      ledger.spend(passcodeClaim(one, one, 1)),
    ]);
    await turn();
    const { spent, counted, replayed, done, locked } = Outcome;
    latest().written(spent, counted, replayed, done, locked, locked);
    expect(await outcomes).toEqual(['spent', 'counted', 'replayed', undefined, 'locked', 'locked']);
  });

  it('tells of each batch that changes what is read, once it is written, and before anybody is told', async () => {
    const { ledger, latest, told } = await started();
    const one = { id: 1 };
    void ledger.record(accept);
    await turn();
    const failed = ledger.fail(failureClaim(one, 3, 60)).then(() => told.push('failed'));
    latest().written(Outcome.done);
    await turn();
    void ledger.record(accept);
    expect(told).toEqual([]);
    latest().written(Outcome.counted);
    await failed;
    await turn();
    latest().written(Outcome.done);
    expect(told).toEqual(['written', 'failed']);
  });

  it('tells of each passcode that was spent, and of no other, before anybody is told', async () => {
    const { ledger, latest, told } = await started();
    const one = { id: 1 };
    const spend = (counter: number) =>
      ledger.spend(passcodeClaim(one, one, counter)).then((outcome) => told.push(outcome));
    const all = [spend(5), spend(5), spend(6), spend(7)];
    await turn();
    latest().written(Outcome.spent, Outcome.replayed, Outcome.locked, Outcome.spent);
    await Promise.all(all);
    expect(told.toSorted()).toEqual(['locked', 'replayed', 'spent', 'spent', 'spent 5', 'spent 7']);
    expect(told.indexOf('spent 5')).toBeLessThan(told.indexOf('spent'));
    const lost = spend(8);
    await turn();
    latest().reply({ kind: 'failed', code: 'disk-full', message: 'no room' });
    await expect(lost).rejects.toMatchObject({ code: 'disk-full' });
    expect(told).not.toContain('spent 8');
  });

  it('rejects a whole batch that failed, says so, and is well again after the next that did not', async () => {
    const { ledger, latest, errors } = await started();
    const failing = Promise.allSettled([ledger.record(accept), ledger.record(accept)]);
    await turn();
    latest().reply({ kind: 'failed', code: 'disk-full', message: 'no room' });
    for (const outcome of await failing) expect(outcome).toMatchObject({ reason: { code: 'disk-full' } });
    expect(ledger.health()).toEqual({ isHealthy: false, problem: 'no room' });
    expect(errors).toHaveLength(1);
    const next = ledger.record(accept);
    await turn();
    latest().written(Outcome.done);
    await next;
    expect(ledger.health()).toEqual({ isHealthy: true });
  });

  it('refuses what is over its bound, at once', async () => {
    const { ledger, latest } = await started(3);
    const queued = [ledger.record(accept), ledger.record(accept)];
    await turn();
    queued.push(ledger.record(accept));
    await expect(ledger.record(accept)).rejects.toMatchObject({ code: 'queue-full' });
    latest().written(Outcome.done, Outcome.done);
    await turn();
    latest().written(Outcome.done);
    await Promise.all(queued);
  });

  it('rejects everything when the writer crashes, and starts another after a pause', async () => {
    const { ledger, writers, latest, clock } = await started();
    const lost = [ledger.record(accept)];
    await turn();
    lost.push(ledger.record(accept));
    latest().end('out of memory');
    for (const outcome of await Promise.allSettled(lost)) {
      expect(outcome).toMatchObject({ reason: { code: 'writer-down' } });
    }
    expect(ledger.health()).toMatchObject({ isHealthy: false });
    await expect(ledger.record(accept)).rejects.toMatchObject({ code: 'writer-down' });
    await clock.advance(99);
    expect(writers).toHaveLength(1);
    await clock.advance(1);
    expect(writers).toHaveLength(2);
    latest().ready();
    const next = ledger.record(accept);
    await turn();
    latest().written(Outcome.done);
    await next;
    expect(ledger.health()).toEqual({ isHealthy: true });
  });

  it('pauses longer after each crash, and gives up after ten in a row', async () => {
    const { ledger, writers, latest, clock } = await started();
    const pauses: number[] = [];
    for (let crash = 0; crash < 10; crash += 1) {
      latest().end('broken');
      const before = writers.length;
      let pauseMs = 0;
      for (; writers.length === before; pauseMs += 100) await clock.advance(100);
      pauses.push(pauseMs);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000, 5_000]);
    latest().end('broken');
    expect(clock.pendingTimers).toBe(0);
    expect(ledger.health()).toMatchObject({ problem: expect.stringContaining('restart the server') as string });
    await expect(ledger.record(accept)).rejects.toMatchObject({ code: 'writer-down' });
    await ledger.close();
  });

  it('tells why a writer could not start', async () => {
    const { ledger, latest } = setUp();
    const ready = ledger.start();
    const recorded = Promise.allSettled([ledger.record(accept)]);
    latest().reply({ kind: 'failed', code: 'log-altered', message: 'altered' });
    latest().end();
    await expect(ready).rejects.toMatchObject({ code: 'log-altered' });
    expect(await recorded).toMatchObject([{ reason: { code: 'log-altered' } }]);
    await ledger.close();
  });

  it('writes what is queued before it closes', async () => {
    const { ledger, latest } = await started();
    const first = ledger.record(accept);
    await turn();
    const second = ledger.record(accept);
    const closed = ledger.close();
    latest().written(Outcome.done);
    await first;
    latest().written(Outcome.done);
    await second;
    expect(latest().counts).toEqual([1, 1, 'close']);
    latest().end();
    await closed;
    await expect(ledger.record(accept)).rejects.toMatchObject({ code: 'closed' });
  });

  it('closes at once where no writer was ever needed', async () => {
    const { ledger, writers } = setUp();
    await ledger.close();
    expect(writers).toEqual([]);
  });

  it('closes also when the writer crashes on the way', async () => {
    const { ledger, latest, clock } = await started();
    const lost = Promise.allSettled([ledger.record(accept)]);
    const closed = ledger.close();
    latest().end('crashed');
    await closed;
    expect(await lost).toMatchObject([{ reason: { code: 'writer-down' } }]);
    expect(clock.pendingTimers).toBe(0);
  });
});
