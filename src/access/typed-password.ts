import { MAX_PASSWORD_OCTETS } from '../radius/index.ts';
import { decodeText } from './username.ts';

// NUL ends a password on its way (RFC 2865 §5.2), and no keyboard has the others.
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A new password as text, by the client's charset; `undefined` when it can be none: empty, too long, not text. */
export function readNewPassword(octets: Buffer, charset: 'utf-8' | 'latin1'): string | undefined {
  if (octets.length === 0 || octets.length > MAX_PASSWORD_OCTETS) return undefined;
  const text = decodeText(octets, charset);
  return text === undefined || CONTROL.test(text) ? undefined : text;
}
