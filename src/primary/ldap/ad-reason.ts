import type { PrimaryResult } from '../primary.ts';

/** Why a first door refused. */
export type Rejection = Extract<PrimaryResult, { kind: 'rejected' }>['reason'];

// The sub-codes are Windows errors (winerror.h) in hexadecimal, without leading zeros.
const reasons: ReadonlyMap<string, Rejection> = new Map([
  ['525', 'user-unknown'], // ERROR_NO_SUCH_USER
  ['52e', 'wrong-password'], // ERROR_LOGON_FAILURE
  ['530', 'logon-hours'], // ERROR_INVALID_LOGON_HOURS
  ['531', 'workstation-denied'], // ERROR_INVALID_WORKSTATION
  ['532', 'password-expired'], // ERROR_PASSWORD_EXPIRED
  ['533', 'account-disabled'], // ERROR_ACCOUNT_DISABLED
  ['701', 'account-expired'], // ERROR_ACCOUNT_EXPIRED
  ['773', 'password-must-change'], // ERROR_PASSWORD_MUST_CHANGE
  ['775', 'account-locked'], // ERROR_ACCOUNT_LOCKED_OUT
]);

const SUB_CODE = /\bdata ([0-9a-f]{1,8})\b/i;

/**
 * Why Active Directory refused a bind with invalidCredentials (49): the sub-code in the diagnostic message, as in
 * `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 532, v4563`; `undefined` where the message
 * has none that is known.
 */
export function adReason(diagnosticMessage: string): Rejection | undefined {
  const [, code = ''] = SUB_CODE.exec(diagnosticMessage) ?? [];
  return reasons.get(code.toLowerCase().replace(/^0+(?=.)/, ''));
}
