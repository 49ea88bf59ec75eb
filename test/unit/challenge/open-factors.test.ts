import { describe, expect, it } from 'vitest';
import { createOpenFactors, type OpenFactors, type Outcome } from '../../../src/challenge/index.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const TTL_MS = 60_000;
const LOGIN = { client: 'vpn', userKey: 'alice', station: '192.0.2.7' };

interface Stage {
  readonly clock: FakeClock;
  readonly open: OpenFactors;
  /** How waiting until so many milliseconds from now ended; empty while it lasts. */
  readonly waitFor: (id: string, delayMs: number) => readonly (Outcome | undefined)[];
}

function stage(): Stage {
  const clock = new FakeClock();
  const open = createOpenFactors({ maxOpen: 10 }, { clock, random: createSystemRandom() });
  return {
    clock,
    open,
    waitFor: (id, delayMs) => {
      const ended: (Outcome | undefined)[] = [];
      void open.wait(id, clock.monotonicMs() + delayMs).then((outcome) => ended.push(outcome));
      return ended;
    },
  };
}

async function ask(open: OpenFactors, reported?: () => void): Promise<string> {
  const send = () => Promise.resolve({ kind: 'delivered' } as const);
  const more = reported === undefined ? {} : { reported };
  return (await open.open({ login: LOGIN, factor: 'push', ttlMs: TTL_MS, send, ...more })).open.id;
}

describe('a question on a phone', () => {
  it('tells each who waits at their own deadline, and stays open until its end', async () => {
    const { clock, open, waitFor } = stage();
    const id = await ask(open);
    const patient = waitFor(id, 30_000);
    const hurried = waitFor(id, 10_000);
    await clock.advance(9_999);
    expect([hurried, patient]).toEqual([[], []]);
    await clock.advance(1);
    expect([hurried, patient]).toEqual([[undefined], []]);
    await clock.advance(20_000);
    expect(patient).toEqual([undefined]);
    expect(open.find(id)).toBeDefined();
    await clock.advance(30_000);
    expect(open.find(id)).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells who waits longer than it lasts when it is over', async () => {
    const { clock, open, waitFor } = stage();
    const id = await ask(open);
    const ended = waitFor(id, TTL_MS + 1);
    await clock.advance(TTL_MS);
    expect(ended).toEqual(['withdrawn']);
  });

  it('is answered to all who still wait, and to nobody whose deadline has passed', async () => {
    const { clock, open, waitFor } = stage();
    const id = await ask(open);
    const gone = waitFor(id, 1_000);
    const waiting = [waitFor(id, 20_000), waitFor(id, 30_000)];
    await clock.advance(5_000);
    expect(open.answered(id, { kind: 'approved' })).toEqual({ kind: 'taken' });
    await clock.advance(0);
    expect([gone, ...waiting]).toEqual([[undefined], ['approved'], ['approved']]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('has one timer, however many wait', async () => {
    const { clock, open, waitFor } = stage();
    const id = await ask(open);
    for (let delayMs = 1_000; delayMs < 10_000; delayMs += 1_000) waitFor(id, delayMs);
    expect(clock.pendingTimers).toBe(1);
  });

  it.each(['given up', 'out of time'])('is heard once when it reports a fraud after it was %s', async (how) => {
    const { clock, open } = stage();
    let reports = 0;
    const id = await ask(open, () => (reports += 1));
    if (how === 'given up') open.close(id);
    else await clock.advance(TTL_MS);
    await clock.advance(119_999);
    expect(open.answered(id, { kind: 'denied' })).toEqual({ kind: 'late' });
    expect(open.answered(id, { kind: 'fraud-reported' })).toEqual({ kind: 'taken' });
    expect(open.answered(id, { kind: 'fraud-reported' })).toEqual({ kind: 'late' });
    expect(reports).toBe(1);
  });

  it('is not heard when it reports a fraud after two minutes, or after another answer', async () => {
    const { clock, open } = stage();
    let reports = 0;
    const old = await ask(open, () => (reports += 1));
    open.close(old);
    await clock.advance(120_001);
    const denied = await ask(open, () => (reports += 1));
    open.answered(denied, { kind: 'denied' });
    for (const id of [old, denied]) expect(open.answered(id, { kind: 'fraud-reported' })).toEqual({ kind: 'late' });
    expect(reports).toBe(0);
  });

  it('waits no longer and no shorter when the wall clock is set by an hour', async () => {
    for (const hours of [1, -1]) {
      const { clock, open, waitFor } = stage();
      const id = await ask(open);
      const ended = waitFor(id, 10_000);
      clock.jumpWall(hours * 3_600_000);
      await clock.advance(9_999);
      expect(ended).toEqual([]);
      await clock.advance(1);
      expect(ended).toEqual([undefined]);
      await clock.advance(TTL_MS - 10_001);
      expect(open.find(id)).toBeDefined();
      await clock.advance(1);
      expect(open.find(id)).toBeUndefined();
      expect(open.answered(id, { kind: 'approved' })).toEqual({ kind: 'late' });
    }
  });
});
