import type { FactorWord, Word } from '../challenge/index.ts';

/*
 * Where a user puts the passcode beside the password: `password,123456`, `password123456`, or OpenVPN's
 * `SCRV1:base64(password):base64(passcode)`. Octets throughout; what looks like none of these is a password.
 */

/** A password field taken apart. */
export interface SplitPassword {
  readonly password: Buffer;
  readonly passcode: Buffer;
}

/** A password with a word behind it that chooses a factor. */
export interface ChosenBehind {
  readonly password: Buffer;
  readonly word: Word;
}

/** What may be typed as passcode by this user. */
export interface PasscodeForm {
  /** A PIN in front of it. */
  readonly hasPin: boolean;
  /** Backup or bypass codes: letters and digits. */
  readonly hasCodes: () => boolean;
}

/** How a client's users may append a passcode. */
export interface AppendOptions {
  /** `undefined`: not by delimiter. */
  readonly passcodeDelimiter: string | undefined;
}

const DIGITS_ONLY: PasscodeForm = { hasPin: false, hasCodes: () => false };
const MAX_WORD_OCTETS = 10;
/** Words that choose a factor. */
export const factorWords: Readonly<Record<FactorWord, true>> = {
  push: true,
  sms: true,
  call: true,
  email: true,
  code: true,
  resend: true,
};
const MAX_CODE_OCTETS = 32;
const MIN_DIGITS = 6;
const MAX_DIGITS = 8;
// PINs have at most 16 digits.
const MAX_PIN_DIGITS = 16;
const CODE = /^[0-9A-Za-z]{10,16}$/;
const SCRV1 = Buffer.from('SCRV1:');
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The passcode in an answer, spaces and the hyphens of codes left out; `undefined` when it has not the form of one. */
export function readPasscode(octets: Buffer, form: PasscodeForm = DIGITS_ONLY): Buffer | undefined {
  const digits = octets.filter((octet) => octet !== 0x20);
  const maxDigits = form.hasPin ? MAX_PIN_DIGITS + MAX_DIGITS : MAX_DIGITS;
  const isPasscode = digits.length >= MIN_DIGITS && digits.length <= maxDigits && digits.every(isDigit);
  if (isPasscode) return Buffer.from(digits);
  if (octets.length > MAX_CODE_OCTETS) return undefined;
  const code = octets.toString('latin1').replace(/[ -]/g, '');
  return CODE.test(code) && form.hasCodes() ? Buffer.from(code.toUpperCase(), 'latin1') : undefined;
}

/** The word in an answer that chooses a factor, or one digit; `undefined` when it is none. */
export function readWord(octets: Buffer): Word | undefined {
  if (octets.length === 0 || octets.length > MAX_WORD_OCTETS) return undefined;
  const word = octets.toString('latin1').trim().toLowerCase();
  if (/^[1-9]$/.test(word)) return word as Word;
  return isFactorWord(word) ? word : undefined;
}

/** Password and a word behind the delimiter; `undefined` where there is none. A number means nothing there. */
export function splitChosen(field: Buffer, options: AppendOptions): ChosenBehind | undefined {
  const at = delimiterAt(field, options.passcodeDelimiter);
  if (at === undefined) return undefined;
  const word = readWord(field.subarray(at.to));
  const isChoice = word !== undefined && word !== 'resend' && !/^\d$/.test(word);
  return isChoice ? { password: field.subarray(0, at.from), word } : undefined;
}

/** Password and passcode where the form of the field itself says so; `undefined` otherwise. */
export function splitMarked(
  field: Buffer,
  options: AppendOptions,
  form: PasscodeForm = DIGITS_ONLY,
): SplitPassword | undefined {
  return splitStaticChallenge(field) ?? splitDelimited(field, options.passcodeDelimiter, form);
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

function splitDelimited(field: Buffer, delimiter: string | undefined, form: PasscodeForm): SplitPassword | undefined {
  const at = delimiterAt(field, delimiter);
  if (at === undefined) return undefined;
  const passcode = readPasscode(field.subarray(at.to), form);
  return passcode === undefined ? undefined : { password: field.subarray(0, at.from), passcode };
}

function delimiterAt(field: Buffer, delimiter: string | undefined): { from: number; to: number } | undefined {
  if (delimiter === undefined) return undefined;
  const from = field.lastIndexOf(delimiter, undefined, 'utf8');
  return from < 0 ? undefined : { from, to: from + Buffer.byteLength(delimiter) };
}

function isFactorWord(word: string): word is FactorWord {
  return Object.hasOwn(factorWords, word);
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}
