import { describe, expect, it } from 'vitest';
import { openChallenge, type ChallengeSession, type SessionStore } from '../../src/challenge/index.ts';
import { FakeClock } from '../support/fake-clock.ts';

const bearer = { client: 'vpn', userKey: 'alice' };
const limits = {
  attempts: 3,
  ttlMs: 1_000,
  mayAsk: true,
  holds: true,
  hasMenu: false,
  offers: [{ factor: 'totp', kind: 'own' } as const],
};
const session: ChallengeSession = {
  kind: 'second-door',
  login: { ...bearer, primary: 'local', attributes: [] },
  challenge: openChallenge(limits, 0),
};
const question = { state: Buffer.from('next'), message: 'Again', echo: true };

/** What every session store does; `make` gives an empty one for `maxPending` rounds on the clock. */
export function sessionStoreContract(
  name: string,
  make: (options: { maxPending: number; clock: FakeClock }) => SessionStore,
): void {
  const setUp = (maxPending = 10): { store: SessionStore; clock: FakeClock } => {
    const clock = new FakeClock();
    return { store: make({ maxPending, clock }), clock };
  };

  describe(`a session store: ${name}`, () => {
    it('gives a round to its bearer, once', async () => {
      const { store } = setUp();
      await store.put('round', session, 1_000);
      expect(await store.take('round', bearer, 'answer')).toEqual({ kind: 'taken', session });
      await store.conclude('round', undefined);
      expect(await store.take('round', bearer, 'answer')).toEqual({ kind: 'spent' });
      expect(store.pending()).toBe(0);
    });

    it('gives it to one of many that ask at the same time', async () => {
      const { store } = setUp();
      await store.put('round', session, 1_000);
      const takers = Array.from({ length: 20 }, () => store.take('round', bearer, 'answer'));
      const kinds = (await Promise.all(takers)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'taken')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'in-progress')).toHaveLength(19);
    });

    it('keeps it from another client and another user, and leaves it to its bearer', async () => {
      const { store } = setUp();
      await store.put('round', session, 1_000);
      expect(await store.take('round', { ...bearer, client: 'other' }, 'a')).toEqual({ kind: 'mismatched' });
      expect(await store.take('round', { ...bearer, userKey: 'mallory' }, 'a')).toEqual({ kind: 'mismatched' });
      expect((await store.take('round', bearer, 'a')).kind).toBe('taken');
    });

    it('repeats the question that followed to the same answer alone', async () => {
      const { store } = setUp();
      await store.put('round', session, 1_000);
      await store.take('round', bearer, 'answer');
      await store.conclude('round', question);
      expect(await store.take('round', bearer, 'answer')).toEqual({ kind: 'repeated', question });
      expect(await store.take('round', bearer, 'another')).toEqual({ kind: 'spent' });
      expect(await store.take('round', { ...bearer, client: 'other' }, 'answer')).toEqual({ kind: 'mismatched' });
    });

    it('knows an answer that comes again as long as a client may wait for its reply, and repeats what followed', async () => {
      const { store, clock } = setUp();
      await store.put('round', session, 1_000);
      await store.take('round', bearer, 'answer');
      await clock.advance(600_000);
      expect(await store.take('round', bearer, 'answer')).toEqual({ kind: 'in-progress' });
      await store.conclude('round', question);
      expect(await store.take('round', bearer, 'answer')).toEqual({ kind: 'repeated', question });
    });

    it('does not know what it never kept', async () => {
      expect(await setUp().store.take('never', bearer, 'a')).toEqual({ kind: 'unknown' });
    });

    it('forgets a round at the end of its time, also when the wall clock jumps', async () => {
      const { store, clock } = setUp();
      await store.put('early', session, 1_000);
      await store.put('late', session, 2_000);
      clock.jumpWall(86_400_000);
      expect((await store.take('early', bearer, 'a')).kind).toBe('taken');
      await clock.advance(2_000);
      expect(await store.take('late', bearer, 'a')).toEqual({ kind: 'unknown' });
    });

    it('takes no more than it may, until some have expired', async () => {
      const { store, clock } = setUp(2);
      expect(await store.put('1', session, 1_000)).toBe(true);
      expect(await store.put('2', session, 1_000)).toBe(true);
      expect(await store.put('3', session, 1_000)).toBe(false);
      await clock.advance(1_000);
      expect(await store.put('4', session, 1_000)).toBe(true);
      expect(store.pending()).toBe(1);
    });

    it('keeps half of its room for those who have passed the first door', async () => {
      const { store } = setUp(4);
      const conversation = { primary: 'corp', server: '192.0.2.10:1812' };
      const begun: ChallengeSession = { kind: 'home-server', login: session.login, conversation };
      const kept = ['1', '2', '3'].map((id) => store.put(id, begun, 1_000));
      expect(await Promise.all(kept)).toEqual([true, true, false]);
      expect(await store.put('4', session, 1_000)).toBe(true);
      expect(await store.put('5', begun, 1_000)).toBe(false);
      expect(await store.put('6', session, 1_000)).toBe(true);
    });

    it('counts only those that can still be answered, whatever comes or does not come after them', async () => {
      const { store, clock } = setUp(3);
      await store.put('long', session, 5_000);
      await store.put('short', session, 1_000);
      await clock.advance(1_000);
      expect(store.pending()).toBe(1);
      expect(await store.put('other', session, 1_000)).toBe(true);
      expect(await store.put('another', session, 1_000)).toBe(true);
      await clock.advance(5_000);
      expect(store.pending()).toBe(0);
    });
  });
}
