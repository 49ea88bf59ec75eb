import { describe, expect, it } from 'vitest';
import type { Random } from '../../../src/lib/random.ts';
import { Deadlines, NOT_SET, TICK_MS, type Expiring } from '../../../src/primary/home-server/deadlines.ts';
import { chooseServer, type Candidate } from '../../../src/primary/home-server/choose.ts';
import { HEALTHY, nextHealth, onTrial, type Health } from '../../../src/primary/home-server/health.ts';
import { IdentifierPool, REST_MS } from '../../../src/primary/home-server/identifiers.ts';
import { firstWaitMs, nextWaitMs } from '../../../src/primary/home-server/retransmission.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const drawing = (fraction: number): Random => ({ octets: (length) => Buffer.alloc(length), fraction: () => fraction });

describe('identifiers', () => {
  it('are all 256, then none', () => {
    const pool = new IdentifierPool();
    const taken = Array.from({ length: 256 }, () => pool.take(0));
    expect(new Set(taken).size).toBe(256);
    expect(pool.take(0)).toBeUndefined();
    expect(pool.freeCount).toBe(0);
  });

  it('come back at the end of the queue', () => {
    const pool = new IdentifierPool();
    expect(pool.take(0)).toBe(0);
    pool.release(0);
    expect(Array.from({ length: 256 }, () => pool.take(0)).at(-1)).toBe(0);
  });

  it('rest after a question that was not answered', () => {
    const pool = new IdentifierPool();
    for (let index = 0; index < 256; index += 1) pool.take(0);
    pool.retire(7, 100);
    expect(pool.take(100 + REST_MS - 1)).toBeUndefined();
    expect(pool.take(100 + REST_MS)).toBe(7);
  });
});

describe('intervals (RFC 5080 §2.2.1)', () => {
  it.each([
    [0, 2_700],
    [0.5, 3_000],
    [1, 3_300],
  ])('begin with the initial one, a tenth more or less (draw %d)', (draw, waitMs) => {
    expect(firstWaitMs(3_000, drawing(draw))).toBeCloseTo(waitMs);
  });

  it.each([
    [0, 5_700],
    [0.5, 6_000],
    [1, 6_300],
  ])('double, a tenth of the previous one more or less (draw %d)', (draw, waitMs) => {
    expect(nextWaitMs(3_000, 3_000, drawing(draw))).toBeCloseTo(waitMs);
  });

  it('end at 16 s, jittered', () => {
    expect(nextWaitMs(12_000, 3_000, drawing(0.5))).toBe(16_000);
    expect(nextWaitMs(16_000, 3_000, drawing(1))).toBeCloseTo(17_600);
  });

  it('do not shrink where the first one is longer than that', () => {
    expect(nextWaitMs(60_000, 60_000, drawing(0.5))).toBe(60_000);
  });
});

describe('health of a home server', () => {
  const limits = { zombieAfterMs: 6_000, deadAfterMs: 20_000, asideMs: 60_000 };
  const silent = (health: Health, sinceMs: number, nowMs: number): Health =>
    nextHealth(health, { kind: 'unanswered', sinceMs }, nowMs, limits);
  const zombie = silent(silent(HEALTHY, 0, 3_000), 3_000, 9_000);
  const dead = silent(zombie, 9_000, 20_000);

  it('is alive after one transmission without an answer, zombie after the limit, dead after the other', () => {
    expect(silent(HEALTHY, 0, 3_000)).toEqual({ kind: 'alive', silentSinceMs: 0 });
    expect(zombie).toEqual({ kind: 'zombie', silentSinceMs: 0, statusAnswers: 0, trialMs: 15_000 });
    expect(silent(zombie, 9_000, 19_999)).toBe(zombie);
    expect(dead).toEqual({ kind: 'dead', failedMs: 20_000, statusAnswers: 0, trialMs: 80_000 });
  });

  it.each<[string, Health]>([
    ['silent', silent(HEALTHY, 0, 3_000)],
    ['zombie', zombie],
    ['dead', dead],
  ])('is good again after one answer to a login (%s)', (_, health) => {
    expect(nextHealth(health, { kind: 'answered' }, 30_000, limits)).toBe(HEALTHY);
  });

  it.each<[string, Health]>([
    ['zombie', zombie],
    ['dead', dead],
  ])('is good again after three answers to Status-Server in a row, not interrupted (%s)', (_, health) => {
    const learn = (before: Health, kind: 'status-answered' | 'status-unanswered'): Health =>
      nextHealth(before, { kind }, 15_000, limits);
    const twice = learn(learn(health, 'status-answered'), 'status-answered');
    expect(twice.kind).toBe(health.kind);
    expect(learn(twice, 'status-answered')).toBe(HEALTHY);
    const interrupted = learn(twice, 'status-unanswered');
    expect(learn(learn(interrupted, 'status-answered'), 'status-answered').kind).toBe(health.kind);
  });

  it('of an alive server does not suffer from Status-Server', () => {
    expect(nextHealth(HEALTHY, { kind: 'status-unanswered' }, 99_000, limits)).toBe(HEALTHY);
    expect(nextHealth(HEALTHY, { kind: 'status-answered' }, 99_000, limits)).toBe(HEALTHY);
  });

  it('puts the next trial off when one begins', () => {
    expect(onTrial(zombie, 15_000, limits)).toMatchObject({ trialMs: 21_000 });
    expect(onTrial(dead, 80_000, limits)).toMatchObject({ trialMs: 140_000 });
    expect(onTrial(HEALTHY, 80_000, limits)).toBe(HEALTHY);
  });
});

