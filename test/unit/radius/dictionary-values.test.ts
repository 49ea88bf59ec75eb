import { describe, expect, test } from 'vitest';
import {
  decodeAttributes,
  decodeValue,
  encodeValue,
  readDictionary,
  type EncodedValue,
} from '../../../src/radius/dictionary/index.ts';
import { octets } from '../../support/octets.ts';

const dictionary = readDictionary(
  'dictionary',
  () => `
  ATTRIBUTE User-Password 2 string encrypt=1
  ATTRIBUTE NAS-IP-Address 4 ipaddr
  ATTRIBUTE Service-Type 6 integer
  VALUE Service-Type Login-User 1
  VALUE Service-Type Framed-User 2
  ATTRIBUTE Reply-Message 18 string
  ATTRIBUTE Class 25 octets
  ATTRIBUTE Vendor-Specific 26 vsa
  ATTRIBUTE Event-Timestamp 55 date
  ATTRIBUTE Tunnel-Type 64 integer has_tag
  VALUE Tunnel-Type VLAN 13
  ATTRIBUTE Tunnel-Password 69 string has_tag,encrypt=2
  ATTRIBUTE EAP-Message 79 octets concat
  ATTRIBUTE Tunnel-Private-Group-Id 81 string has_tag
  ATTRIBUTE Fixed 84 octets[4]
  ATTRIBUTE NAS-IPv6-Address 95 ipv6addr
  ATTRIBUTE Framed-Interface-Id 96 ifid
  ATTRIBUTE Framed-IPv6-Prefix 97 ipv6prefix
  ATTRIBUTE Counter 124 integer64
  ATTRIBUTE Short 141 short
  ATTRIBUTE HoA 155 ipv4prefix
  ATTRIBUTE Six-Rd 173 tlv
  ATTRIBUTE Six-Rd-Mask 173.1 integer
  ATTRIBUTE Station 200 ether
  ATTRIBUTE Offset 201 signed
  ATTRIBUTE Either 202 combo-ip
  ATTRIBUTE Flag 203 bool
  ATTRIBUTE Little 204 byte
  ATTRIBUTE Filter 205 abinary
  ATTRIBUTE Extended-1 241 extended
  ATTRIBUTE Extended-5 245 long-extended
  ATTRIBUTE Evs-1 241.26 evs
  ATTRIBUTE Frag-Status 241.1 integer
  ATTRIBUTE Long-Text 245.1 string
  ATTRIBUTE Auth-Type 1000 integer
  VENDOR Cisco 9
  VENDOR Microsoft 311
  VENDOR Lucent 4846 format=2,1
  VENDOR Starent 8164 format=2,2
  VENDOR USR 429 format=4,0
  VENDOR WiMAX 24757 format=1,1,c
  ATTRIBUTE Cisco-AVPair 26.9.1 string
  ATTRIBUTE MS-Key 26.311.16 octets encrypt=2
  ATTRIBUTE Lucent-MTU 26.4846.47 integer
  ATTRIBUTE SN-VPN-Name 26.8164.2 string
  ATTRIBUTE USR-Channel 26.429.0xBF38 integer
  ATTRIBUTE WiMAX-Release 26.24757.1 string
  ATTRIBUTE Evs-Text 241.26.9.7 string
`,
);

function encode(name: string, text: string): EncodedValue {
  return encodeValue(dictionary, name, text);
}

function wire(name: string, text: string): string[] {
  const encoded = encode(name, text);
  if (encoded.kind === 'refused') return [`${encoded.reason}: ${encoded.problem}`];
  return encoded.attributes.map(({ type, value }) => `${type} ${value.toString('hex')}`);
}

