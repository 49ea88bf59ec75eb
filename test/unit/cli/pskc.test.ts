import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { userDn, userOfId } from '../../../src/cli/pskc/distinguished-name.ts';
import { escapeXml, parseXml, textOf } from '../../../src/cli/pskc/xml.ts';
import { readAs } from '../../support/token-file.ts';

const container = (content: string): string => `<KeyContainer Version="1.0">${content}</KeyContainer>`;
const secret = '<Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret>';
const keyOf = (data: string, behind = ''): string =>
  container(`<KeyPackage><Key Id="1" Algorithm="urn:x:totp"><Data>${data}</Data>${behind}</Key></KeyPackage>`);

const read = async (text: string) => (await readAs('pskc', text)).rows;
const reasonOf = async (text: string) => (await read(text)).map(({ reason }) => reason);

describe('XML of a key container', () => {
  it.each([
    ['billion laughs', `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>${container('&b;')}`, 'document type'],
    ['an outside entity', `<!doctype x [<!entity a SYSTEM "file:///etc/passwd">]>${container('&a;')}`, 'document type'],
    ['a document type in disguise', `<! DOCTYPE x>${container('')}`, 'broken at line 1'],
    ['deep nesting', container('<a>'.repeat(100_000) + '</a>'.repeat(100_000)), 'cannot be read'],
    ['elements without number', container('<a/>'.repeat(1_000_001)), 'too many elements'],
    ['attributes without number', container(`<a${' b="c"'.repeat(100_000)}/>`), 'broken at line 1'],
    ['a text without end', container(`<a>${'b'.repeat(100_000)}</a>`), 'too long'],
    ['a tag without end', `<KeyContainer ${' '.repeat(1_000_000)}`, 'broken at line 1'],
    ['a comment without end', container(`<!--${'-'.repeat(1_000_000)}`), 'broken at line 1'],
    ['a file that breaks off', '<KeyContainer Version="1.0">\n<KeyPackage>', 'broken at line 2'],
    ['tags that do not match', container('<a></b>'), 'broken at line 1'],
    ['an attribute that is there twice', '<KeyContainer Version="1.0" Version="1.0"/>', 'broken at line 1'],
    ['two roots', container('') + container(''), 'broken at line 1'],
    ['another root', '<KeyBox/>', 'no KeyContainer'],
    ['another version', '<KeyContainer Version="2.0"/>', 'version'],
  ])('is refused: %s', async (_, text, problem) => {
    await expect(read(text)).rejects.toThrow(problem);
  });

  it('has no entities but those of XML itself', async () => {
    expect(await reasonOf(keyOf(secret, '<UserId>&xxe;</UserId>'))).toEqual([expect.stringContaining('entity')]);
    expect(await read(keyOf(secret, '<UserId>a&amp;b&#x41;&#66;</UserId>'))).toMatchObject([{ username: 'a&bAB' }]);
  });

  it('cannot reach what objects have by nature', async () => {
    await expect(read(container('<__proto__><KeyPackage/></__proto__>'))).rejects.toThrow('cannot be read');
    await expect(read('<__proto__/>')).rejects.toThrow('cannot be read');
    expect(Object.prototype).not.toHaveProperty('KeyPackage');
  });

  it('gives any text back that was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const trimmed = text.trim().replaceAll(/\p{Cc}/gu, '');
        expect(textOf(parseXml(`<a>${escapeXml(trimmed)}</a>`, 'a'))).toBe(trimmed.trim());
      }),
    );
  });
});