describe('the choice of a server', () => {
  const zombie: Health = { kind: 'zombie', silentSinceMs: 0, statusAnswers: 0, trialMs: 1_000 };
  const dead = (failedMs: number): Health => ({ kind: 'dead', failedMs, statusAnswers: 0, trialMs: 1_000 });
  const at = (health: Health, openCount = 0): Candidate => ({ health, openCount });
  const choose = (
    servers: readonly Candidate[],
    options: { strategy?: 'fail-over' | 'load-balance'; tried?: readonly number[]; nowMs?: number; draw?: number } = {},
  ): number => {
    const { strategy = 'fail-over', tried, nowMs = 0, draw = 0.9 } = options;
    const choice = {
      strategy,
      nowMs,
      random: drawing(draw),
      tried: tried === undefined ? undefined : new Set(tried.map((index) => servers[index]!)),
    };
    const chosen = chooseServer(servers, choice);
    return chosen === undefined ? -1 : servers.indexOf(chosen);
  };

  it('is the first alive one in fail-over, however busy', () => {
    expect(choose([at(HEALTHY, 99), at(HEALTHY)])).toBe(0);
    expect(choose([at(zombie), at(HEALTHY)])).toBe(1);
    expect(choose([at(dead(0)), at(HEALTHY)])).toBe(1);
  });

  it('is the one with the fewest open questions in load-balance, drawn among equals', () => {
    const servers = [at(HEALTHY, 3), at(HEALTHY, 1), at(HEALTHY, 1)];
    expect(choose(servers, { strategy: 'load-balance' })).toBe(1);
    expect(choose(servers, { strategy: 'load-balance', draw: 0.1 })).toBe(2);
  });

  it('is none that was tried', () => {
    expect(choose([at(HEALTHY), at(HEALTHY)], { tried: [0] })).toBe(1);
    expect(choose([at(HEALTHY), at(zombie)], { tried: [0] })).toBe(1);
    expect(choose([at(HEALTHY)], { tried: [0] })).toBe(-1);
    expect(choose([at(zombie)], { tried: [0] })).toBe(-1);
  });

  it('is a doubtful one whose trial is due, for a question that was asked nowhere yet', () => {
    expect(choose([at(HEALTHY), at(zombie)], { nowMs: 1_000 })).toBe(1);
    expect(choose([at(HEALTHY), at(dead(0))], { nowMs: 1_000 })).toBe(1);
    expect(choose([at(HEALTHY), at(HEALTHY), at(dead(0))], { nowMs: 1_000, tried: [0] })).toBe(1);
  });

  it('is the dead one that failed longest ago when all are dead, and none for a question that was asked already', () => {
    expect(choose([at(dead(500)), at(dead(400)), at(dead(600))])).toBe(1);
    expect(choose([at(dead(500)), at(dead(400))], { tried: [0] })).toBe(-1);
  });
});

describe('deadlines', () => {
  class Entry implements Expiring {
    dueTick = NOT_SET;
    before: Expiring | undefined = undefined;
    after: Expiring | undefined = undefined;
    readonly expired: (nowMs: number) => void;
    constructor(expired: (nowMs: number) => void) {
      this.expired = expired;
    }
  }

  it('are met within one tick and never early', async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const startMs = clock.monotonicMs();
    const lateMs: number[] = [];
    for (const afterMs of [0, 1, 49, 50, 51, 3_000, 3_001, 25_600, 60_000]) {
      deadlines.set(new Entry((nowMs) => lateMs.push(nowMs - startMs - afterMs)), startMs + afterMs);
    }
    await clock.advance(61_000);
    expect(lateMs).toHaveLength(9);
    for (const ms of lateMs) {
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(TICK_MS);
    }
  });

  it('can be cleared and moved by what another entry does in the same tick', async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const dueMs = clock.monotonicMs() + 1_000;
    const met: string[] = [];
    const cleared = new Entry(() => met.push('cleared'));
    const moved = new Entry(() => met.push('moved'));
    deadlines.set(cleared, dueMs);
    deadlines.set(moved, dueMs);
    const acting = new Entry(() => {
      met.push('acting');
      deadlines.clear(cleared);
      deadlines.set(moved, dueMs + 1_000);
    });
    deadlines.set(acting, dueMs);
    await clock.advance(1_100);
    expect(met).toEqual(['acting']);
    await clock.advance(1_000);
    expect(met).toEqual(['acting', 'moved']);
  });

  it('are all met after the process was held up for longer than the wheel turns', () => {
    const clock = new FakeClock();
    let turn = (): void => undefined;
    const held = {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => heldMs,
      setTimer: (_: number, callback: () => void) => {
        turn = callback;
        return { cancel: () => undefined };
      },
    };
    let heldMs = 0;
    const deadlines = new Deadlines(held);
    let met = 0;
    for (let afterMs = 100; afterMs <= 30_000; afterMs += 100) deadlines.set(new Entry(() => (met += 1)), afterMs);
    heldMs = 100_000;
    turn();
    expect(met).toBe(300);
  });

  it('need one timer however many there are, and none when there are none', async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const entries = Array.from({ length: 1_000 }, () => new Entry(() => undefined));
    for (const entry of entries) deadlines.set(entry, clock.monotonicMs() + 5_000);
    expect(clock.pendingTimers).toBe(1);
    for (const entry of entries) deadlines.clear(entry);
    await clock.advance(TICK_MS);
    expect(clock.pendingTimers).toBe(0);
  });

  it('are gone after stop', async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    let met = 0;
    const entry = new Entry(() => (met += 1));
    deadlines.set(entry, clock.monotonicMs() + 1_000);
    deadlines.stop();
    deadlines.clear(entry);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(2_000);
    expect(met).toBe(0);
  });
});
