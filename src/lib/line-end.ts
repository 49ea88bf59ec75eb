/** Octets without the one line end (LF or CRLF) at their end: what an editor or `echo` adds to a secret. */
export function withoutLineEnd(octets: Buffer): Buffer {
  if (octets.at(-1) !== 0x0a) return octets;
  return octets.subarray(0, octets.at(-2) === 0x0d ? -2 : -1);
}
