export { transition, openChallenge } from './machine.ts';
export type { Answer, AwaitingPasscode, ChallengeLimits, Notice, Refusal } from './machine.ts';
export { createSecondDoor } from './second-door.ts';
export type { Passage, SecondDoor, Settlement, Visitor, WrongThen } from './second-door.ts';
export type { Bearer, ChallengeSession, PendingLogin, Question, SessionStore, Taken } from './session.ts';
export { createStateTokens, MAX_OWNER_OCTETS } from './state-token.ts';
export type { IssuedState, ReadState, StateTokens } from './state-token.ts';
