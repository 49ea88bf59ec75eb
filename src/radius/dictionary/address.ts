import { isIPv4, isIPv6 } from 'node:net';
import { parseAddress, parsePrefix } from '../../lib/ip.ts';

const MAPPED_START = Buffer.from('00000000000000000000ffff', 'hex');

/** `192.0.2.1`; `undefined` unless 4 octets. */
export function formatIpv4(octets: Buffer): string | undefined {
  return octets.length === 4 ? octets.join('.') : undefined;
}

/** `2001:db8::1`, in RFC 5952's spelling; `undefined` unless 16 octets. */
export function formatIpv6(octets: Buffer): string | undefined {
  if (octets.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => octets.readUInt16BE(index * 2).toString(16));
  const longest = longestZeros(groups);
  if (longest === undefined) return groups.join(':');
  return `${groups.slice(0, longest.start).join(':')}::${groups.slice(longest.end).join(':')}`;
}

/** `192.0.2.0/24` (RFC 8044 §3.11): a reserved octet, the length, four octets. */
export function formatIpv4Prefix(octets: Buffer): string | undefined {
  const lengthBits = (octets[1] ?? 0) & 0x3f;
  if (octets.length !== 6 || lengthBits > 32) return undefined;
  return `${octets.subarray(2).join('.')}/${lengthBits}`;
}

/** `2001:db8::/32` (RFC 3162 §2.3): a reserved octet, the length, and as many octets as matter. */
export function formatIpv6Prefix(octets: Buffer): string | undefined {
  const lengthBits = octets[1] ?? 0;
  if (octets.length < 2 || octets.length > 18 || lengthBits > 128) return undefined;
  if (octets.length - 2 < Math.ceil(lengthBits / 8)) return undefined;
  const address = Buffer.alloc(16);
  octets.copy(address, 0, 2);
  return `${formatIpv6(address) ?? ''}/${lengthBits}`;
}

/** The four octets of an IPv4 address. */
export function parseIpv4(text: string): Buffer | undefined {
  return isIPv4(text) ? parseAddress(text) : undefined;
}

/** The sixteen octets of an IPv6 address without zone, also of an IPv4-mapped one. */
export function parseIpv6(text: string): Buffer | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const octets = parseAddress(text);
  return octets?.length === 4 ? Buffer.concat([MAPPED_START, octets]) : octets;
}

/** The octets of `192.0.2.0/24` on the wire; host bits must be zero. */
export function parseIpv4Prefix(text: string): Buffer | undefined {
  const prefix = parsePrefix(text);
  if (prefix?.octets.length !== 4 || text.includes(':')) return undefined;
  return Buffer.from([0, prefix.lengthBits, ...prefix.octets]);
}

/** The octets of `2001:db8::/32` on the wire, as few as matter; host bits must be zero. */
export function parseIpv6Prefix(text: string): Buffer | undefined {
  const prefix = parsePrefix(text);
  if (prefix?.octets.length !== 16) return undefined;
  const { lengthBits, octets } = prefix;
  return Buffer.from([0, lengthBits, ...octets.subarray(0, Math.ceil(lengthBits / 8))]);
}

function longestZeros(groups: readonly string[]): { start: number; end: number } | undefined {
  let longest: { start: number; end: number } | undefined;
  for (let start = 0; start < groups.length; start += 1) {
    let end = start;
    while (groups[end] === '0') end += 1;
    const isLonger = end - start >= 2 && end - start > (longest === undefined ? 0 : longest.end - longest.start);
    if (isLonger) longest = { start, end };
  }
  return longest;
}
