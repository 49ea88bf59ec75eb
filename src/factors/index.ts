export type {
  OtpAlgorithm,
  PasscodeCheck,
  PasscodeFactor,
  PasscodeMatch,
  PasscodeToken,
  PasscodeType,
} from './factor.ts';