describe('typed values', () => {
  test.each([
    ['NAS-IP-Address', '192.0.2.16', '4 c0000210'],
    ['Service-Type', 'Framed-User', '6 00000002'],
    ['Service-Type', '7', '6 00000007'],
    ['Reply-Message', 'héllo', '18 68c3a96c6c6f'],
    ['Class', '0x00ff', '25 00ff'],
    ['Event-Timestamp', '2024-02-29T12:00:00Z', '55 65e071c0'],
    ['Fixed', '0x01020304', '84 01020304'],
    ['NAS-IPv6-Address', '2001:db8::1', '95 20010db8000000000000000000000001'],
    ['NAS-IPv6-Address', '::ffff:c000:201', '95 00000000000000000000ffffc0000201'],
    ['Framed-Interface-Id', '0000:00ff:fe00:0001', '96 000000fffe000001'],
    ['Framed-IPv6-Prefix', '2001:db8::/32', '97 002020010db8'],
    ['Framed-IPv6-Prefix', '::/0', '97 0000'],
    ['Counter', '18446744073709551615', '124 ffffffffffffffff'],
    ['Short', '65535', '141 ffff'],
    ['HoA', '192.0.2.0/24', '155 0018c0000200'],
    ['Station', '00:11:22:aa:bb:cc', '200 001122aabbcc'],
    ['Offset', '-2', '201 fffffffe'],
    ['Either', '192.0.2.1', '202 c0000201'],
    ['Either', '2001:db8::', '202 20010db8000000000000000000000000'],
    ['Flag', '1', '203 01'],
    ['Little', '255', '204 ff'],
    ['Filter', '0x0102', '205 0102'],
  ])('%s takes %s, and gives it back', (name, text, expected) => {
    expect(wire(name, text)).toEqual([expected]);
    const value = octets(expected.slice(expected.indexOf(' ')));
    expect(decodeValue(dictionary.attribute(name)!, value)).toBe(text);
  });

  test.each([
    ['Class', 'VPN-Users', '25 56504e2d5573657273'],
    ['Service-Type', 'framed-user', '6 00000002'],
    ['Service-Type', '0x10', '6 00000010'],
    ['Event-Timestamp', '1709208000', '55 65e071c0'],
    ['Event-Timestamp', '2024-02-29T13:00+01:00', '55 65e071c0'],
    ['Station', '00-11-22-AA-BB-CC', '200 001122aabbcc'],
    ['Framed-Interface-Id', '0:ff:fe00:1', '96 000000fffe000001'],
  ])('%s also takes %s', (name, text, expected) => {
    expect(wire(name, text)).toEqual([expected]);
  });

  test.each([
    ['NAS-IP-Address', '192.0.2'],
    ['NAS-IP-Address', '::1'],
    ['NAS-IPv6-Address', '192.0.2.1'],
    ['NAS-IPv6-Address', 'fe80::1%eth0'],
    ['Service-Type', 'Framed'],
    ['Service-Type', '4294967296'],
    ['Service-Type', '-1'],
    ['Event-Timestamp', '2024-02-29T12:00:00'],
    ['Event-Timestamp', '2024-02-30 12:00'],
    ['Event-Timestamp', '4294967296'],
    ['Fixed', '0x0102'],
    ['Framed-IPv6-Prefix', '2001:db8::1/32'],
    ['Framed-IPv6-Prefix', '192.0.2.0/24'],
    ['HoA', '2001:db8::/32'],
    ['Counter', '18446744073709551616'],
    ['Station', '00:11:22:aa:bb'],
    ['Offset', '2147483648'],
    ['Flag', '2'],
    ['Little', '256'],
    ['Reply-Message', ''],
    ['Six-Rd', 'text'],
  ])('%s refuses %j', (name, text) => {
    expect(encode(name, text)).toMatchObject({ kind: 'refused', reason: 'bad-value' });
  });

  test('a refusal names the values that there are, and never the one that was given', () => {
    const refused = wire('Service-Type', 'hunter2').join();
    expect(refused).toContain('Login-User, Framed-User');
    expect(refused).not.toContain('hunter2');
  });

  test.each([
    ['NAS-IP-Address', 'c00002'],
    ['Service-Type', '000001'],
    ['Reply-Message', 'ff'],
    ['Fixed', '010203'],
    ['Framed-IPv6-Prefix', '0081'],
    ['Framed-IPv6-Prefix', '00402001'],
    ['HoA', '0021c0000200'],
    ['Either', 'c0000201c0'],
    ['Six-Rd', '0106'],
  ])('%s does not take %s from the wire', (name, hex) => {
    expect(decodeValue(dictionary.attribute(name)!, octets(hex))).toBeUndefined();
  });
});

