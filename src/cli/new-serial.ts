import type { Random } from '../lib/random.ts';

const OCTETS = 5;

/** A serial for a token that has none on its back, such as `TOTP-09AF…`. */
export function newSerial(type: string, random: Random): string {
  return `${type}-${random.octets(OCTETS).toString('hex')}`.toUpperCase();
}
