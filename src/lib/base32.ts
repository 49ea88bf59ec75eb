// RFC 4648 §6.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Base32 in capitals, padded as RFC 4648 §6 has it. */
export function encodeBase32(octets: Uint8Array): string {
  // A string made of pieces would keep all of them.
  const text = Buffer.alloc(Math.ceil(octets.length / 5) * 8, '=', 'latin1');
  let length = 0;
  let value = 0;
  let bits = 0;
  for (const octet of octets) {
    value = ((value << 8) | octet) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text[length++] = characterOf(value >> (bits - 5));
  }
  if (bits > 0) text[length] = characterOf(value << (5 - bits));
  return text.toString('latin1');
}

function characterOf(value: number): number {
  return ALPHABET.charCodeAt(value & 31);
}

/** The octets of Base32 in capitals, with or without padding, left-over bits dropped; `undefined` for anything else. */
export function decodeBase32(text: string): Buffer | undefined {
  const plain = text.replace(/=+$/, '');
  if (!/^[A-Z2-7]*$/.test(plain)) return undefined;
  const octets = Buffer.alloc(Math.floor((plain.length * 5) / 8));
  let value = 0;
  let bits = 0;
  let length = 0;
  for (const character of plain) {
    value = ((value << 5) | ALPHABET.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits >= 8) octets[length++] = (value >> (bits -= 8)) & 0xff;
  }
  return octets;
}
