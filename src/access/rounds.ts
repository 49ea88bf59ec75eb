import type { ChallengeSession, ReadState, SessionStore, StateTokens } from '../challenge/index.ts';
import type { Attribute } from '../radius/index.ts';
import type { ChallengeReason } from './reason.ts';
import type { Decision } from './request.ts';
import type { Recorder } from './recorder.ts';
import type { EventDetails, Visit } from './visit.ts';

/** A question for the user and what has to be kept until it is answered. */
export interface AskOptions {
  readonly session: ChallengeSession;
  readonly reason: ChallengeReason;
  readonly message: string;
  readonly echo: boolean;
  /** A home server's own words, used instead. */
  readonly relayed?: readonly Attribute[];
  /** How long the answer may take. */
  readonly ttlMs: number;
  readonly details: EventDetails;
  /** The log has the event already. */
  readonly isSettled: boolean;
  /** The round whose answer led here. */
  readonly answeredId: string | undefined;
}

/** Rounds of challenges: State out, answers in. */
export interface Rounds {
  /** Whose State it is; a missing one and one that is not ours count as `absent`. */
  read(state: Buffer | undefined): Exclude<ReadState, { kind: 'foreign' }> | { readonly kind: 'absent' };
  /** Keeps the session and asks. */
  ask(visit: Visit, options: AskOptions): Promise<Decision>;
}

/** Rounds over a session store. */
export function createRounds(sessions: SessionStore, states: StateTokens, recorder: Recorder): Rounds {
  return {
    read(state) {
      if (state === undefined) return { kind: 'absent' };
      const read = states.read(state);
      return read.kind === 'foreign' ? { kind: 'absent' } : read;
    },
    async ask(visit, options) {
      const { message, echo, reason, details, relayed } = options;
      const { id, state } = states.issue();
      if (!(await sessions.put(id, options.session, options.ttlMs))) return recorder.deny(visit, 'too-busy', details);
      const question = { state, message, echo, ...(relayed && { relayed }) };
      const verdict = { kind: 'challenge', reason, ...question } as const;
      const decision = options.isSettled
        ? recorder.settled(visit, verdict, details)
        : await recorder.challenge(visit, verdict, details);
      if (options.answeredId !== undefined) await sessions.conclude(options.answeredId, question);
      return decision;
    },
  };
}
