/** The octets of Base64 with white space and padding as XML has it; `undefined` when it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  const plain = text.replace(/\s+/g, '');
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return undefined;
  return Buffer.from(plain, 'base64');
}
