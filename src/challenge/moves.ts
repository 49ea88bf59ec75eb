import {
  awaitApproval,
  awaitPasscode,
  chooseAgain,
  isOwn,
  type ChallengeState,
  type Offer,
  type Open,
} from './states.ts';

/** Why the second door is asked again, for the words the user reads. */
export type Notice =
  | 'first'
  | 'menu'
  | 'password-repeated'
  | 'empty'
  | 'wrong'
  | 'replayed'
  | 'not-offered'
  | 'sent'
  | 'not-delivered'
  | 'approve'
  | 'approval-open'
  | 'approval-late';

/** Why the second door stays closed. */
export type Refusal =
  | 'passcode-wrong'
  | 'passcode-replayed'
  | 'passcode-sent'
  | 'challenge-expired'
  | 'challenge-unsupported'
  | 'locked-out'
  | 'approval-denied'
  | 'approval-timeout'
  | 'delivery-failed'
  | 'deliveries-limited';

/** What is to be done next; `counts`: first count a wrong passcode of the user, across challenges. */
export type ChallengeEffect =
  | { readonly kind: 'compare'; readonly passcode: Buffer; readonly digest: string }
  | { readonly kind: 'spend' }
  /** Send a passcode or ask for an approval. `again`: the user says that the last one did not come. */
  | { readonly kind: 'deliver'; readonly offer: Offer; readonly again: boolean }
  /** Wait for the approval, as long as the client waits. */
  | { readonly kind: 'hold'; readonly openId: string }
  /** Write down that an approval lets the user in. */
  | { readonly kind: 'confirm' }
  | { readonly kind: 'admit' }
  | { readonly kind: 'ask'; readonly notice: Notice; readonly counts: boolean }
  | { readonly kind: 'refuse'; readonly reason: Refusal; readonly counts: boolean }
  /** The user says that somebody else is at the door: refuse, and lock. */
  | { readonly kind: 'block' };

/** What follows from one event. */
export interface Transition {
  readonly next: ChallengeState;
  readonly effect: ChallengeEffect;
}

/** The first question: the menu, or the preferred factor. */
export function begin(state: Open): Transition {
  if (state.hasMenu && state.mayAsk && state.offers.length > 1) return ask(chooseAgain(state), 'menu');
  return firstOf(state, state.offers) ?? refuse('challenge-unsupported');
}

/** Sends a passcode, or asks for an approval. */
export function deliver(state: Open, offer: Offer, again = false): Transition {
  const waiting = offer.kind === 'sent' ? awaitPasscode(state, offer.factor) : awaitApproval(state, offer.factor);
  return { next: waiting, effect: { kind: 'deliver', offer, again } };
}

/** Nothing could be delivered: the user's own passcode, else what comes behind in their order. */
export function passOn(state: Open, isLimited: boolean): Transition {
  const own = state.offers.find(isOwn);
  if (own !== undefined && state.mayAsk) return ask(awaitPasscode(state, own.factor), 'not-delivered');
  const at = state.state === 'choosing' ? -1 : state.offers.findIndex(({ factor }) => factor === state.current);
  const next = isLimited ? undefined : firstOf(state, state.offers.slice(at + 1));
  return next ?? refuse(isLimited ? 'deliveries-limited' : 'delivery-failed');
}

/** Asks the user, as long as questions are left. */
export function ask(state: Open, notice: Notice, counts = false): Transition {
  if (!state.mayAsk) return refuse('challenge-unsupported', counts);
  if (state.roundsLeft <= 0) return refuse('passcode-wrong', counts);
  return { next: { ...state, roundsLeft: state.roundsLeft - 1 }, effect: { kind: 'ask', notice, counts } };
}

/** Waits for the phone. */
export function hold(state: Open, openId: string): Transition {
  return { next: state, effect: { kind: 'hold', openId } };
}

/** Closes the door. */
export function refuse(reason: Refusal, counts = false): Transition {
  return { next: { state: 'done' }, effect: { kind: 'refuse', reason, counts } };
}

function firstOf(state: Open, offers: readonly Offer[]): Transition | undefined {
  // A client that can show no question gets what needs none; a sent passcode has to be asked for by name there.
  const offer = offers.find(({ kind }) => state.mayAsk || kind === 'approval');
  if (offer === undefined) return undefined;
  return offer.kind === 'own' ? ask(awaitPasscode(state, offer.factor), 'first') : deliver(state, offer);
}
