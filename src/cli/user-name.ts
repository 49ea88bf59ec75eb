// RFC 2865 §5.1: a User-Name carries at most 253 octets.
const MAX_NAME_OCTETS = 253;

// No User-Name with one of these is ever accepted: controls, what turns the direction of text, undecodable octets.
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/u;

/** Why nobody can be called that, as a sentence without a full stop; `undefined` when somebody can. */
export function userNameProblem(name: string): string | undefined {
  const text = name.normalize('NFC');
  if (text === '') return 'the user name is empty';
  if (text.trim() !== text) return 'the user name begins or ends with a space';
  if (!text.isWellFormed() || FORBIDDEN.test(text)) return 'the user name holds a control character';
  if (Buffer.byteLength(text) > MAX_NAME_OCTETS) return `the user name is longer than ${MAX_NAME_OCTETS} octets`;
  return undefined;
}
