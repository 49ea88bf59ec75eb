export type {
  AdmissionClaim,
  AuditEvent,
  BlockClaim,
  CodeClaim,
  FailureClaim,
  Ledger,
  PasscodeClaim,
} from './audit.ts';
export { codeKinds } from './codes.ts';
export type { Code, CodeDigest, CodeKind } from './codes.ts';
export type { Directory, LoginUser } from './directory.ts';
export type { KnownPerson, People } from './people.ts';
export { acceptReasons, challengeReasons, denialReasons, silenceReasons } from './reason.ts';
export type { AcceptReason, ChallengeReason, DenialReason, Reason, SilenceReason } from './reason.ts';
export type { AccessRequest, Decide, Decision, RequestClient, UserAddressSource } from './request.ts';
export type { Verdict } from './verdict.ts';
export { createDecide } from './decide.ts';
export { createLoopGuard } from './loop-guard.ts';
export type { ForwardedRequest, LoopGuard } from './loop-guard.ts';
export { otherNames } from './other-names.ts';
export type { Alert, Alerts } from './alerts.ts';
export { createOpeningWatch, MAX_OPENING_MS } from './openings.ts';
export type { Opening, Openings, OpeningWatch } from './openings.ts';
export type { NewRememberedLogin, RememberedLogin, RememberedLogins } from './remembered-logins.ts';
export type { CallOptions, CallOutcome, CreateCall } from './courier.ts';
export type {
  AccessDeps,
  AccessLimits,
  AccessSettings,
  AuditFields,
  DeliverySettings,
  Enrolments,
  PasswordBox,
  RelayAttributes,
} from './deps.ts';
export { createFacts } from './visit-facts.ts';
export type { KnownFacts } from './visit-facts.ts';
