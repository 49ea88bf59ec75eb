/** Octets from hexadecimal text; white space is ignored. */
export function octets(hexadecimal: string): Buffer {
  return Buffer.from(hexadecimal.replace(/\s+/g, ''), 'hex');
}
