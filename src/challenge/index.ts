export { transition } from './machine.ts';
export type { ChallengeEvent } from './machine.ts';
export type { ChallengeEffect, Notice, Refusal, Transition } from './moves.ts';
export type { LoginKey, OpenFactor, OpenFactors, Opening, Outcome, Reached, Send, Sending } from './open-factor.ts';
export { createOpenFactors } from './open-factors.ts';
export { createSecondDoor } from './second-door.ts';
export type { Delivered, Found, Passage, SecondDoor, Settlement, Visitor, WrongThen } from './second-door.ts';
export type {
  Bearer,
  ChallengeSession,
  NewPasswordChoice,
  PendingLogin,
  Question,
  SessionStore,
  StalePassword,
  Taken,
} from './session.ts';
export { createStateTokens, MAX_OWNER_OCTETS } from './state-token.ts';
export type { IssuedState, ReadState, StateTokens } from './state-token.ts';
export { openChallenge } from './states.ts';
export type {
  Answer,
  AwaitingApproval,
  AwaitingPasscode,
  ChallengeState,
  ChallengeLimits,
  Choosing,
  FactorWord,
  Offer,
  Open,
  Word,
} from './states.ts';
