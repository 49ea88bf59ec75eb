export { decodeBase32, encodeBase32 } from './base32.ts';
export { createCallDialog } from './call-dialog.ts';
export type { CallDialogOptions, CallOutcome, CallQuestion, Recordings } from './call-dialog.ts';
export { callLanguages } from './call-phrases.ts';
export { codeCharacters, createCode, groupCode } from './code.ts';
export type { Addressee, CallOrder, DeliveryLog, DeliveryRecord, Desk, DeskResult, TextOrder } from './desk.ts';
export { createEnrolments } from './enrolments.ts';
export type {
  EnrolledToken,
  Enrollee,
  EnrolmentLink,
  EnrolmentProgress,
  EnrolmentProof,
  Enrolments,
  EnrolmentsDeps,
} from './enrolments.ts';
export { FactorError } from './error.ts';
export type { FactorErrorCode } from './error.ts';
export type {
  FactorName,
  OtpAlgorithm,
  PasscodeCheck,
  PasscodeFactor,
  PasscodeMatch,
  PasscodeToken,
  PasscodeType,
} from './factor.ts';
export type {
  Callback,
  CallbackReply,
  CallbackRequest,
  CallDialog,
  CallStep,
  Channel,
  Delivery,
  Gateway,
  GatewayEvents,
  InboundText,
  PhoneCall,
  Phrase,
  TextMessage,
} from './gateway.ts';
export type { HotpOptions } from './hotp.ts';
export { otpauthUri } from './otpauth.ts';
export type { OtpauthOptions } from './otpauth.ts';
export { passcodeFactors } from './passcode-factors.ts';
export type { PasscodeFactorsOptions } from './passcode-factors.ts';
export { passcodeAt } from './passcode.ts';
export { pinProblem } from './pin.ts';
export type {
  PushAnswer,
  PushChannel,
  PushDevice,
  PushDevices,
  PushEnrolment,
  PushEvents,
  PushPrompt,
  PushProtocol,
  PushReceipt,
} from './push.ts';
export { resync, RESYNC_CLOCK_SECONDS, RESYNC_COUNTERS } from './resync.ts';
export type { Resync } from './resync.ts';
export { createShortCode, normaliseShortCode } from './short-code.ts';
export { createTokenSecret, judgeSecret, newSecretOctets } from './token-secret.ts';
export type { SecretJudgement } from './token-secret.ts';
export { otpAlgorithms, passcodeDigits, passcodeShapeProblem, periodBounds } from './token-shape.ts';
export type { PasscodeDigits, PasscodeShape } from './token-shape.ts';
export type { TotpOptions } from './totp.ts';