describe('tags (RFC 2868 §3.1)', () => {
  test('stand in the first octet of numbers, and before text where one is set', () => {
    expect(wire('Tunnel-Type:1', 'VLAN')).toEqual(['64 0100000d']);
    expect(wire('Tunnel-Type', 'VLAN')).toEqual(['64 0000000d']);
    expect(wire('Tunnel-Private-Group-Id:31', '42')).toEqual(['81 1f3432']);
    expect(wire('Tunnel-Private-Group-Id', '42')).toEqual(['81 3432']);
  });

  test('are added as 0 where the first octet of a text would look like one', () => {
    expect(wire('Tunnel-Private-Group-Id', '\u0005x')).toEqual(['81 000578']);
  });

  test('are refused where there are none, and above 31', () => {
    expect(wire('Service-Type:1', '1')).toEqual(['bad-tag: Service-Type has no tag']);
    expect(wire('Tunnel-Type:32', 'VLAN')).toEqual(['bad-tag: the tag of Tunnel-Type is at most 31']);
    expect(wire('Tunnel-Type:1', '0x01000000').join()).toContain('less than 2^24');
  });

  test('are taken off again, and left where they are none', () => {
    const decoded = decodeAttributes(
      [
        { type: 64, value: octets('0100000d') },
        { type: 64, value: octets('0000000d') },
        { type: 81, value: octets('023432') },
        { type: 81, value: octets('3432') },
      ],
      dictionary,
    );
    expect(decoded.map(({ tag, octets: value }) => [tag, value.toString('hex')])).toEqual([
      [1, '0000000d'],
      [undefined, '0000000d'],
      [2, '3432'],
      [undefined, '3432'],
    ]);
  });
});

