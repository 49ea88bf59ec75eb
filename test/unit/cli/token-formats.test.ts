import { describe, expect, it } from 'vitest';
import { formatNames } from '../../../src/cli/import/formats/index.ts';
import { tokenFormatContract } from '../../contract/token-format.ts';
import type { TokenFormatContract } from '../../contract/token-format.ts';
import { formatsOf, readAs } from '../../support/token-file.ts';

const base32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const hex = '3132333435363738393031323334353637383930';
const other = '4132333435363738393031323334353637383930';
const base64 = 'MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=';

const totp = { type: 'totp', digits: 6, algorithm: 'sha1', periodSeconds: 30, nextCounter: 0, secret: hex };
const hotp = { ...totp, type: 'hotp' };

const keyPackage = (serial: string, algorithm: string, rest = ''): string =>
  `<KeyPackage><DeviceInfo><SerialNo>${serial}</SerialNo></DeviceInfo><Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:${algorithm}">
<AlgorithmParameters><Suite>HMAC-SHA256</Suite><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret><PlainValue>${base64}</PlainValue></Secret>${rest}</Data><UserId>UID=alice,DC=example</UserId></Key></KeyPackage>
`;

const examples: readonly TokenFormatContract[] = [
  {
    name: 'csv',
    text: `username,serial,secret\nalice,SN-1,${base32}\nbob,SN-2,${base32}\n`,
    rows: [
      { line: 2, serial: 'SN-1', username: 'alice', ...totp },
      { line: 3, serial: 'SN-2', username: 'bob', ...totp },
    ],
    damage: { piece: 'bob,SN-2', by: 'bob,"SN-2', line: 3 },
  },
  {
    name: 'entra',
    text: `upn,serial number,secret key,time interval,manufacturer,model\nalice@example.com,1,${base32},60,Example,c200\n`,
    rows: [{ line: 2, serial: '1', username: 'alice@example.com', ...totp, periodSeconds: 60 }],
    damage: { piece: ',60,', by: ',1,', line: 2 },
  },
  {
    name: 'azure-mfa-server',
    text: `5100000001,${base32},60\n5100000002,${base32},30\n5100000003,${base32},30\n`,
    rows: [
      { line: 1, serial: '5100000001', ...totp, periodSeconds: 60 },
      { line: 2, serial: '5100000002', ...totp },
      { line: 3, serial: '5100000003', ...totp },
    ],
    damage: { piece: '5100000002,G', by: '5100000002,!', line: 2 },
  },
  {
    name: 'privacyidea',
    text: `# tokens\nOATH1,${hex},hotp,6,7\nOATH2,${hex},totp,8,60\nOATH3,${hex},totp,6,30\n`.replace(',6,7', ',6'),
    rows: [
      { line: 2, serial: 'OATH1', ...hotp },
      { line: 3, serial: 'OATH2', ...totp, digits: 8, periodSeconds: 60 },
      { line: 4, serial: 'OATH3', ...totp },
    ],
    damage: { piece: 'totp,8', by: 'totp,9', line: 3 },
  },
  {
    name: 'linotp',
    text: `OATH1,${hex},hotp,6,,sha512\nOATH2,${hex},totp,8,60,sha256\nOATH3,${hex},,,\n`,
    rows: [
      { line: 1, serial: 'OATH1', ...hotp, algorithm: 'sha512' },
      { line: 2, serial: 'OATH2', ...totp, digits: 8, periodSeconds: 60, algorithm: 'sha256' },
      { line: 3, serial: 'OATH3', ...hotp },
    ],
    damage: { piece: 'OATH3,3', by: 'OATH3,x', line: 3 },
  },
  {
    name: 'multiotp',
    text: `ABCDEF012300;multiOTP demo;HOTP;${hex};6;41\nABCDEF012301;multiOTP demo;TOTP;${other};6;60\nABCDEF012302;demo;mOTP;${hex};6;10\n`,
    rows: [
      { line: 1, serial: 'ABCDEF012300', ...hotp, nextCounter: 41 },
      { line: 2, serial: 'ABCDEF012301', ...totp, periodSeconds: 60, secret: other },
      { line: 3, serial: 'ABCDEF012302', reason: 'the type is neither totp nor hotp' },
    ],
    damage: { piece: other, by: other.slice(1), line: 2 },
  },
  {
    name: 'yubico',
    text: `LOGGING START,12/11/2026 11:10
Yubico OTP,12/11/2026 11:10,1,vvgutbiedkvi,ab86c04de6a3,d26a7c0f85fdda28bd816e406342b214,,,0,0,0,0,0,0,0,0,0,0
OATH-HOTP,11.12.26 18:55,1,cccccccccccc,,${hex},,,0,0,0,6,0,0,0,0,0,0
OATH-HOTP,1/2/26, 3:04 PM,2,,,${other},,,0,0,0,8,1024,0,0,0,0,0
Static Password,11.12.26 19:08,1,,d5a3d50327dc,0e8e37b0e38b314a56748c030f58d21d,,,0,0,0,0,0,0,0,0,0,0
`,
    rows: [
      { line: 2, serial: '', reason: 'this is no OATH-HOTP: other modes of a YubiKey are not supported' },
      { line: 3, serial: 'cccccccccccc-1', ...hotp },
      { line: 4, serial: 'yubikey-40d33448ef', ...hotp, secret: other, digits: 8, nextCounter: 1024 },
      { line: 5, serial: '', reason: 'this is no OATH-HOTP: other modes of a YubiKey are not supported' },
    ],
    damage: { piece: '0,8,1024', by: '0,9,1024', line: 4 },
  },
  {
    name: 'pskc',
    text: `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc">
${keyPackage('1', 'hotp', '<Counter><PlainValue>7</PlainValue></Counter>')}${keyPackage('2', 'totp', '<TimeInterval><PlainValue>60</PlainValue></TimeInterval>')}</KeyContainer>
`,
    rows: [
      { line: 3, serial: '1', username: 'alice', ...hotp, digits: 8, algorithm: 'sha256', nextCounter: 7 },
      { line: 6, serial: '2', username: 'alice', ...totp, digits: 8, algorithm: 'sha256', periodSeconds: 60 },
    ],
    damage: { piece: '<PlainValue>60<', by: '<PlainValue>sixty<', line: 6 },
  },
];

