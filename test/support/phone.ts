import { createHmac } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A Base32 secret for tests (RFC 6238's, of 20 octets). */
export const TOKEN_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

/** The TOTP passcode (RFC 6238) that a phone shows for a Base32 secret, `stepsAhead` steps of 30 seconds from now. */
export function phoneShows(secret = TOKEN_SECRET, stepsAhead = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + stepsAhead));
  const mac = createHmac('sha1', decodeBase32(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac[19]! & 0x0f) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Six digits that the phone shows neither now nor near now; `number` gives different ones. */
export function wrongPasscode(number = 1, secret = TOKEN_SECRET): string {
  const shown = new Set([-3, -2, -1, 0, 1, 2, 3, 4].map((steps) => phoneShows(secret, steps)));
  for (let candidate = number * 1000; ; candidate += 1) {
    const text = String(candidate).padStart(6, '0');
    if (!shown.has(text)) return text;
  }
}

function decodeBase32(text: string): Buffer {
  const octets: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of text) {
    held = ((held << 5) | ALPHABET.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    octets.push((held >> bits) & 0xff);
  }
  return Buffer.from(octets);
}
