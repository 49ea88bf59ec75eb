/** Why a factor could not work with what it was given. */
export type FactorErrorCode =
  /** Not Base32 (RFC 4648 §6). */
  | 'base32-invalid'
  /** Digits, algorithm, period or key outside what a passcode factor computes. */
  | 'token-invalid';

/** Malformed input to the factors; the message never quotes a secret. */
export class FactorError extends Error {
  readonly code: FactorErrorCode;

  constructor(code: FactorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FactorError';
    this.code = code;
  }
}
