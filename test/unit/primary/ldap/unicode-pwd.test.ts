import { ModifyRequest } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/lib/secret.ts';
import { changeMessage, changeResult } from '../../../../src/primary/ldap/unicode-pwd.ts';

describe('a change of unicodePwd', () => {
  it('deletes the old value and adds the new one in one operation, in quotation marks and UTF-16', () => {
    const message = changeMessage(7, 'CN=alice', { old: Secret.fromText('Old1'), fresh: Secret.fromText('Né"€') });
    const quoted = (text: string): string => Buffer.from(text, 'utf16le').toString('latin1');
    const wire = message.toString('latin1');
    expect(wire.indexOf(quoted('"Old1"'))).toBeGreaterThan(0);
    expect(wire.indexOf(quoted('"Né"€"'))).toBeGreaterThan(wire.indexOf(quoted('"Old1"')));
    expect(new ModifyRequest({ messageId: 7 }).protocolOperation).toBe(message[5]);
  });
});

describe('what Active Directory says to it', () => {
  it.each([
    [0, '', 'changed'],
    [19, '0000052D: AtrErr: DSID-03191083, #1:\n\t0: 0000052D: DSID-03191083, problem 1005', 'policy'],
    [53, '0000052D: SvcErr: DSID-031A1254, problem 5003 (WILL_NOT_PERFORM), data 0', 'policy'],
    [19, '0000052D: Constraint violation - check_password_restrictions: password is too young to change!', 'too-soon'],
    [19, '0000052D: Constraint violation - … the password was already used (in history)!', 'history'],
    [19, '00000056: AtrErr: DSID-03191083, #1:', 'wrong-password'],
    [19, '00000775: Password change not permitted, account locked out!', 'account-locked'],
    [53, '0000001F: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0', 'not-permitted'],
    [50, '00000005: SecErr: DSID-03152D2E, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0', 'not-permitted'],
    [19, 'words of another product', 'not-permitted'],
  ])('result %d with "%s" means: %s', (code, message, meaning) => {
    const result = changeResult(code, message);
    expect(result?.kind === 'refused' ? result.reason : result?.kind).toBe(meaning);
  });

  it('is nothing about the password where the directory has other troubles', () => {
    expect(changeResult(51, 'busy')).toBeUndefined();
    expect(changeResult(80, '')).toBeUndefined();
  });
});
