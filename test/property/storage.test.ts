import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/access/index.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { eventBody, eventTail, haveSameTail, parseEvent } from '../../src/storage/event-body.ts';
import { createSecretBox, StorageError } from '../../src/storage/index.ts';
import { readLock } from '../../src/storage/lock.ts';

// Any UTF-16 there is, halves of surrogate pairs included.
const text = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units));
const anyEvent: fc.Arbitrary<AuditEvent> = fc.record(
  {
    id: text,
    atMs: fc.maxSafeInteger(),
    server: text,
    verdict: fc.constantFrom('accept', 'challenge', 'reject'),
    reason: fc.constantFrom('both-doors', 'passcode-asked', 'locked-out'),
    username: text,
    firstName: text,
    lastName: text,
    email: text,
    phone: text,
    token: text,
    factor: text,
    client: text,
    clientAddress: text,
    userAddress: text,
    primary: text,
    primaryPassedUnavailable: fc.boolean(),
    durationMs: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  },
  { requiredKeys: ['id', 'atMs', 'server', 'verdict', 'reason', 'username', 'client', 'clientAddress', 'durationMs'] },
);
const bodyOf = (event: AuditEvent): string => eventBody(event.verdict, event.reason, eventTail(event));

describe('the body of an event', () => {
  it('gives back the event that was written, whatever is in it', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(parseEvent(bodyOf(event))).toEqual({ ...event, durationMs: event.durationMs + 0 });
      }),
    );
  });

  it('survives the way through UTF-8', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(Buffer.from(bodyOf(event)).toString()).toBe(bodyOf(event));
      }),
    );
  });

  it('shares its tail exactly with events that differ in verdict and reason only', () => {
    fc.assert(
      fc.property(anyEvent, anyEvent, (one, other) => {
        expect(haveSameTail(one, { ...one, verdict: other.verdict, reason: other.reason })).toBe(true);
        expect(haveSameTail(one, other)).toBe(eventTail(one) === eventTail(other));
      }),
    );
  });
});

describe('a sealed secret', () => {
  const box = createSecretBox(Secret.fromOctets(Buffer.alloc(32, 3)), 'token', createSystemRandom());

  it('opens for its record and for no other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), text, text, (octets, identity, other) => {
        const sealed = box.seal(Secret.fromOctets(octets), identity);
        expect(new Uint8Array(box.open(sealed, identity).reveal())).toEqual(octets);
        fc.pre(Buffer.compare(Buffer.from(identity), Buffer.from(other)) !== 0);
        expect(() => box.open(sealed, other)).toThrow(StorageError);
      }),
    );
  });

  it('is refused as such, whatever octets are put in its place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        expect(() => box.open(octets, 'x')).toThrow(StorageError);
      }),
    );
  });
});

describe('a lock-out under a clock that goes back', () => {
  const seconds = fc.integer({ min: 1, max: 10_000 });
  const stepMs = fc.integer({ min: -1_000_000, max: 1_000 });

  it('never ends before its length has passed, and ends one length after the last look into the past', () => {
    fc.assert(
      fc.property(seconds, fc.array(stepMs, { maxLength: 30 }), (lockSeconds, stepsMs) => {
        const startMs = 1_000_000_000;
        let lock = { lockedAtMs: startMs, lockSeconds };
        let nowMs = startMs;
        let passedMs = 0;
        for (const step of stepsMs) {
          nowMs += step;
          passedMs += Math.max(0, step);
          const state = readLock(lock, nowMs);
          if (passedMs < lockSeconds * 1_000) expect(state.kind).not.toBe('open');
          if (state.kind === 'locked-ahead') lock = { lockedAtMs: nowMs, lockSeconds };
          if (state.kind !== 'open') expect(state.untilMs - nowMs).toBeLessThanOrEqual(lockSeconds * 1_000);
        }
        nowMs = Math.max(nowMs, lock.lockedAtMs) + lockSeconds * 1_000;
        expect(readLock(lock, nowMs).kind).toBe('open');
      }),
    );
  });
});
