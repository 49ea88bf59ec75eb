import { generateURI } from 'otplib';
import type { PasscodeToken } from './factor.ts';
import { encodeBase32 } from './base32.ts';
import { requirePasscodeShape } from './token-shape.ts';

/** What an authenticator app needs to know of a token. */
export interface OtpauthOptions {
  /** Who has made the token; stands above the code in the app. A colon in it becomes a space. */
  readonly issuer: string;
  /** Whose it is; stands below the code. */
  readonly account: string;
  readonly token: Pick<PasscodeToken, 'type' | 'secret' | 'digits' | 'algorithm' | 'periodSeconds'>;
  /** HOTP: the counter the app shows first. */
  readonly counter?: number;
}

/**
 * The `otpauth://` address that apps read from a QR code (Google Authenticator's "Key Uri Format"). Defaults (sha1, 6
 * digits, 30 seconds) are left out, as apps expect. It contains the secret: show it, never log it.
 */
export function otpauthUri(options: OtpauthOptions): string {
  const { type, secret, digits, algorithm, periodSeconds } = requirePasscodeShape(options.token);
  return generateURI({
    strategy: type,
    // The label is `issuer:account`: a colon inside the issuer would move the border.
    issuer: options.issuer.replaceAll(':', ' '),
    label: options.account,
    secret: encodeBase32(secret.reveal()),
    algorithm,
    digits,
    period: periodSeconds,
    counter: options.counter ?? 0,
  });
}
