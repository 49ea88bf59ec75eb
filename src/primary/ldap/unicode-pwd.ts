import { Attribute, Change, ModifyRequest } from 'ldapts';
import type { PasswordChange, PasswordChangeResult } from '../primary.ts';

// Result codes of RFC 4511 §4.1.9 with which Active Directory refuses a password.
const Refusal = {
  noSuchAttribute: 16,
  constraintViolation: 19,
  insufficientAccess: 50,
  unwillingToPerform: 53,
} as const;

// The Windows error at the beginning of the directory's own words (winerror.h): `0000052D: SvcErr: …`.
const ERROR = /^0*([0-9a-f]{1,8}):/i;
const reasons: ReadonlyMap<string, Reason> = new Map([
  ['56', 'wrong-password'], // ERROR_INVALID_PASSWORD: the old one
  ['52d', 'policy'], // ERROR_PASSWORD_RESTRICTION: length, kinds of characters, history, or too young
  ['775', 'account-locked'], // ERROR_ACCOUNT_LOCKED_OUT
  ['5', 'not-permitted'], // ERROR_ACCESS_DENIED
]);

// What Samba adds; Windows tells none of these apart.
const TOO_SOON = /too young/i;
const IN_HISTORY = /already used/i;

type Reason = Extract<PasswordChangeResult, { kind: 'refused' }>['reason'];

/**
 * Changes `unicodePwd` as its owner would: the old value deleted and the new one added in one operation, so that the
 * directory checks the old one and holds its rules (MS-ADTS §3.1.1.3.1.5). Whoever may read may send this for any user.
 */
export function changeMessage(messageId: number, dn: string, { old, fresh }: PasswordChange): Buffer {
  const values = (secret: PasswordChange['old']): Attribute => {
    return new Attribute({ type: 'unicodePwd', values: [quoted(secret.reveal().toString('utf8'))] });
  };
  const changes = [
    new Change({ operation: 'delete', modification: values(old) }),
    new Change({ operation: 'add', modification: values(fresh) }),
  ];
  return new ModifyRequest({ messageId, dn, changes }).write();
}

/** What a directory says to that; `undefined`: nothing that concerns a password. */
export function changeResult(code: number, message: string): PasswordChangeResult | undefined {
  if (code === 0) return { kind: 'changed' };
  const reason = reasonOf(code, message);
  return reason === undefined ? undefined : { kind: 'refused', reason };
}

function reasonOf(code: number, message: string): Reason | undefined {
  switch (code) {
    case Refusal.constraintViolation:
    case Refusal.unwillingToPerform:
    case Refusal.noSuchAttribute:
      return restriction(message) ?? 'not-permitted';
    case Refusal.insufficientAccess:
      return 'not-permitted';
  }
  return undefined;
}

function restriction(message: string): Reason | undefined {
  const reason = reasons.get(ERROR.exec(message)?.[1]?.toLowerCase() ?? '');
  if (reason !== 'policy') return reason;
  if (TOO_SOON.test(message)) return 'too-soon';
  return IN_HISTORY.test(message) ? 'history' : 'policy';
}

// UTF-16, little-endian, in quotation marks.
function quoted(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le');
}
