import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { Deadlines, NOT_SET, type Expiring } from '../../src/primary/home-server/deadlines.ts';
import { IdentifierPool, REST_MS } from '../../src/primary/home-server/identifiers.ts';
import { nextHealth, HEALTHY, type Health, type HealthEvent } from '../../src/primary/home-server/health.ts';
import { checkReply, replyResult } from '../../src/primary/home-server/reply.ts';
import { createSharedKey, decodePacket, encodeReply, microsoftSaltedTypes } from '../../src/radius/index.ts';

const key = createSharedKey(Secret.fromText('home-server-secret'));
const source = (requestAuthenticator: Buffer) =>
  ({ primary: 'corp', server: 'server', requestAuthenticator, key, saltedTypes: microsoftSaltedTypes }) as const;
const octets = (maxLength: number, minLength = 0): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength, maxLength }).map((value) => Buffer.from(value));
const authenticators = octets(16, 16);
const replies = fc
  .record({
    code: fc.constantFrom(2, 3, 11),
    identifier: fc.nat(255),
    attributes: fc.array(fc.record({ type: fc.nat(255).filter((type) => type !== 80), value: octets(60) }), {
      maxLength: 20,
    }),
  })
  .chain((reply) => authenticators.map((authenticator) => ({ reply, authenticator })));

describe('replies of home servers', () => {
  it('that are noise are ignored with a reason and never an exception', () => {
    fc.assert(
      fc.property(octets(200), authenticators, (datagram, authenticator) => {
        expect(typeof checkReply(datagram, authenticator, key, 'when-present')).toBe('string');
      }),
    );
  });

  it('that are genuine always have a meaning, whatever attributes they carry', () => {
    fc.assert(
      fc.property(replies, ({ reply, authenticator }) => {
        const datagram = encodeReply(reply, authenticator, key, { messageAuthenticator: true });
        const packet = checkReply(datagram, authenticator, key, 'required');
        if (typeof packet === 'string') throw new Error(packet);
        const { kind } = replyResult(packet, source(authenticator));
        const expected = { 2: ['accepted', 'unavailable'], 3: ['rejected'], 11: ['challenged'] }[reply.code];
        expect(expected).toContain(kind);
      }),
    );
  });

  it('with any one bit changed are ignored', () => {
    fc.assert(
      fc.property(replies, fc.nat(), ({ reply, authenticator }, draw) => {
        const datagram = encodeReply(reply, authenticator, key, { messageAuthenticator: true });
        const bit = draw % (datagram.length * 8);
        datagram[bit >> 3] = datagram[bit >> 3]! ^ (1 << (bit & 7));
        expect(typeof checkReply(datagram, authenticator, key, 'required')).toBe('string');
      }),
    );
  });

  it('give values that share no memory with the datagram', () => {
    fc.assert(
      fc.property(replies, ({ reply, authenticator }) => {
        const datagram = encodeReply(reply, authenticator, key, { messageAuthenticator: true });
        const result = replyResult(decodePacket(datagram), source(authenticator));
        const before = JSON.stringify(result);
        datagram.fill(0);
        expect(JSON.stringify(result)).toBe(before);
      }),
    );
  });
});

describe('identifiers', () => {
  it('are never given to two, and none is lost', () => {
    const steps = fc.array(fc.record({ act: fc.constantFrom('take', 'release', 'retire'), draw: fc.nat() }), {
      maxLength: 2_000,
    });
    fc.assert(
      fc.property(steps, (list) => {
        const pool = new IdentifierPool();
        const taken: number[] = [];
        let nowMs = 0;
        for (const { act, draw } of list) {
          nowMs += 10;
          if (act === 'take') {
            const identifier = pool.take(nowMs);
            if (identifier === undefined) continue;
            expect(taken).not.toContain(identifier);
            taken.push(identifier);
          } else if (taken.length > 0) {
            const [identifier = 0] = taken.splice(draw % taken.length, 1);
            if (act === 'release') pool.release(identifier);
            else pool.retire(identifier, nowMs);
          }
        }
        nowMs += REST_MS;
        const rest = Array.from({ length: 256 - taken.length }, () => pool.take(nowMs));
        expect(new Set([...taken, ...rest]).size).toBe(256);
        expect(pool.take(nowMs)).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});

describe('deadlines', () => {
  it('are each met once, in time, unless cleared', () => {
    const steps = fc.array(
      fc.record({ act: fc.constantFrom('set', 'set', 'clear', 'pass'), which: fc.nat(9), ms: fc.nat(40_000) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (list) => {
        let nowMs = 0;
        let turn: (() => void) | undefined;
        const deadlines = new Deadlines({
          nowMs: () => nowMs,
          monotonicMs: () => nowMs,
          setTimer: (_, callback) => {
            turn = callback;
            return { cancel: () => (turn = undefined) };
          },
        });
        const due = new Map<number, number>();
        const entries = Array.from({ length: 10 }, (_, which): Expiring => ({
          dueTick: NOT_SET,
          before: undefined,
          after: undefined,
          expired: (atMs) => {
            expect(due.get(which)).toBeLessThanOrEqual(atMs);
            due.delete(which);
          },
        }));
        for (const { act, which, ms } of list) {
          if (act === 'set') {
            due.set(which, nowMs + ms);
            deadlines.set(entries[which]!, nowMs + ms);
          } else if (act === 'clear') {
            due.delete(which);
            deadlines.clear(entries[which]!);
          } else {
            nowMs += ms;
            turn?.();
            for (const dueMs of due.values()) expect(dueMs).toBeGreaterThan(nowMs - 50);
          }
        }
        nowMs += 100_000;
        turn?.();
        expect(due.size).toBe(0);
        expect(turn).toBeUndefined();
      }),
    );
  });
});

describe('health', () => {
  it('never turns a silent server alive, and never an answering one dead', () => {
    const limits = { zombieAfterMs: 6_000, deadAfterMs: 20_000, asideMs: 60_000 };
    const events = fc.array(
      fc.record({
        kind: fc.constantFrom<HealthEvent['kind']>('answered', 'status-answered', 'unanswered', 'status-unanswered'),
        afterMs: fc.nat(15_000),
      }),
    );
    fc.assert(
      fc.property(events, (list) => {
        let health: Health = HEALTHY;
        let nowMs = 0;
        for (const { kind, afterMs } of list) {
          const sinceMs = nowMs;
          nowMs += afterMs;
          const event: HealthEvent = kind === 'unanswered' ? { kind, sinceMs } : { kind };
          const next = nextHealth(health, event, nowMs, limits);
          if (kind === 'unanswered' || kind === 'status-unanswered') {
            expect(health.kind === 'alive' || next.kind !== 'alive').toBe(true);
          } else {
            expect(next.kind === health.kind || next.kind === 'alive').toBe(true);
          }
          health = next;
        }
      }),
    );
  });
});
