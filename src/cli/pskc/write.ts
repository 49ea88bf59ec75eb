import { createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '../../lib/random.ts';
import { Secret } from '../../lib/secret.ts';
import type { VaultToken } from '../../storage/index.ts';
import { encrypt, vectorOctets } from './cipher.ts';
import { userDn } from './distinguished-name.ts';
import { namespaces } from './names.ts';
import { escapeXml } from './xml.ts';

/** What a container is to be protected with. */
export type ContainerLock =
  | { readonly kind: 'plain' }
  /** 16, 24 or 32 octets: AES-128, AES-192 or AES-256. */
  | { readonly kind: 'key'; readonly key: Secret }
  | { readonly kind: 'password'; readonly password: Secret };

// Every reader of RFC 6030 knows PBKDF2 with HMAC-SHA-1, which its §6.2 takes by default; the count makes up for it.
const ITERATIONS = 1_300_000;
const SALT_OCTETS = 16;
// AES-128-CBC and HMAC-SHA-1 are what RFC 6030 §6 has readers implement.
const DERIVED_OCTETS = 16;
const MAC_KEY_OCTETS = 20;

const derive = promisify(pbkdf2);

/** What encrypts the values of a container, and how its head says so. */
interface Sealer {
  readonly head: string;
  /** A value: plain, or encrypted with its MAC. */
  value(octets: Buffer): string;
}

/** Writes tokens as a key container (RFC 6030), piece by piece. Only the secrets are encrypted. */
export async function* writeContainer(
  tokens: readonly VaultToken[],
  lock: ContainerLock,
  random: Random,
): AsyncGenerator<string> {
  const sealer = await createSealer(lock, random);
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<pskc:KeyContainer Version="1.0" ${declarations}>\n${sealer.head}`;
  for (const token of tokens) yield keyPackage(token, sealer);
  yield '</pskc:KeyContainer>\n';
}

/** Whether XML can hold that text (XML 1.0 §2.2 leaves some characters out). */
export function isXmlText(text: string): boolean {
  return text.isWellFormed() && !/[\p{Cc}\ufffe\uffff]/u.test(text);
}

const declarations = [
  `xmlns:pskc="${namespaces.pskc}"`,
  `xmlns:ds="${namespaces.xmlSignature}"`,
  `xmlns:xenc="${namespaces.xmlEncryption}"`,
  `xmlns:xenc11="${namespaces.xmlEncryption11}"`,
  `xmlns:pkcs5="${namespaces.pkcs5}"`,
].join(' ');

async function createSealer(lock: ContainerLock, random: Random): Promise<Sealer> {
  switch (lock.kind) {
    case 'plain':
      return { head: '', value: (octets) => `<pskc:PlainValue>${octets.toString('base64')}</pskc:PlainValue>` };
    case 'key':
      return sealWith(lock.key, '<ds:KeyName>Pre-shared-key</ds:KeyName>', random);
    case 'password': {
      const salt = random.octets(SALT_OCTETS);
      const key = await derive(lock.password.reveal(), salt, ITERATIONS, DERIVED_OCTETS, 'sha1');
      return sealWith(Secret.fromOctets(key), derivedKey(salt), random);
    }
  }
}

// The elements of PKCS #5 are in no namespace, as in figure 7 of RFC 6030.
function derivedKey(salt: Buffer): string {
  return `<xenc11:DerivedKey>
      <xenc11:KeyDerivationMethod Algorithm="${namespaces.pkcs5}pbkdf2">
        <pkcs5:PBKDF2-params>
          <Salt><Specified>${salt.toString('base64')}</Specified></Salt>
          <IterationCount>${ITERATIONS}</IterationCount>
          <KeyLength>${DERIVED_OCTETS}</KeyLength>
          <PRF/>
        </pkcs5:PBKDF2-params>
      </xenc11:KeyDerivationMethod>
    </xenc11:DerivedKey>`;
}

function sealWith(secretKey: Secret, keyInfo: string, random: Random): Sealer {
  const key = secretKey.reveal();
  const macKey = random.octets(MAC_KEY_OCTETS);
  const seal = (octets: Buffer): Buffer => encrypt(key, random.octets(vectorOctets), octets);
  const method = `<xenc:EncryptionMethod Algorithm="${namespaces.xmlEncryption}aes${key.length * 8}-cbc"/>`;
  const encrypted = (octets: Buffer): string =>
    `${method}<xenc:CipherData><xenc:CipherValue>${octets.toString('base64')}</xenc:CipherValue></xenc:CipherData>`;
  return {
    head: `  <pskc:EncryptionKey>
    ${keyInfo}
  </pskc:EncryptionKey>
  <pskc:MACMethod Algorithm="${namespaces.xmlSignature}hmac-sha1">
    <pskc:MACKey>${encrypted(seal(macKey))}</pskc:MACKey>
  </pskc:MACMethod>
`,
    value(octets) {
      const sealed = seal(octets);
      const mac = createHmac('sha1', macKey).update(sealed).digest('base64');
      return `<pskc:EncryptedValue>${encrypted(sealed)}</pskc:EncryptedValue><pskc:ValueMAC>${mac}</pskc:ValueMAC>`;
    },
  };
}

function keyPackage(token: VaultToken, sealer: Sealer): string {
  const { serial, type, algorithm, digits, secret, username } = token;
  const name = escapeXml(serial);
  return `  <pskc:KeyPackage>
    <pskc:DeviceInfo><pskc:SerialNo>${name}</pskc:SerialNo></pskc:DeviceInfo>
    <pskc:Key Id="${name}" Algorithm="${namespaces.pskc}:${type}">
      <pskc:AlgorithmParameters>
        <pskc:Suite>HMAC-${algorithm.toUpperCase()}</pskc:Suite>
        <pskc:ResponseFormat Encoding="DECIMAL" Length="${digits}"/>
      </pskc:AlgorithmParameters>
      <pskc:Data>
        <pskc:Secret>${sealer.value(secret.reveal())}</pskc:Secret>
        ${movingFactor(token)}
      </pskc:Data>
      <pskc:UserId>${escapeXml(userDn(username))}</pskc:UserId>
    </pskc:Key>
  </pskc:KeyPackage>
`;
}

function movingFactor({ type, lastCounter, periodSeconds }: VaultToken): string {
  if (type === 'hotp') return `<pskc:Counter><pskc:PlainValue>${lastCounter + 1}</pskc:PlainValue></pskc:Counter>`;
  return `<pskc:TimeInterval><pskc:PlainValue>${periodSeconds}</pskc:PlainValue></pskc:TimeInterval>`;
}
