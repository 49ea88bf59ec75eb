import { argon2, timingSafeEqual } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import type { Random } from '../lib/random.ts';

/** What argon2id is asked for; memory in KiB. */
export interface Argon2Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** A password hash taken apart. */
export interface PasswordHash {
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB of memory, two passes, one lane (also RFC 9106 §4 in spirit). */
export const defaultCost: Argon2Cost = { memory: 19_456, passes: 2, parallelism: 1 };

// RFC 9106 §3.1: a salt of 16 octets is recommended for passwords; a tag of 32 is what other programs write.
const SALT_OCTETS = 16;
const TAG_OCTETS = 32;

// A row that somebody has tampered with must not take the machine's memory: far above any sensible cost, far below harm.
const maxCost: Argon2Cost = { memory: 262_144, passes: 16, parallelism: 16 };
const saltBounds = { min: 8, max: 64 };
const tagBounds = { min: 16, max: 64 };

// The PHC string format with the parameters in the order that the reference implementation writes.
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

const runArgon2 = promisify(argon2);

/** A new argon2id hash of the password with a fresh salt, in PHC form; computed off the event loop. */
export async function hashPassword(password: Buffer, random: Random, cost: Argon2Cost = defaultCost): Promise<string> {
  const salt = random.octets(SALT_OCTETS);
  return formatPasswordHash({ cost, salt, tag: await computeTag(password, { cost, salt, length: TAG_OCTETS }) });
}

/** Whether the password made that hash; `false` also for a hash that `parsePasswordHash` does not know. */
export async function verifyPassword(hash: string, password: Buffer): Promise<boolean> {
  const parsed = parsePasswordHash(hash);
  return parsed !== undefined && (await matchesPassword(parsed, password));
}

/** Whether the password made that hash; constant time, off the event loop. */
export async function matchesPassword(hash: PasswordHash, password: Buffer): Promise<boolean> {
  const { cost, salt, tag } = hash;
  return timingSafeEqual(await computeTag(password, { cost, salt, length: tag.length }), tag);
}

/** The parts of a PHC string; `undefined` when it is not argon2id version 19 or asks for more than is ever sensible. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = PHC.exec(text);
  if (match === null) return undefined;
  const [, memory, passes, parallelism, salt = '', tag = ''] = match;
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const hash = { cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
  return isBearable(cost) && isWithin(hash.salt, saltBounds) && isWithin(hash.tag, tagBounds) ? hash : undefined;
}

/** A hash that no password has made, and that costs as much to compare with as a real one. */
export function createDummyHash(random: Random): PasswordHash {
  return { cost: defaultCost, salt: random.octets(SALT_OCTETS), tag: random.octets(TAG_OCTETS) };
}

function formatPasswordHash({ cost, salt, tag }: PasswordHash): string {
  const parameters = `m=${cost.memory},t=${cost.passes},p=${cost.parallelism}`;
  return `$argon2id$v=19$${parameters}$${unpadded(salt)}$${unpadded(tag)}`;
}

function computeTag(
  password: Buffer,
  { cost, salt, length }: { cost: Argon2Cost; salt: Buffer; length: number },
): Promise<Buffer> {
  return runArgon2('argon2id', { ...cost, message: canonicalOctets(password), nonce: salt, tagLength: length });
}

// One password, however it was typed and sent: composed characters (RFC 8265 §4.2.2 rule 4), and Latin-1 for what
// cannot be UTF-8, since a NAS may send either. ASCII stays as it is.
function canonicalOctets(password: Buffer): Buffer {
  if (password.every((octet) => octet < 0x80)) return password;
  const text = password.toString(isUtf8(password) ? 'utf8' : 'latin1');
  return Buffer.from(text.normalize('NFC'), 'utf8');
}

function isBearable({ memory, passes, parallelism }: Argon2Cost): boolean {
  const isPositive = passes >= 1 && parallelism >= 1;
  // RFC 9106 §3.1: at least 8 KiB a lane.
  const hasMemory = memory >= 8 * parallelism && memory <= maxCost.memory;
  return isPositive && hasMemory && passes <= maxCost.passes && parallelism <= maxCost.parallelism;
}

function isWithin(octets: Buffer, bounds: { min: number; max: number }): boolean {
  return octets.length >= bounds.min && octets.length <= bounds.max;
}

function unpadded(octets: Buffer): string {
  return octets.toString('base64').replace(/=+$/, '');
}
