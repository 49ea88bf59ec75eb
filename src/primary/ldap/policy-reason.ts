import type { Rejection } from './ad-reason.ts';

// draft-behera-ldap-password-policy-10 §6.2. The others are about changes of a password.
const reasons: readonly Rejection[] = ['password-expired', 'account-locked', 'password-must-change'];

/**
 * What the password policy of a directory (OpenLDAP's overlay `ppolicy` and others) has against a bind, which may have succeeded:
 * after a reset it is for a change alone. `undefined`: nothing.
 */
export function policyReason(policyError: number | undefined): Rejection | undefined {
  return policyError === undefined ? undefined : reasons[policyError];
}
