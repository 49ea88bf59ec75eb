export type {
  Activation,
  BegunToken,
  BypassCode,
  BlockView,
  EndedSessionView,
  LimitAdministration,
  OpeningAdministration,
  OpeningView,
  OpenPrompt,
  RememberedView,
  TakenAway,
  TokenAdministration,
  TokenType,
  TokenView,
  TokenWish,
  UserAdministration,
  UserView,
} from './administration.ts';
export type { ApiKey, ApiRight } from './api-keys.ts';
export type { ApiRooms } from './api-operations.ts';
export type { ApiDeps } from './api.ts';
export type { MountedCallback } from './callbacks.ts';
export { createConsole } from './console.ts';
export type { Console, ConsoleDeps, ConsoleOptions, MetricsSource } from './console.ts';
export type { EnrolmentDeps } from './enrolment.ts';
export { ConsoleError } from './error.ts';
export type { ConsoleErrorCode } from './error.ts';
export type { ReadinessCheck } from './readiness.ts';
