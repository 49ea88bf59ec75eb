import { ask, begin, deliver, hold, passOn, refuse, type Transition } from './moves.ts';
import {
  awaitApproval,
  awaitPasscode,
  chosenOffer,
  isOwn,
  type Answer,
  type AwaitingApproval,
  type ChallengeState,
  type Mismatch,
  type Open,
  type Word,
} from './states.ts';

/*
 * The second door as a pure function.
 *
 *   state              event            → next state         effect
 *   any open           opened           → choosing           ask (a menu, where the policy wants one)
 *                                       → awaiting-passcode  ask (a passcode of the user's own) or deliver (one by message)
 *                                       → awaiting-approval  deliver (a push, a call)
 *   any open           answered         → as with opened     ask or deliver: a word or number that chooses a factor
 *                                       → same               compare: something of the form of a passcode
 *   awaiting-approval  answered         → same               hold: "I have approved it", or nothing
 *   choosing, -passcode answered        → same               ask: nothing new was typed
 *   awaiting-passcode  delivered        → same               ask; refuse where the client cannot (the passcode is appended next time)
 *   awaiting-approval  delivered        → same               hold the reply, or ask to come back when it is approved
 *   any open           delivery-failed  → another factor, or done: refuse
 *   awaiting-approval  approved         → same               confirm
 *   awaiting-approval  confirmed        → done               admit
 *   awaiting-approval  denied           → done               refuse
 *   awaiting-approval  fraud-reported   → done               refuse and block
 *   awaiting-approval  deadline         → same               ask; refuse where the client cannot
 *   awaiting-approval  withdrawn        → awaiting-passcode  ask; done: refuse where the user has nothing else
 *   any open           matched          → same               spend
 *   any open           spent            → done               admit
 *   any open           mismatched       → same               ask      while answers are left
 *                                       → done               refuse   after the last one
 *   any open           locked           → done               refuse
 *   any open           answered, after its time
 *                                       → done               refuse
 *   done               anything         → done               refuse
 *
 * Nobody reaches `admit` but through `spent` (a passcode that fitted and was consumed) or `confirmed` (an approval that
 * came from the user's phone and was written down).
 */

/** What happens to a challenge. */
export type ChallengeEvent =
  | { readonly kind: 'opened' }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'matched' }
  | { readonly kind: 'mismatched'; readonly how: Mismatch; readonly digest: string }
  | { readonly kind: 'spent' }
  | { readonly kind: 'locked' }
  /** `openId` names the passcode that was sent, or the approval that was asked for. `mustAsk`: a number has to be shown. */
  | { readonly kind: 'delivered'; readonly openId: string; readonly mustAsk: boolean }
  | { readonly kind: 'delivery-failed'; readonly isLimited: boolean }
  | { readonly kind: 'approved' }
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'fraud-reported' }
  /** The client will not wait any longer. */
  | { readonly kind: 'deadline' }
  /** The question on the phone is over, unanswered. */
  | { readonly kind: 'withdrawn' };

/** What follows when `event` meets `state` at `nowMs` (monotonic). */
export function transition(state: ChallengeState, event: ChallengeEvent, nowMs: number): Transition {
  if (state.state === 'done') return refuse('challenge-expired');
  switch (event.kind) {
    case 'opened':
      return begin(state);
    case 'answered':
      return nowMs >= state.expiresAtMs ? refuse('challenge-expired') : answered(state, event.answer);
    case 'matched':
      return { next: state, effect: { kind: 'spend' } };
    case 'mismatched':
      return mismatched(state, event.how, event.digest);
    case 'spent':
      return { next: { state: 'done' }, effect: { kind: 'admit' } };
    case 'locked':
      return refuse('locked-out');
    case 'delivered':
      return delivered(state, event);
    case 'delivery-failed':
      return passOn(state, event.isLimited);
    case 'approved':
    case 'confirmed':
    case 'denied':
    case 'fraud-reported':
    case 'deadline':
    case 'withdrawn':
      return state.state === 'awaiting-approval' ? outside(state, event.kind) : refuse('challenge-expired');
  }
}

type FromOutside = 'approved' | 'confirmed' | 'denied' | 'fraud-reported' | 'deadline' | 'withdrawn';

function outside(state: AwaitingApproval, event: FromOutside): Transition {
  switch (event) {
    case 'approved':
      return { next: state, effect: { kind: 'confirm' } };
    case 'confirmed':
      return { next: { state: 'done' }, effect: { kind: 'admit' } };
    case 'denied':
      return refuse('approval-denied');
    case 'fraud-reported':
      return { next: { state: 'done' }, effect: { kind: 'block' } };
    case 'deadline':
      return state.mayAsk ? ask(state, 'approval-open') : refuse('approval-timeout');
    case 'withdrawn':
      return withdrawn(state);
  }
}

function delivered(state: Open, event: ChallengeEvent & { readonly kind: 'delivered' }): Transition {
  const { openId, mustAsk } = event;
  switch (state.state) {
    case 'choosing':
      return refuse('challenge-expired');
    case 'awaiting-passcode':
      return state.mayAsk ? ask(awaitPasscode(state, state.current, openId), 'sent') : refuse('passcode-sent');
    case 'awaiting-approval': {
      const waiting = awaitApproval(state, state.current, openId);
      return state.mayAsk && (mustAsk || !state.holds) ? ask(waiting, 'approve') : hold(waiting, openId);
    }
  }
}

function withdrawn(state: AwaitingApproval): Transition {
  const own = state.offers.find(isOwn);
  if (!state.mayAsk || own === undefined) return refuse('approval-timeout');
  return ask(awaitPasscode(state, own.factor), 'approval-late');
}

function answered(state: Open, answer: Answer): Transition {
  switch (answer.kind) {
    case 'empty':
    case 'password-repeated':
      return nothingNew(state, answer.kind);
    case 'chosen':
      return chosen(state, answer.word);
    case 'typed': {
      const { digest, passcode, word } = answer;
      if (word !== undefined && chosenOffer(state, word) !== undefined) return chosen(state, word);
      if (state.wrongDigests.includes(digest)) return ask(state, 'wrong');
      if (passcode !== undefined) return { next: state, effect: { kind: 'compare', passcode, digest } };
      return state.state === 'awaiting-passcode' ? mismatched(state, 'malformed', digest) : nothingNew(state, 'empty');
    }
  }
}

function nothingNew(state: Open, notice: 'empty' | 'password-repeated'): Transition {
  switch (state.state) {
    case 'choosing':
      return ask(state, 'menu');
    case 'awaiting-passcode':
      return ask(state, notice);
    case 'awaiting-approval':
      return state.openId === undefined ? refuse('challenge-expired') : hold(state, state.openId);
  }
}

// What the user does not have is said and costs no answer: it is no guess.
function chosen(state: Open, word: Word): Transition {
  const choice = chosenOffer(state, word);
  if (choice === undefined) return state.mayAsk ? ask(state, 'not-offered') : refuse('challenge-unsupported');
  if (choice.kind === 'own') return ask(awaitPasscode(state, choice.factor), 'first');
  return deliver(state, choice, word === 'resend');
}

function mismatched(state: Open, how: Mismatch, digest: string): Transition {
  const notice = how === 'replayed' ? 'replayed' : 'wrong';
  const counts = how === 'wrong';
  const attemptsLeft = state.attemptsLeft - 1;
  if (attemptsLeft <= 0 || !state.mayAsk) return refuse(`passcode-${notice}`, counts);
  return ask({ ...state, attemptsLeft, wrongDigests: [...state.wrongDigests, digest] }, notice, counts);
}
