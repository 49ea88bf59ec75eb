import { describe, expect, it } from 'vitest';
import { adReason } from '../../../../src/primary/ldap/ad-reason.ts';

const message = (code: string): string =>
  `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data ${code}, v4563\0`;

describe('the sub-codes of Active Directory', () => {
  it.each([
    ['525', 'user-unknown'],
    ['52e', 'wrong-password'],
    ['52E', 'wrong-password'],
    ['0000052e', 'wrong-password'],
    ['530', 'logon-hours'],
    ['531', 'workstation-denied'],
    ['532', 'password-expired'],
    ['533', 'account-disabled'],
    ['701', 'account-expired'],
    ['773', 'password-must-change'],
    ['775', 'account-locked'],
  ])('reads data %s as %s', (code, reason) => {
    expect(adReason(message(code))).toBe(reason);
  });

  it('knows nothing of other messages', () => {
    for (const text of ['', 'data', 'data 99', 'metadata 52e5', 'Invalid credentials', 'data constructor']) {
      expect(adReason(text), text).toBeUndefined();
    }
  });
});
