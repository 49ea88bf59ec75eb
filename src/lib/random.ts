import { randomFillSync } from 'node:crypto';

/** The only source of randomness. */
export interface Random {
  /** `length` fresh octets, unpredictable, never given twice. */
  octets(length: number): Buffer;
  /** A number from 0 up to and not including 1, for jitter (never for secrets). */
  fraction(): number;
}

// One call of the kernel's generator costs as much for 16 octets as for some thousands; draws are cut from a pool.
const POOL_OCTETS = 8192;

/** Randomness from the operating system, drawn in pools. */
export function createSystemRandom(): Random {
  let pool = Buffer.alloc(0);
  let used = 0;
  return {
    octets(length) {
      if (length > POOL_OCTETS / 4) return randomFillSync(Buffer.allocUnsafeSlow(length));
      if (used + length > pool.length) {
        pool = randomFillSync(Buffer.allocUnsafeSlow(POOL_OCTETS));
        used = 0;
      }
      const drawn = Buffer.from(pool.subarray(used, used + length));
      pool.fill(0, used, used + length);
      used += length;
      return drawn;
    },
    fraction: () => Math.random(),
  };
}