for (const example of examples) tokenFormatContract(example);

describe('token formats', () => {
  it('all keep the contract', () => {
    expect(examples.map(({ name }) => name)).toEqual(formatNames);
  });

  it.each([
    ['a key of 32 octets', `OATH1,${hex}${hex.slice(0, 24)},totp,6,30\n`],
    ['a counter', `OATH1,${hex},hotp,6,41\n`],
  ])('are ambiguous where privacyIDEA and LinOTP read another token: %s', async (_, text) => {
    expect(await formatsOf(text)).toEqual(['privacyidea', 'linotp']);
    const [asPrivacyIdea, asLinOtp] = [await readAs('privacyidea', text), await readAs('linotp', text)];
    expect(asPrivacyIdea.rows).not.toEqual(asLinOtp.rows);
  });

  it('read the users of version 2 of privacyIDEA', async () => {
    const text = `# version: 2\nalice,corp,example,OATH1,${hex},totp,6,60\n,,,OATH2,${hex},hotp,6,9\n`;
    expect(await formatsOf(text)).toEqual(['privacyidea']);
    expect((await readAs('privacyidea', text)).rows).toEqual([
      { line: 2, serial: 'OATH1', username: 'alice', ...totp, periodSeconds: 60 },
      { line: 3, serial: 'OATH2', ...hotp, nextCounter: 9 },
    ]);
  });

  it('say that a YubiKey types its identifier in front of the passcode', async () => {
    const text = `OATH-HOTP,t,1,cccccccccccc,,${hex},,,0,0,0,6,0,0,0,0,0,0\n`;
    expect((await readAs('yubico', text)).notes).toHaveLength(1);
    expect((await readAs('yubico', text.replace('cccccccccccc', ''))).notes).toEqual([]);
  });
});