describe('keys of a container', () => {
  it.each([
    ['two secrets', keyOf(secret + secret), 'more than one Secret'],
    ['a secret that is not Base64', keyOf(secret.replace('MTI', 'M!I')), 'not Base64'],
    ['a plain and an encrypted value', keyOf(secret.replace('</Sec', '<EncryptedValue/></Sec')), 'MACMethod'],
    ['no digits', keyOf(secret).replace('<Data>', hexFormat('6', 'HEXADECIMAL')), 'decimal'],
    ['five digits', keyOf(secret).replace('<Data>', hexFormat('5', 'DECIMAL')), 'digits must be'],
    [
      'a number too large',
      keyOf(`${secret}<TimeInterval><PlainValue>${'9'.repeat(40)}</PlainValue></TimeInterval>`),
      'whole number',
    ],
    ['a policy for something else', keyOf(secret, '<Policy><KeyUsage>Encrypt</KeyUsage></Policy>'), 'does not allow'],
    ['a policy nobody knows', keyOf(secret, '<Policy><Moon>full</Moon></Policy>'), 'Moon'],
    ['a PIN to be typed', keyOf(secret, '<Policy><PINPolicy PINUsageMode="Append"/></Policy>'), 'PIN'],
    ['a date that is none', keyOf(secret, '<Policy><ExpiryDate>soon</ExpiryDate></Policy>'), 'no date'],
    ['a start to come', keyOf(secret, '<Policy><StartDate>2999-01-01T00:00:00Z</StartDate></Policy>'), 'only from'],
    ['a check digit', keyOf(secret).replace('<Data>', hexFormat('6', 'DECIMAL" CheckDigits="true')), 'check digit'],
    ['a user with a control character', keyOf(secret, '<UserId>UID=a\\07b</UserId>'), 'control character'],
  ])('are refused with %s', async (_, text, problem) => {
    const reasons = await reasonOf(text).catch((error: unknown) => [(error as Error).message]);
    expect(reasons).toEqual([expect.stringContaining(problem)]);
  });

  it('bound the work and the sizes that a password may cost', async () => {
    const derived = (iterations: string, length = '16', salt = 'Ej7/PEpyEpw='): string =>
      container(`<EncryptionKey><DerivedKey><KeyDerivationMethod Algorithm="x#pbkdf2"><PBKDF2-params>
        <Salt><Specified>${salt}</Specified></Salt><IterationCount>${iterations}</IterationCount>
        <KeyLength>${length}</KeyLength></PBKDF2-params></KeyDerivationMethod></DerivedKey></EncryptionKey>
        <MACMethod Algorithm="x#hmac-sha1"/>`);
    const open = (text: string) => readAs('pskc', text, { password: 'qwerty' });
    for (const count of ['4000000000', '10000001', '0', '-1', '1e3', ''])
      await expect(open(derived(count))).rejects.toThrow('10000000 times');
    for (const length of ['0', '15', '17', '1000000000'])
      await expect(open(derived('1', length))).rejects.toThrow('octets');
    for (const salt of ['', '!', 'A'.repeat(4_000)])
      await expect(open(derived('1', '16', salt))).rejects.toThrow('salt');
    expect((await open(derived('1'))).rows).toEqual([]);
  });
});

describe('the user of a key', () => {
  it.each([
    ['UID=jsmith,DC=example-bank,DC=net', 'jsmith'],
    ['DC=example-bank,DC=net', undefined],
    ['CN=Jo Smith, O=Example', 'Jo Smith'],
    ['CN=Jo Smith+uid=jsmith', 'jsmith'],
    [String.raw`UID=Zo\C3\AB\, the \"second\",DC=x`, 'Zoë, the "second"'],
    ['alice@example.com', 'alice@example.com'],
    [String.raw`CORP\alice`, String.raw`CORP\alice`],
    ['', undefined],
  ])('of %j is %j', (id, user) => {
    expect(userOfId(id)).toBe(user);
  });

  it('comes back from the distinguished name that an export makes of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
        fc.pre(name.isWellFormed() && name.trim() === name);
        expect(userOfId(userDn(name))).toBe(name);
      }),
    );
  });

  it('is not looked for in texts that are no names', () => {
    for (const text of ['\\', ' ', 'a=b,', '\\ '])
      expect(() => userOfId(`uid=x${text.repeat(60_000)}y`)).toThrow('too long');
  });
});

function hexFormat(length: string, encoding: string): string {
  return `<AlgorithmParameters><ResponseFormat Length="${length}" Encoding="${encoding}"/></AlgorithmParameters><Data>`;
}
