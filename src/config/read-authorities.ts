import { resolve } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { authorityFaults, readTlsFiles } from '../lib/tls-files.ts';
import type { Environment } from './environment.ts';
import type { AuthoritiesInput } from './schema/index.ts';

/** The authorities that are trusted, or what stands in the way of them. */
export type AuthoritiesResult =
  { readonly kind: 'authorities'; readonly pem: string } | { readonly kind: 'unreadable'; readonly message: string };

const PEM = '-----BEGIN ';

/** Reads certificates of authorities from where the configuration says they are. They are public: anybody may read them. */
export function readAuthorities(
  input: AuthoritiesInput,
  { env }: Environment,
  base: string,
  nowMs = systemClock.nowMs(),
): AuthoritiesResult {
  if (typeof input === 'object' && 'env' in input) {
    const value = Object.hasOwn(env, input.env) ? env[input.env] : undefined;
    return value === undefined ? unreadable('that environment variable is not set') : fromText(value, nowMs);
  }
  if (typeof input === 'string' && input.includes(PEM)) return fromText(input, nowMs);
  return fromFile(resolve(base, typeof input === 'string' ? input : input.file), nowMs);
}

function fromText(pem: string, nowMs: number): AuthoritiesResult {
  const [fault] = authorityFaults(Buffer.from(pem), nowMs);
  return fault === undefined ? { kind: 'authorities', pem } : unreadable(fault.message);
}

function fromFile(ca: string, nowMs: number): AuthoritiesResult {
  const { material, faults } = readTlsFiles({ ca }, nowMs);
  const pem = material?.ca?.toString('latin1');
  return pem === undefined ? unreadable(faults[0]?.message ?? 'cannot be read') : { kind: 'authorities', pem };
}

function unreadable(message: string): AuthoritiesResult {
  return { kind: 'unreadable', message };
}
