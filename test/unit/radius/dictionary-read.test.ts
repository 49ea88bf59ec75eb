import { describe, expect, test } from 'vitest';
import { DictionaryError, readDictionary, type Dictionary } from '../../../src/radius/dictionary/index.ts';

function read(files: Record<string, string> | string): Dictionary {
  const all: Record<string, string> = typeof files === 'string' ? { '/d/dictionary': files } : files;
  return readDictionary('/d/dictionary', (path) => all[path]);
}

function refusal(files: Record<string, string> | string): string {
  try {
    read(files);
  } catch (error) {
    if (error instanceof DictionaryError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('attributes', () => {
  test('are found by name in whatever case, and by path', () => {
    const dictionary = read('ATTRIBUTE User-Name 1 string\n');
    expect(dictionary.attribute('user-NAME')).toMatchObject({ name: 'User-Name', path: '1', type: 'string' });
    expect(dictionary.attributeAt([1])?.name).toBe('User-Name');
    expect(dictionary.attribute('User-Nam')).toBeUndefined();
    expect(dictionary.attributeAt([2])).toBeUndefined();
  });

  test('carry the options behind their type', () => {
    const dictionary = read(`
      ATTRIBUTE Tunnel-Password 69 string has_tag,encrypt=2
      ATTRIBUTE EAP-Message 79 octets concat
      ATTRIBUTE Fixed 84 octets[0x08]
      ATTRIBUTE Named 85 string encrypt=Ascend-Secret
      ATTRIBUTE Quiet 86 string secret
      ATTRIBUTE Several 87 ipaddr array
      ATTRIBUTE Made-Up 1100 string virtual`);
    expect(dictionary.attribute('Tunnel-Password')).toMatchObject({ encryption: 'tunnel-password', hasTag: true });
    expect(dictionary.attribute('EAP-Message')).toMatchObject({ isConcat: true, encryption: 'none', isSecret: false });
    expect(dictionary.attribute('Fixed')).toMatchObject({ type: 'octets', lengthOctets: 8 });
    expect(dictionary.attribute('Named')).toMatchObject({ encryption: 'ascend-secret', isSecret: true });
    expect(dictionary.attribute('Quiet')).toMatchObject({ isSecret: true });
    expect(dictionary.attribute('Several')).toMatchObject({ isArray: true });
    expect(dictionary.attribute('Made-Up')).toMatchObject({ isVirtual: true, isInternal: true });
  });

  test('are secret when their name says that they hold a password, a key or a proof of one', () => {
    const names = [
      'CHAP-Password',
      'MS-CHAP2-Response',
      'Some-PSK',
      'Vendor-Shared-Secret',
      'Digest-HA1',
      'MS-CHAP-NT-Enc-PW',
    ];
    const dictionary = read(names.map((name, index) => `ATTRIBUTE ${name} ${index + 1} octets`).join('\n'));
    expect(names.filter((name) => dictionary.attribute(name)?.isSecret !== true)).toEqual([]);
    expect(read('ATTRIBUTE Password-Retry 75 integer').attribute('Password-Retry')?.isSecret).toBe(false);
  });

  test('take the newer names of types', () => {
    const dictionary = read('ATTRIBUTE A 1 uint32\nATTRIBUTE B 2 uint8\nATTRIBUTE C 3 cidr\nATTRIBUTE D 4 String');
    expect(['A', 'B', 'C', 'D'].map((name) => dictionary.attribute(name)?.type)).toEqual([
      'integer',
      'byte',
      'ipv4prefix',
      'string',
    ]);
  });

  test('may be defined again at the same path, and may have several names of which the last is shown', () => {
    const dictionary = read('ATTRIBUTE Old 4 ipaddr\nATTRIBUTE New 4 ipaddr\nATTRIBUTE New 4 ipaddr');
    expect(dictionary.attributeAt([4])?.name).toBe('New');
    expect(dictionary.attribute('Old')?.path).toBe('4');
  });

  test('under FLAGS internal never stand in a packet', () => {
    const dictionary = read('FLAGS internal\nATTRIBUTE Auth-Type 4 integer\nFLAGS !internal\nATTRIBUTE B 5 integer');
    expect(dictionary.attribute('Auth-Type')?.isInternal).toBe(true);
    expect(dictionary.attribute('B')?.isInternal).toBe(false);
  });
});

describe('vendors', () => {
  test('have the format that their line says, 1,1 when it says none', () => {
    const dictionary = read(`
      VENDOR Cisco 9
      VENDOR Lucent 4846 format=2,1
      VENDOR USR 429 format=4,0
      VENDOR WiMAX 24757 format=1,1,c`);
    expect(dictionary.vendorNamed('cisco')).toMatchObject({ id: 9, typeOctets: 1, lengthOctets: 1 });
    expect(dictionary.vendor(4846)).toMatchObject({ name: 'Lucent', typeOctets: 2, lengthOctets: 1 });
    expect(dictionary.vendor(429)).toMatchObject({ typeOctets: 4, lengthOctets: 0 });
    expect(dictionary.vendor(24757)).toMatchObject({ hasContinuation: true });
  });

  test('own the attributes of their block, of their dotted numbers, and those that name them at the end', () => {
    const dictionary = read(`
      VENDOR Cisco 9
      VENDOR USR 429 format=4,0
      BEGIN-VENDOR Cisco
      ATTRIBUTE Cisco-AVPair 1 string
      END-VENDOR Cisco
      ATTRIBUTE Cisco-NAS-Port 26.9.2 string
      ATTRIBUTE USR-Event-Id 0xBFBE integer USR`);
    expect(dictionary.attributeAt([26, 9, 1])).toMatchObject({ name: 'Cisco-AVPair', vendorId: 9 });
    expect(dictionary.attributeAt([26, 9, 2])).toMatchObject({ name: 'Cisco-NAS-Port', vendorId: 9 });
    expect(dictionary.attributeAt([26, 429, 0xbfbe])).toMatchObject({ name: 'USR-Event-Id', vendorId: 429 });
  });

  test('may stand in an extended attribute, with parent= or format=', () => {
    for (const word of ['parent', 'format']) {
      const dictionary = read(`
        VENDOR Example 32473
        ATTRIBUTE Extended-Attribute-5 245 long-extended
        ATTRIBUTE Extended-Vendor-Specific-5 245.26 evs
        BEGIN-VENDOR Example ${word}=Extended-Vendor-Specific-5
        ATTRIBUTE Example-Large 7 octets
        END-VENDOR Example`);
      expect(dictionary.attributeAt([245, 26, 32473, 7])).toMatchObject({ name: 'Example-Large', vendorId: 32473 });
    }
  });

  test('whose values are salted are listed for the codec, those of odd formats left out', () => {
    const dictionary = read(`
      VENDOR Microsoft 311
      VENDOR Starent 8164 format=2,2
      ATTRIBUTE MS-MPPE-Send-Key 26.311.16 octets encrypt=2
      ATTRIBUTE MS-CHAP-Error 26.311.2 string
      ATTRIBUTE SN-Key 26.8164.3 string encrypt=2`);
    expect([...dictionary.saltedVendorTypes()]).toEqual([311 * 256 + 16]);
  });
});

describe('TLVs', () => {
  const tlv = 'VENDOR WiMAX 24757 format=1,1,c\nBEGIN-VENDOR WiMAX\nATTRIBUTE WiMAX-Capability 1 tlv\n';

  test('hold the attributes of their block', () => {
    const dictionary = read(`${tlv}BEGIN-TLV WiMAX-Capability
      ATTRIBUTE WiMAX-Release 1 string
      ATTRIBUTE WiMAX-Inner 2 tlv
      BEGIN-TLV WiMAX-Inner
      ATTRIBUTE WiMAX-Deep 3 byte
      END-TLV WiMAX-Inner
      END-TLV WiMAX-Capability
      ATTRIBUTE WiMAX-Other 2 byte
      END-VENDOR WiMAX`);
    expect(dictionary.attribute('WiMAX-Release')).toMatchObject({ path: '26.24757.1.1', vendorId: 24757 });
    expect(dictionary.attribute('WiMAX-Deep')?.path).toBe('26.24757.1.2.3');
    expect(dictionary.attribute('WiMAX-Other')?.path).toBe('26.24757.2');
  });

  test('hold the attributes of dotted numbers', () => {
    const dictionary = read('ATTRIBUTE IPv6-6rd 173 tlv\nATTRIBUTE Mask 173.1 integer');
    expect(dictionary.attributeAt([173, 1])?.name).toBe('Mask');
    expect(read(`${tlv}ATTRIBUTE WiMAX-Release 1.1 string\nEND-VENDOR WiMAX`).attribute('WiMAX-Release')?.path).toBe(
      '26.24757.1.1',
    );
  });
});

describe('values', () => {
  test('are found by number and by name; the last name of a number is shown', () => {
    const { values } = read(`
      ATTRIBUTE Service-Type 6 integer
      VALUE Service-Type Login 1
      VALUE Service-Type Login-User 0x01
      VALUE Service-Type Login 1`).attribute('Service-Type')!;
    expect(values.byName.get('login')).toBe(1);
    expect(values.byName.get('login-user')).toBe(1);
    expect(read('ATTRIBUTE S 6 integer\nVALUE S A 1\nVALUE S B 1').attribute('S')?.values.byNumber.get(1)).toBe('B');
  });

  test('may stand before their attribute', () => {
    const dictionary = read('VALUE Prompt Echo 1\nATTRIBUTE Prompt 76 integer');
    expect(dictionary.attribute('Prompt')?.values.byName.get('echo')).toBe(1);
  });

  test('belong to every name of the path', () => {
    const dictionary = read('ATTRIBUTE Old 6 integer\nVALUE Old Login 1\nATTRIBUTE New 6 integer');
    expect(dictionary.attribute('New')?.values.byNumber.get(1)).toBe('Login');
  });
});

describe('files', () => {
  test('include others relative to themselves, the same one twice if need be', () => {
    const dictionary = read({
      '/d/dictionary': '$INCLUDE vendor/a\n$INCLUDE vendor/b\n',
      '/d/vendor/a': '$INCLUDE ../common\nATTRIBUTE A 2 string\n',
      '/d/vendor/b': '$include ../common\nATTRIBUTE B 3 string\n',
      '/d/common': 'ATTRIBUTE Common 1 string\n',
    });
    expect([...dictionary.attributes()].map(({ name }) => name)).toEqual(['Common', 'A', 'B']);
  });

  test('may do without an optional one', () => {
    expect(read('$INCLUDE- dictionary.local\nATTRIBUTE A 1 string').attribute('A')).toBeDefined();
    expect(
      read({ '/d/dictionary': '$INCLUDE- dictionary.local', '/d/dictionary.local': 'ATTRIBUTE A 1 string' }).attribute(
        'A',
      ),
    ).toBeDefined();
  });

  test('may have comments, blank lines, tabs and carriage returns', () => {
    const dictionary = read('# all of it\r\n\r\n\tATTRIBUTE\tA\t1\tstring # behind\r\nATTRIBUTE B 2 string #x\r\n');
    expect(dictionary.attribute('B')?.path).toBe('2');
  });
});

test.each<[string, string, string]>([
  ['ATRIBUTE A 1 string', 'unknown-keyword', '1: unknown keyword "ATRIBUTE"'],
  ['\n\nATTRIBUTE A 1', 'bad-arguments', '3: ATTRIBUTE takes 3 to 4 arguments, not 2'],
  ['ATTRIBUTE A 1 strnig', 'unknown-type', '1: unknown type "strnig"'],
  ['ATTRIBUTE A 1 octets[x]', 'bad-number', '"x" is not a number'],
  ['ATTRIBUTE A 1 octets[254]', 'bad-number', '254 is more than 253'],
  ['ATTRIBUTE A one string', 'bad-number', '"one" is not a number'],
  ['ATTRIBUTE A 0 string', 'bad-number', 'no attribute has number 0'],
  ['ATTRIBUTE A 1..2 string', 'bad-number', '"" is not a number'],
  ['ATTRIBUTE Attr-1 1 string', 'bad-name', '"Attr-1" cannot be a name'],
  ['ATTRIBUTE Tunnel:1 1 string', 'bad-name', 'cannot be a name'],
  ['ATTRIBUTE A 1 string shiny', 'unknown-option', 'unknown option "shiny"'],
  ['ATTRIBUTE A 1 string has_tag,encrypt=4', 'unknown-option', 'encrypt=4'],
  ['ATTRIBUTE A 1 ipaddr has_tag', 'bad-option', '"has_tag" cannot stand behind type ipaddr'],
  ['ATTRIBUTE A 1 string concat', 'bad-option', 'cannot stand behind type string'],
  ['ATTRIBUTE A 1 octets encrypt=1', 'bad-option', 'octets[24]'],
  ['ATTRIBUTE A 1 string\nATTRIBUTE a 2 string', 'duplicate-attribute', '2: attribute a is already number 1'],
  ['ATTRIBUTE A 1 string\nVALUE A B 1', 'bad-option', 'it has no values'],
  ['ATTRIBUTE A 1 byte\nVALUE A B 256', 'bad-number', '2: 256 is more than A can hold'],
  ['ATTRIBUTE A 1 integer\nVALUE A B 1\nVALUE A b 2', 'duplicate-value', '3: value b of A is already 1'],
  ['\nVALUE A B 1\n\n', 'unknown-attribute', '2: value B of unknown attribute A'],
  ['VENDOR A 0', 'bad-number', 'no vendor has number 0'],
  ['VENDOR A 16777216', 'bad-number', '16777216 is more than 16777215'],
  ['VENDOR A 9\nVENDOR A 10', 'duplicate-vendor', '2: vendor A is already number 9'],
  ['VENDOR A 9 format=3,1', 'bad-format', 'format=3,1'],
  ['VENDOR A 9 format=2,2,c', 'bad-format', 'format=2,2,c'],
  ['BEGIN-VENDOR A', 'unknown-vendor', 'unknown vendor "A"'],
  ['VENDOR A 9\nBEGIN-VENDOR A\nATTRIBUTE B 256 string\nEND-VENDOR A', 'bad-number', '3: 256 is more than 255'],
  ['VENDOR A 9\nBEGIN-VENDOR A', 'unbalanced-block', '2: BEGIN-VENDOR A is never ended'],
  [
    'VENDOR A 9\nVENDOR B 10\nBEGIN-VENDOR A\nEND-VENDOR B',
    'unbalanced-block',
    '4: END-VENDOR B, but BEGIN-VENDOR A is open',
  ],
  ['VENDOR A 9\nEND-VENDOR A', 'unbalanced-block', '2: END-VENDOR A, but no block is open'],
  ['VENDOR A 9\nBEGIN-VENDOR A\nBEGIN-VENDOR A', 'unbalanced-block', '3: a vendor block cannot stand inside a block'],
  ['VENDOR A 9\nATTRIBUTE B 1 string\nBEGIN-VENDOR A parent=B', 'unknown-parent', '3: B is of type string'],
  ['VENDOR A 9\nBEGIN-VENDOR A parent=B', 'unknown-parent', 'there is no attribute B'],
  ['VENDOR A 9\nBEGIN-VENDOR A B', 'bad-format', '"B" is not parent=NAME'],
  ['ATTRIBUTE A 1 string\nBEGIN-TLV A', 'unknown-parent', 'there is no TLV called A'],
  ['ATTRIBUTE A 1.1 string', 'unknown-parent', 'there is no attribute 1'],
  ['ATTRIBUTE A 1 string\nATTRIBUTE B 1.1 string', 'unknown-parent', 'A (1) is of type string, not tlv'],
  ['ATTRIBUTE A 241 octets\nATTRIBUTE B 241.1 string', 'unknown-parent', 'not extended or long-extended'],
  ['ATTRIBUTE A 26.9.1 string', 'unknown-vendor', 'there is no vendor 9'],
  ['VENDOR V 9\nATTRIBUTE A 26.9 string', 'bad-number', '26.9 is a vendor, not an attribute'],
  ['FLAGS external', 'unknown-option', 'unknown flag "external"'],
  ['$INCLUDE nowhere', 'unreadable-file', '1: there is no file nowhere'],
  ['$INCLUDE dictionary', 'include-loop', '1: dictionary includes itself'],
])('refuses %j as %s, with file and line', (text, code, message) => {
  const refused = refusal(text);
  expect(refused).toMatch(new RegExp(`^${code} /d/dictionary:\\d+: `));
  expect(refused).toContain(message);
});

test('names the included file that is wrong, and a loop over several files', () => {
  expect(refusal({ '/d/dictionary': '\n$INCLUDE x/a', '/d/x/a': '\n\nNONSENSE' })).toContain(
    '/d/x/a:3: unknown keyword',
  );
  const loop = { '/d/dictionary': '$INCLUDE a', '/d/a': '# first\n$INCLUDE ./dictionary' };
  expect(refusal(loop)).toBe('include-loop /d/a:2: ./dictionary includes itself');
});

test('refuses a file that cannot be read, and keeps the cause', () => {
  const cause = new Error('EACCES');
  const readFile = (path: string): string => {
    if (path.endsWith('closed')) throw cause;
    return '$INCLUDE- closed';
  };
  expect(() => readDictionary('/d/dictionary', readFile)).toThrow(
    expect.objectContaining({ code: 'unreadable-file', file: '/d/dictionary', line: 1, cause }),
  );
  expect(() => readDictionary('/d/dictionary', () => undefined)).toThrow(
    expect.objectContaining({ code: 'unreadable-file', line: 0 }),
  );
});
