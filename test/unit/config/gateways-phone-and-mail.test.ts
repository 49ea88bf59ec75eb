import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  asteriskGatewaySchema,
  smppGatewaySchema,
  smtpGatewaySchema,
} from '../../../src/config/schema/gateways-phone-and-mail.ts';

const union = z.discriminatedUnion('type', [smppGatewaySchema, smtpGatewaySchema, asteriskGatewaySchema]);
const smpp = { type: 'smpp', host: 'smsc.example.com', systemId: 'sallyport', password: { env: 'SMSC' } };
const smtp = { type: 'smtp', host: 'mail.example.com', from: 'Sallyport <noreply@example.com>' };
const asterisk = {
  type: 'asterisk',
  url: 'http://127.0.0.1:8088',
  username: 'sallyport',
  password: 'secret',
  endpoint: 'PJSIP/{{digits}}@trunk',
};

const faults = (value: object) => union.safeParse(value).error?.issues.map(({ path, message }) => [path[0], message]);

describe('gateways for phones and mail', () => {
  it.each([smpp, smtp, asterisk])('need little: $type', (given) => {
    expect(union.safeParse(given).success).toBe(true);
  });

  it('encrypt mail unless told otherwise', () => {
    expect(union.parse(smtp)).toMatchObject({ security: 'starttls', port: 587 });
  });

  it('send no password of a mail server in clear', () => {
    const open = { ...smtp, security: 'none', username: 'u', password: 'p' };
    expect(faults(open)).toEqual([['security', expect.stringContaining('not encrypted')]]);
    expect(faults({ ...smtp, security: 'none' })).toBeUndefined();
  });

  it('have a user and a password at a mail server, or neither', () => {
    expect(faults({ ...smtp, username: 'u' })).toEqual([['password', expect.any(String)]]);
    expect(faults({ ...smtp, password: 'p' })).toEqual([['username', expect.any(String)]]);
  });

  it.each([
    [{ ...smtp, from: 'me@example.com\nBcc: all@example.com' }, 'from'],
    [{ ...smpp, host: 'smsc example' }, 'host'],
    [{ ...smpp, country: 'Denmark' }, 'country'],
    [{ ...smpp, systemId: 'a'.repeat(16) }, 'systemId'],
    [{ ...asterisk, url: 'ftp://127.0.0.1' }, 'url'],
    [{ ...asterisk, endpoint: 'PJSIP/trunk' }, 'endpoint'],
    [{ ...asterisk, speech: 'sound:http://tts.example.com/' }, 'speech'],
    [{ ...asterisk, username: 'a:b' }, 'username'],
  ])('are refused: %j', (given, key) => {
    expect(faults(given)).toEqual([[key, expect.any(String)]]);
  });

  it('can be shown to editors as a JSON Schema', () => {
    expect(() => z.toJSONSchema(union, { io: 'input' })).not.toThrow();
  });
});
