import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Attribute } from '../../../src/radius/attribute.ts';
import { loadDictionary, readDictionary } from '../../../src/radius/dictionary/index.ts';
import { dumpAttributes, dumpPacket, quoteText } from '../../../src/radius/dump.ts';
import { octets } from '../../support/octets.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../../dictionaries'));

function dump(type: number, value: Buffer | string): string {
  return dumpAttributes([{ type, value: typeof value === 'string' ? octets(value) : value }], dictionary).join('\n');
}

function vendor(id: number, body: string): Attribute {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(id);
  return { type: 26, value: Buffer.concat([header, octets(body)]) };
}

test('shows code, identifier, length and one line an attribute', () => {
  const attributes = [
    { type: 1, value: Buffer.from('alice') },
    { type: 2, value: octets('00112233445566778899aabbccddeeff') },
    { type: 4, value: octets('c0000210') },
    { type: 61, value: octets('00000005') },
    { type: 24, value: octets('01ff') },
    { type: 80, value: Buffer.alloc(16, 0xab) },
    vendor(311, '2f06 00000001 3204 6131'),
    vendor(9, '0113 6461 63 6c2d 6e61 6d65 3d56 504e 2d41 434c'),
  ];
  expect(dumpPacket({ code: 1, identifier: 7, attributes }, dictionary)).toBe(
    [
      'Access-Request Id 7 Length 120',
      '  User-Name = "alice"',
      '  User-Password = [hidden]',
      '  NAS-IP-Address = 192.0.2.16',
      '  NAS-Port-Type = Virtual',
      '  State = 0x01ff',
      '  Message-Authenticator = 0xabababababababababababababababab',
      '  MS-Network-Access-Server-Type = Terminal-Server-Gateway',
      '  MS-Machine-Name = "a1"',
      '  Cisco-AVPair = "dacl-name=VPN-ACL"',
    ].join('\n'),
  );
});

test('shows the code of a packet that it has no name for', () => {
  expect(dumpPacket({ code: 43, identifier: 255, attributes: [] }, dictionary)).toBe('Code-43 Id 255 Length 20');
});

describe('hides', () => {
  test.each<[string, Attribute]>([
    ['User-Password', { type: 2, value: Buffer.from('hunter2') }],
    ['CHAP-Password', { type: 3, value: Buffer.from('hunter2') }],
    ['Tunnel-Password', { type: 69, value: Buffer.from('\u0001hunter2') }],
    ['ARAP-Password', { type: 70, value: Buffer.from('hunter2') }],
    ['Digest-Response', { type: 103, value: Buffer.from('hunter2') }],
    ['MS-CHAP-Response', vendor(311, `0134${'ab'.repeat(50)}`)],
    ['MS-CHAP-NT-Enc-PW', vendor(311, '0604abab')],
    ['MS-CHAP-MPPE-Keys', vendor(311, `0c1a${'ab'.repeat(24)}`)],
    ['MS-MPPE-Send-Key', vendor(311, '1004abab')],
    ['MS-MPPE-Recv-Key', vendor(311, '1104abab')],
    ['MS-CHAP2-Response', vendor(311, `1934${'ab'.repeat(50)}`)],
    ['MS-CHAP2-Success', vendor(311, '1a04abab')],
    ['MS-CHAP2-CPW', vendor(311, '1b04abab')],
    ['Ascend-Send-Secret', vendor(529, 'd604abab')],
    ['Cisco-Subscriber-Password', vendor(9, 'f904abab')],
    ['SN-PPP-Outbound-Password', vendor(8164, '000f0006abab')],
  ])('%s, of the right length or not', (name, attribute) => {
    const [line] = dumpAttributes([attribute], dictionary);
    expect(line?.replace(/:1 /, ' ')).toBe(`${name} = [hidden]`);
    const [shorter] = dumpAttributes([{ ...attribute, value: attribute.value.subarray(0, -1) }], dictionary);
    expect(shorter).toMatch(/ = \[hidden\]$/);
  });

  test('passwords even if the dictionary knows nothing', () => {
    const empty = readDictionary('none', () => '');
    const attributes = [2, 3, 69, 1].map((type) => ({ type, value: Buffer.from('x') }));
    expect(dumpAttributes(attributes, empty)).toEqual([
      'Attr-2 = [hidden]',
      'Attr-3 = [hidden]',
      'Attr-69 = [hidden]',
      'Attr-1 = 0x78',
    ]);
  });

  test('the broken body of a vendor that has secrets, but not of others', () => {
    expect(dumpAttributes([vendor(311, '19ff 1234')], dictionary)).toEqual(['Attr-26.311 = [hidden]']);
    expect(dumpAttributes([vendor(14122, '01ff 1234')], dictionary)).toEqual(['Attr-26.14122 = 0x01ff1234']);
  });

  test('passwords and keys in pairs', () => {
    const pair = Buffer.from('vpdn:l2tp-tunnel-password=hunter2');
    const value = Buffer.concat([octets('00000009 01'), Buffer.from([pair.length + 2]), pair]);
    expect(dump(26, value)).toBe('Cisco-AVPair = "vpdn:l2tp-tunnel-password=[hidden]"');
  });

  test('EAP methods that give a password away, in whatever fragment', () => {
    const oneTime = Buffer.concat([octets('02 07 01ff 06'), Buffer.from('hunter2'.repeat(60))]);
    const attributes = [oneTime.subarray(0, 253), oneTime.subarray(253)].map((value) => ({ type: 79, value }));
    expect(dumpAttributes(attributes, dictionary)).toEqual(['EAP-Message = [hidden]']);
    expect(dump(79, '02 07 0006 1a 02')).toBe('EAP-Message = [hidden]');
  });
});

