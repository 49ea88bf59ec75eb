import { timingSafeEqual, X509Certificate } from 'node:crypto';
import type { CertificateConfig, ClientConfig } from '../config/index.ts';
import { contains, parseAddress } from '../lib/ip.ts';
import type { Secret } from '../lib/secret.ts';
import type { RadiusClient } from './clients.ts';

/** What a finished handshake has proved of the other end. */
export type TlsProof =
  /** A certificate that one of our authorities has signed, in DER. */
  | { readonly kind: 'certificate'; readonly der: Buffer }
  /** The key that this identity goes with. */
  | { readonly kind: 'psk'; readonly identity: string; readonly key: Secret };

/** The clients of RadSec: by what their certificate says, or by the identity of their key (RFC 6614 §2.3). */
export class TlsClients {
  readonly #withCertificate: readonly RadiusClient[];
  readonly #byIdentity: ReadonlyMap<string, RadiusClient>;

  constructor(clients: readonly RadiusClient[]) {
    this.#withCertificate = clients.filter(({ config }) => config.tls?.certificate !== undefined);
    this.#byIdentity = new Map(
      clients.flatMap((client) => {
        const psk = client.config.tls?.psk;
        return psk === undefined ? [] : [[psk.identity, client] as const];
      }),
    );
  }

  /** The first client whom the proof and the source address fit. */
  find(proof: TlsProof, address: string): RadiusClient | undefined {
    if (proof.kind === 'psk') return this.#findByKey(proof.identity, proof.key, address);
    const certificate = new X509Certificate(proof.der);
    return this.#withCertificate.find(({ config }) => {
      const wanted = config.tls?.certificate;
      return wanted !== undefined && mayComeFrom(config, address) && fits(certificate, wanted);
    });
  }

  /** The key of that identity. */
  pskOf(identity: string): Secret | undefined {
    return this.#byIdentity.get(identity)?.config.tls?.psk?.key;
  }

  #findByKey(identity: string, key: Secret, address: string): RadiusClient | undefined {
    const client = this.#byIdentity.get(identity);
    const present = client?.config.tls?.psk?.key;
    if (client === undefined || present === undefined || !isSame(present, key)) return undefined;
    return mayComeFrom(client.config, address) ? client : undefined;
  }
}

// Another one after a reload: who knew the old key is out.
function isSame(present: Secret, used: Secret): boolean {
  return present.length === used.length && timingSafeEqual(present.reveal(), used.reveal());
}

/** The names of a certificate, for the log: what strangers wrote into it, without control characters and not too long. */
export function describeCertificate(der: Buffer): object {
  const { subject, subjectAltName, fingerprint256 } = new X509Certificate(der);
  return { subject: shown(subject), subjectAltName: shown(subjectAltName), fingerprint: fingerprint256 };
}

const MAX_SHOWN = 200;

function shown(text: string | undefined): string | undefined {
  return text?.replace(/[\p{C}\u2028\u2029]+/gu, ' ').slice(0, MAX_SHOWN);
}

function fits(certificate: X509Certificate, { dns, commonName, fingerprint }: CertificateConfig): boolean {
  const kinds = [
    { wanted: dns, has: (name: string) => hasHostName(certificate, name) },
    { wanted: commonName, has: (name: string) => name === commonNameOf(certificate) },
    { wanted: fingerprint, has: (hex: string) => hex === fingerprintOf(certificate) },
  ].filter(({ wanted }) => wanted.length > 0);
  return kinds.length > 0 && kinds.every(({ wanted, has }) => wanted.some(has));
}

// A wildcard in a certificate would be all machines of a domain at once: it is nobody's name.
function hasHostName(certificate: X509Certificate, name: string): boolean {
  return certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
}

// A list where there are several: none of them is its name.
function commonNameOf(certificate: X509Certificate): string | undefined {
  const { CN: name } = certificate.toLegacyObject().subject as { CN?: unknown };
  return typeof name === 'string' ? name : undefined;
}

function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase();
}

function mayComeFrom({ address: prefixes }: ClientConfig, address: string): boolean {
  if (prefixes.length === 0) return true;
  const octets = parseAddress(address);
  return octets !== undefined && prefixes.some((prefix) => contains(prefix, octets));
}