describe('wrapping', () => {
  test.each([
    ['Cisco-AVPair', 'a=b', '26 00000009 0105 613d62'],
    ['Lucent-MTU', '1500', '26 000012ee 002f07 000005dc'],
    ['SN-VPN-Name', 'x', '26 00001fe4 00020005 78'],
    ['USR-Channel', '7', '26 000001ad 0000bf38 00000007'],
    ['WiMAX-Release', '1', '26 000060b5 010400 31'],
    ['Six-Rd-Mask', '24', '173 0106 00000018'],
    ['Frag-Status', '1', '241 01 00000001'],
    ['Evs-Text', 'x', '241 1a 00000009 07 78'],
    ['Long-Text', 'x', '245 01 00 78'],
  ])('%s stands in its vendor, TLV or extended attribute, and is found there', (name, text, expected) => {
    const [type = '', ...parts] = expected.split(' ');
    expect(wire(name, text)).toEqual([`${type} ${parts.join('')}`]);
    const [decoded] = decodeAttributes([{ type: Number(type), value: octets(parts.join('')) }], dictionary);
    expect(decoded?.definition?.name).toBe(name);
    expect(decodeValue(decoded!.definition!, decoded!.octets)).toBe(text);
  });

  test('long values of long extended and concat attributes stand in fragments, the others are refused', () => {
    const long = 'x'.repeat(600);
    const fragments = wire('Long-Text', long);
    expect(fragments.map((fragment) => fragment.slice(0, 8))).toEqual(['245 0180', '245 0180', '245 0100']);
    expect(wire('EAP-Message', long)).toHaveLength(3);
    expect(encode('Reply-Message', long)).toMatchObject({ reason: 'too-long' });
    expect(encode('Cisco-AVPair', 'x'.repeat(248))).toMatchObject({ reason: 'too-long' });
    expect(wire('Cisco-AVPair', 'x'.repeat(247))).toHaveLength(1);
  });

  test('fragments are joined again', () => {
    for (const [name, text] of [
      ['Long-Text', 'y'.repeat(600)],
      ['EAP-Message', `0x${'ab'.repeat(600)}`],
    ] as const) {
      const encoded = encode(name, text);
      const attributes = encoded.kind === 'encoded' ? encoded.attributes : [];
      const decoded = decodeAttributes(attributes, dictionary);
      expect(decoded).toHaveLength(1);
      expect(decodeValue(decoded[0]!.definition!, decoded[0]!.octets)).toBe(text);
    }
  });

  test('numbers may name what the dictionary does not know', () => {
    expect(wire('Attr-250', '0x01')).toEqual(['250 01']);
    expect(wire('Attr-26.32473.5', '0x0102')).toEqual(['26 00007ed905040102']);
    expect(wire('Attr-26.4846.5', '0x01')).toEqual(['26 000012ee00050401']);
    expect(encode('Attr-250', 'text')).toMatchObject({ reason: 'bad-value' });
    for (const name of ['Attr-0', 'Attr-256', 'Attr-26.9.256', 'Attr-26.99999999999.1', 'Attr-241.300']) {
      expect(encode(name, '0x01')).toMatchObject({ kind: 'refused' });
    }
  });

  test('several attributes of one Vendor-Specific come apart', () => {
    const value = octets('00000009 0103 61 0203 62 0103 63');
    const decoded = decodeAttributes([{ type: 26, value }], dictionary);
    expect(decoded.map(({ numbers, octets: inner }) => [numbers.join('.'), inner.toString()])).toEqual([
      ['26.9.1', 'a'],
      ['26.9.2', 'b'],
      ['26.9.1', 'c'],
    ]);
  });

  test.each([
    ['a vendor cut off', 26, '000009', '26'],
    ['no body', 26, '00000009', '26.9'],
    ['a length over the end', 26, '00000009 0105 61', '26.9'],
    ['a length under 2', 26, '00000009 0101', '26.9'],
    ['octets left over', 26, '00000009 0103 61 01', '26.9'],
    ['a part that goes on elsewhere', 26, '000060b5 010480 31', '26.24757'],
    ['a TLV over its end', 173, '0107 00000018', '173'],
    ['no extended type', 241, '', '241'],
    ['no flags', 245, '01', '245'],
    ['a missing fragment', 245, '0180 78', '245.1'],
    ['an extended vendor cut off', 241, '1a 00000009', '241.26'],
  ])('%s stays raw', (_, type, hex, path) => {
    const decoded = decodeAttributes([{ type, value: octets(hex) }], dictionary);
    expect(decoded.map(({ isBroken, numbers }) => [isBroken, numbers.join('.')])).toEqual([[true, path]]);
  });
});

describe('hidden values', () => {
  test('come in clear, marked for the codec to salt', () => {
    expect(encode('Tunnel-Password:1', 'abc')).toEqual({
      kind: 'encoded',
      attributes: [{ type: 69, value: octets('01616263'), hidden: 'salted' }],
    });
    expect(encode('MS-Key', '0x0102')).toEqual({
      kind: 'encoded',
      attributes: [{ type: 26, value: octets('00000137 1004 0102'), hidden: 'salted' }],
    });
    expect(encode('Tunnel-Password', 'x'.repeat(240))).toMatchObject({ reason: 'too-long' });
    expect(encode('Tunnel-Password', 'x'.repeat(239))).toMatchObject({ kind: 'encoded' });
  });

  test('are refused where no reply may carry them', () => {
    expect(encode('User-Password', 'secret')).toMatchObject({ reason: 'not-sendable' });
    expect(encode('Auth-Type', '1')).toMatchObject({ reason: 'not-sendable' });
    expect(encode('No-Such-Name', '1')).toMatchObject({ reason: 'unknown-attribute' });
  });
});