describe('shows', () => {
  test('what is no secret of EAP, joined', () => {
    expect(dump(79, '02 07 0008 01 616263')).toBe('EAP-Message = 0x0207000801616263');
    expect(dump(79, '03 07 0004')).toBe('EAP-Message = 0x03070004');
    const attributes = ['02070008', '0161', '6263'].map((hex) => ({ type: 79, value: octets(hex) }));
    expect(dumpAttributes(attributes, dictionary)).toEqual(['EAP-Message = 0x0207000801616263']);
  });

  test('challenges', () => {
    expect(dump(60, '0102')).toBe('CHAP-Challenge = 0x0102');
    expect(dumpAttributes([vendor(311, '0b04 0102')], dictionary)).toEqual(['MS-CHAP-Challenge = 0x0102']);
  });

  test('unknown attributes by their numbers', () => {
    expect(dump(250, '01')).toBe('Attr-250 = 0x01');
    expect(dump(26, '00007ed9 05 03 ff')).toBe('Attr-26.32473.5 = 0xff');
    expect(dump(26, '00007ed9 05 09 ff')).toBe('Attr-26.32473 = 0x0509ff');
    expect(dump(26, '0000')).toBe('Vendor-Specific = 0x0000');
    expect(dump(243, '07 0102')).toBe('Attr-243.7 = 0x0102');
    expect(dump(241, '1a 00007ed9 05 ff')).toBe('Attr-241.26.32473.5 = 0xff');
  });

  test('values of the wrong length raw, under their name', () => {
    expect(dump(4, 'c00002')).toBe('NAS-IP-Address = 0xc00002');
    expect(dump(5, '')).toBe('NAS-Port = 0x');
  });

  test('tags behind the name', () => {
    expect(dump(64, '0200000d')).toBe('Tunnel-Type:2 = VLAN');
    expect(dump(64, '0000000d')).toBe('Tunnel-Type = VLAN');
  });

  test('attributes of Lucent, Starent and USR in their own formats, extended ones and TLVs', () => {
    expect(dumpAttributes([vendor(4846, '002f07 000005dc')], dictionary)).toEqual(['Lucent-MTU = 1500']);
    expect(dumpAttributes([vendor(8164, '00020005 78')], dictionary)).toEqual(['SN-VPN-Name = "x"']);
    expect(dumpAttributes([vendor(429, '0000bf38 00000007')], dictionary)).toEqual(['USR-Channel = 7']);
    expect(dump(241, '01 00000001')).toBe('Frag-Status = Fragmentation-Supported');
    expect(dump(241, '06 0106 00000006 0906 00000400')).toBe(
      'IP-Port-Range-Type = 6\nIP-Port-Range-Range-Start = 1024',
    );
    expect(dump(245, '0100 3c2f3e')).toBe('SAML-Assertion = "</>"');
  });
});

describe('nobody can forge a line of the log', () => {
  test.each([
    ['a new line', 'x"\n  Class = 0x00', '"x\\"\\n  Class = 0x00"'],
    ['a carriage return and an escape sequence', '\r\u001b[2Kgone', '"\\r\\x1b[2Kgone"'],
    ['NUL and DEL', '\0\u007f', '"\\x00\\x7f"'],
    ['separators of lines', '\u0085\u2028\u2029', '"\\x85\\u{2028}\\u{2029}"'],
    ['text that turns round', '\u202eevil\u2066', '"\\u{202e}evil\\u{2066}"'],
    ['invisible characters', 'a\u200bb\ufeff', '"a\\u{200b}b\\u{feff}"'],
    ['a backslash', '\\n', '"\\\\n"'],
    ['letters of all kinds stay', 'Żółć 你好', '"Żółć 你好"'],
  ])('by %s', (_, text, expected) => {
    expect(quoteText(text)).toBe(expected);
    expect(dump(18, Buffer.from(text))).toBe(`Reply-Message = ${expected}`);
  });

  test('by octets that are no UTF-8', () => {
    expect(dump(18, 'e9 0a ff')).toBe('Reply-Message = "é\\nÿ"');
  });
});
