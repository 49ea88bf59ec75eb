/*
 * Where a user puts the passcode beside the password: `password,123456`, `password123456`, or OpenVPN's
 * `SCRV1:base64(password):base64(passcode)`. Octets throughout; what looks like none of these is a password.
 */

/** A password field taken apart. */
export interface SplitPassword {
  readonly password: Buffer;
  readonly passcode: Buffer;
}

/** How a client's users may append a passcode. */
export interface AppendOptions {
  /** `undefined`: not by delimiter. */
  readonly passcodeDelimiter: string | undefined;
}

const MIN_DIGITS = 6;
const MAX_DIGITS = 8;
const SCRV1 = Buffer.from('SCRV1:');
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The passcode digits in an answer, spaces left out; `undefined` when it has not the form of a passcode. */
export function readPasscode(octets: Buffer): Buffer | undefined {
  const digits = octets.filter((octet) => octet !== 0x20);
  const isPasscode = digits.length >= MIN_DIGITS && digits.length <= MAX_DIGITS && digits.every(isDigit);
  return isPasscode ? Buffer.from(digits) : undefined;
}

/** Password and passcode where the form of the field itself says so; `undefined` otherwise. */
export function splitMarked(field: Buffer, options: AppendOptions): SplitPassword | undefined {
  return splitStaticChallenge(field) ?? splitDelimited(field, options.passcodeDelimiter);
}

/** Every way in which the end of the field could be a glued passcode, longest passcode first. */
export function gluedCandidates(field: Buffer): SplitPassword[] {
  let digits = 0;
  while (digits < MAX_DIGITS && digits < field.length && isDigit(field[field.length - 1 - digits] ?? 0)) digits += 1;
  const candidates: SplitPassword[] = [];
  for (let length = digits; length >= MIN_DIGITS; length -= 1) {
    const at = field.length - length;
    candidates.push({ password: field.subarray(0, at), passcode: field.subarray(at) });
  }
  return candidates;
}

function splitStaticChallenge(field: Buffer): SplitPassword | undefined {
  if (!field.subarray(0, SCRV1.length).equals(SCRV1)) return undefined;
  const [password, passcode, ...rest] = field.toString('latin1', SCRV1.length).split(':');
  if (password === undefined || passcode === undefined || rest.length > 0) return undefined;
  if (!BASE64.test(password) || !BASE64.test(passcode)) return undefined;
  return { password: Buffer.from(password, 'base64'), passcode: Buffer.from(passcode, 'base64') };
}

function splitDelimited(field: Buffer, delimiter: string | undefined): SplitPassword | undefined {
  if (delimiter === undefined) return undefined;
  const at = field.lastIndexOf(delimiter, undefined, 'utf8');
  if (at < 0) return undefined;
  const passcode = readPasscode(field.subarray(at + Buffer.byteLength(delimiter)));
  return passcode === undefined ? undefined : { password: field.subarray(0, at), passcode };
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}
