import { beforeEach, describe, expect, it } from 'vitest';
import {
  createEnrolments,
  createShortCode,
  decodeBase32,
  passcodeAt,
  passcodeFactors,
  type EnrolmentProgress,
  type Enrolments,
} from '../../../src/factors/index.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const MINUTE = 60_000;
const alice = { userId: 1, username: 'alice', client: 'vpn', epoch: 0 };
const bob = { userId: 2, username: 'bob', client: 'vpn', epoch: 0 };

let clock: FakeClock;
let enrolments: Enrolments;
beforeEach(() => {
  clock = new FakeClock();
  const { totp } = passcodeFactors({ totp: { window: 1 }, hotp: { window: 10 } });
  const settings = () => ({ publicUrl: 'https://gate.example.com', issuer: 'Gate', totp });
  enrolments = createEnrolments({ clock, random: createSystemRandom(), settings });
});

function begin(enrollee = alice) {
  const link = enrolments.begin(enrollee);
  if (link === undefined) throw new Error('no room for an enrolment');
  return link;
}

function open(code: string): EnrolmentProgress & { kind: 'open' } {
  const progress = enrolments.progress(code);
  if (progress.kind !== 'open') throw new Error(progress.kind);
  return progress;
}

/** What the phone shows, `stepsAhead` from now. */
function shown(code: string, stepsAhead = 0): string {
  const secret = decodeBase32(open(code).key.reveal().toString());
  const step = Math.floor(clock.nowMs() / 30_000) + stepsAhead;
  return passcodeAt({ secret, digits: 6, algorithm: 'sha1', periodSeconds: 30 }, step);
}

describe('an enrolment', () => {
  it('is a link with a short code', () => {
    const link = begin();
    expect(link.code).toMatch(/^[A-HJKMNP-TV-Z2-9]{8}$/);
    expect(link.url).toBe(`https://gate.example.com/enrol/${link.code}`);
    expect(link.expiresAtMs).toBe(clock.nowMs() + 15 * MINUTE);
  });

  it('shows the same secret each time, as address and as key', () => {
    const { code } = begin();
    const [first, second] = [open(code), open(code)];
    expect(first.uri.reveal()).toEqual(second.uri.reveal());
    const uri = new URL(first.uri.reveal().toString());
    expect(uri.pathname).toBe('/Gate:alice');
    expect(uri.searchParams.get('secret')).toBe(first.key.reveal().toString());
    expect(first).toMatchObject({ enrollee: alice, attemptsLeft: 5 });
  });

  it('is found however its code is typed', () => {
    const { code } = begin();
    for (const typed of [
      code.toLowerCase(),
      `${code.slice(0, 4)}-${code.slice(4)}`,
      ` ${code.slice(0, 4)} ${code.slice(4)}`,
    ])
      expect(enrolments.progress(typed).kind).toBe('open');
    expect(enrolments.progress(code.slice(1)).kind).toBe('unknown');
    expect(enrolments.progress('').kind).toBe('unknown');
  });

  it('is complete once its proof is kept', () => {
    const { code } = begin();
    const passcode = shown(code);
    const proof = enrolments.prove(code, passcode);
    const step = Math.floor(clock.nowMs() / 30_000);
    expect(proof).toMatchObject({ kind: 'proved', token: { userId: 1, username: 'alice', nextCounter: step + 1 } });
    expect(enrolments.progress(code).kind).toBe('open');
    enrolments.complete(code);
    expect(enrolments.progress(code)).toEqual({
      kind: 'complete',
      enrollee: alice,
      serial: proof.kind === 'proved' && proof.token.serial,
    });
    expect(enrolments.prove(code, passcode)).toEqual({ kind: 'complete' });
  });

  it('gives its token once, though the passcode comes twice at once', () => {
    const { code } = begin();
    const passcode = shown(code);
    expect(enrolments.prove(code, passcode).kind).toBe('proved');
    expect(enrolments.prove(code, passcode).kind).toBe('wrong');
    enrolments.reopen(code);
    expect(enrolments.prove(code, passcode).kind).toBe('proved');
  });

  it('is not completed by anything but a proof', () => {
    const { code } = begin();
    enrolments.complete(code);
    enrolments.reopen(code);
    expect(enrolments.progress(code).kind).toBe('open');
  });

  it('ends with the fifth wrong passcode', () => {
    const { code } = begin();
    const good = shown(code);
    for (const attemptsLeft of [4, 3, 2, 1]) {
      expect(enrolments.prove(code, shown(code, 500))).toEqual({ kind: 'wrong', attemptsLeft });
    }
    expect(enrolments.prove(code, shown(code, 500))).toEqual({ kind: 'used-up' });
    expect(enrolments.prove(code, good)).toEqual({ kind: 'unknown' });
    expect(begin().code).not.toBe(code);
  });

  it('lasts fifteen minutes, whatever the wall clock does', async () => {
    const { code } = begin();
    clock.jumpWall(-3600_000);
    await clock.advance(15 * MINUTE - 1);
    expect(enrolments.progress(code).kind).toBe('open');
    await clock.advance(1);
    expect(enrolments.progress(code).kind).toBe('unknown');
    expect(begin().code).not.toBe(code);
  });

  it('is one for each user: a second login is given the same link while it is open', () => {
    const first = begin();
    expect(begin({ ...alice, client: 'other' })).toEqual(first);
    expect(begin(bob).code).not.toBe(first.code);
    enrolments.prove(first.code, shown(first.code));
    enrolments.complete(first.code);
    expect(begin().code).not.toBe(first.code);
    expect(enrolments.progress(first.code).kind).toBe('complete');
  });

  it('of before a reset is void: the next login is given another', () => {
    const first = begin();
    const second = begin({ ...alice, epoch: 1 });
    expect(second.code).not.toBe(first.code);
    expect(enrolments.prove(first.code, '000000')).toEqual({ kind: 'unknown' });
    expect(enrolments.prove(second.code, shown(second.code))).toMatchObject({ token: { userId: 1, epoch: 1 } });
  });

  it('is refused while ten thousand others are open', async () => {
    for (let userId = 0; userId < 10_000; userId += 1) begin({ ...alice, userId });
    expect(enrolments.begin({ ...alice, userId: 10_000 })).toBeUndefined();
    expect(enrolments.begin({ ...alice, userId: 5 })).toBeDefined();
    await clock.advance(15 * MINUTE);
    expect(enrolments.begin({ ...alice, userId: 10_000 })).toBeDefined();
  });
});

describe('a short code', () => {
  it('has no likelier characters', () => {
    // Each octet once: those that would make some characters likelier are left out.
    let next = 0;
    const octets = (length: number) => Buffer.from(Array.from({ length }, () => next++ % 256));
    const drawn = Array.from({ length: 30 }, () => createShortCode({ octets, fraction: () => 0 })).join('');
    const counts = Array.from('ABCDEFGHJKMNPQRSTVWXYZ23456789', (letter) => drawn.split(letter).length - 1);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});
