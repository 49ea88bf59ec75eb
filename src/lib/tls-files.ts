import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { causeOf } from './file-cause.ts';
import { Secret } from './secret.ts';

/** Where one end of TLS has its papers: absolute paths of PEM files. */
export interface TlsFiles {
  /** The certificate, and those that lead to the authority behind it. */
  readonly cert?: string | undefined;
  /** Its private key, without a passphrase. */
  readonly key?: string | undefined;
  /** The authorities whose certificates are believed. */
  readonly ca?: string | undefined;
}

/** Which of the files. */
export type TlsFileRole = keyof TlsFiles;

/** What the files hold; a key missing where no file was named. */
export interface TlsMaterial {
  readonly cert?: Buffer;
  readonly key?: Secret;
  readonly ca?: Buffer;
}

/** Something wrong with one file; as a warning, something that will be. */
export interface TlsFault {
  readonly role: TlsFileRole;
  readonly message: string;
  readonly isWarning: boolean;
}

/** What reading gave: `material` is there unless a fault is more than a warning. */
export interface TlsReading {
  readonly material: TlsMaterial | undefined;
  readonly faults: readonly TlsFault[];
  /** When the own certificate ends, in milliseconds since 1970. */
  readonly expiresMs: number | undefined;
}

const MAX_OCTETS = 1024 * 1024;
const DAY_MS = 86_400_000;
const WARN_DAYS = 30;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Reads the files and looks at what they hold: form, dates, and whether the key is the certificate's. Never throws. */
export function readTlsFiles(files: TlsFiles, nowMs: number): TlsReading {
  const faults: TlsFault[] = [];
  const read = (role: TlsFileRole): Buffer | undefined => {
    const result = files[role] === undefined ? undefined : readPem(files[role]);
    if (typeof result === 'string') faults.push({ role, message: result, isWarning: false });
    return typeof result === 'string' ? undefined : result;
  };
  const [cert, key, ca] = [read('cert'), read('key'), read('ca')];
  const own = cert && certificatesIn(cert);
  faults.push(...chainFaults(own, nowMs), ...(ca === undefined ? [] : authorityFaults(ca, nowMs)));
  if (key !== undefined) faults.push(...keyFaults(key, own?.[0], files.key ?? ''));
  const isSound = faults.every(({ isWarning }) => isWarning);
  const material = { ...(cert && { cert }), ...(key && { key: Secret.fromOctets(key) }), ...(ca && { ca }) };
  return { material: isSound ? material : undefined, faults, expiresMs: own?.[0]?.validToDate.getTime() };
}

/** A text that is another one once a file has been written anew; unreadable files have one too. */
export function signatureOf(files: TlsFiles): string {
  return [files.cert, files.key, files.ca].map((file) => (file === undefined ? '' : stampOf(file))).join(' ');
}

function stampOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${ino}-${size}-${mtimeMs}`;
  } catch (error) {
    return causeOf(error);
  }
}

function readPem(file: string): Buffer | string {
  try {
    if (statSync(file).size > MAX_OCTETS) return `the file ${file} is too long for certificates`;
    return readFileSync(file);
  } catch (error) {
    return `the file ${file} cannot be read: ${causeOf(error)}`;
  }
}

function certificatesIn(pem: Buffer): X509Certificate[] {
  try {
    return (pem.toString('latin1').match(PEM_CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

function chainFaults(chain: readonly X509Certificate[] | undefined, nowMs: number): TlsFault[] {
  if (chain === undefined) return [];
  const [own] = chain;
  if (own === undefined) return [fault('cert', 'holds no certificate in PEM form')];
  const wrong = datesFault(own, nowMs);
  if (wrong !== undefined) return [fault('cert', `the certificate ${wrong}`)];
  const daysLeft = Math.floor((own.validToDate.getTime() - nowMs) / DAY_MS);
  if (daysLeft >= WARN_DAYS) return [];
  const message = `the certificate expires ${daysLeft === 0 ? 'within a day' : `in ${daysLeft} days`}: renew it`;
  return [{ role: 'cert', message, isWarning: true }];
}

/** What is wrong with certificates of authorities, PEM. Old ones may stay among them; there has to be one that counts. */
export function authorityFaults(pem: Buffer, nowMs: number): TlsFault[] {
  const authorities = certificatesIn(pem);
  if (authorities.length === 0) return [fault('ca', 'holds no certificate in PEM form')];
  const faulty = authorities.map((authority) => datesFault(authority, nowMs));
  return faulty.includes(undefined) ? [] : [fault('ca', `the certificate of the authority ${faulty[0] ?? ''}`)];
}

function datesFault({ validFromDate, validToDate }: X509Certificate, nowMs: number): string | undefined {
  if (validToDate.getTime() <= nowMs) return `has expired on ${validToDate.toISOString().slice(0, 10)}`;
  if (validFromDate.getTime() > nowMs) return `is not valid before ${validFromDate.toISOString().slice(0, 10)}`;
  return undefined;
}

function keyFaults(pem: Buffer, own: X509Certificate | undefined, file: string): TlsFault[] {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return [fault('key', 'holds no private key in PEM form without a passphrase')];
  }
  if (own !== undefined && !own.checkPrivateKey(key)) return [fault('key', 'is not the key of the certificate')];
  if (!mayOthersRead(file)) return [];
  const message = `every user of this machine may read the file ${file}: take their right away (chmod o= ${file})`;
  return [{ role: 'key', message, isWarning: true }];
}

function mayOthersRead(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && (stats.mode & 0o007) !== 0;
}

function fault(role: TlsFileRole, message: string): TlsFault {
  return { role, message, isWarning: false };
}
