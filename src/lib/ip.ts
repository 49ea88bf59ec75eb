import { isIPv6, SocketAddress } from 'node:net';

/** An address as numbers: 4 or 16 octets. */
export type AddressOctets = Buffer;

/** A block of addresses. */
export interface Prefix {
  /** 4 or 16 octets, host bits zero. */
  readonly octets: AddressOctets;
  /** Number of leading bits that count. */
  readonly lengthBits: number;
}

/** The octets of an IPv4 or IPv6 address in text; IPv4-mapped ones become IPv4; `undefined` for anything else. */
export function parseAddress(text: string): AddressOctets | undefined {
  const octets = ipv4Octets(text);
  if (octets !== undefined) return octets;
  const withoutZone = text.split('%', 1)[0] ?? '';
  if (!isIPv6(withoutZone)) return undefined;
  return unmapped(ipv6Octets(withoutZone));
}

/** `address/bits` or a bare address; host bits must be zero; `undefined` for anything else. */
export function parsePrefix(text: string): Prefix | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const written = match[1] ?? '';
  const octets = parseAddress(written);
  if (octets === undefined) return undefined;
  const isMapped = octets.length === 4 && isIPv6(written);
  const fullBits = octets.length * 8;
  const lengthBits = match[2] === undefined ? fullBits : Number(match[2]) - (isMapped ? 96 : 0);
  if (lengthBits < 0 || lengthBits > fullBits) return undefined;
  return masked(octets, lengthBits).equals(octets) ? { octets, lengthBits } : undefined;
}

/** Whether the address lies in the prefix; families never match each other. */
export function contains(prefix: Prefix, address: AddressOctets): boolean {
  return prefix.octets.length === address.length && masked(address, prefix.lengthBits).equals(prefix.octets);
}

/** The leading bits of an address as text: two addresses have the same exactly when one prefix of that length holds both. */
export function prefixKey(address: AddressOctets, lengthBits: number): string {
  return masked(address, lengthBits).toString('latin1');
}

/** The text of a prefix in one spelling, for messages and for comparing prefixes. */
export function formatPrefix(prefix: Prefix): string {
  const { octets, lengthBits } = prefix;
  if (octets.length === 4) return `${octets.join('.')}/${lengthBits}`;
  return `${octets.toString('hex').replace(/(.{4})(?!$)/g, '$1:')}/${lengthBits}`;
}

/** The text of an address of 4 or 16 octets, in the usual spelling. */
export function formatAddress(octets: AddressOctets): string {
  if (octets.length === 4) return octets.join('.');
  const groups = octets.toString('hex').replace(/(.{4})(?!$)/g, '$1:');
  return new SocketAddress({ address: groups, family: 'ipv6' }).address;
}

/** An IPv4-mapped address, which a socket of both families gives for an IPv4 peer (RFC 4291 §2.5.5.2), as IPv4; else as it is. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** Host and port as they stand in an address; an IPv6 address in brackets (RFC 3986 §3.2.2). */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** The host of a URL, an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function masked(octets: AddressOctets, lengthBits: number): AddressOctets {
  const result = Buffer.from(octets);
  for (let index = 0; index < result.length; index += 1) {
    const keptBits = Math.max(0, Math.min(8, lengthBits - index * 8));
    result[index] = (result[index] ?? 0) & (0xff << (8 - keptBits));
  }
  return result;
}

const DOT = 0x2e;
const ZERO = 0x30;

// By hand: a login's address is read several times, and an expression and a list of texts cost more than the four octets.
function ipv4Octets(text: string): AddressOctets | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  let packed = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || dots === 3) return undefined;
      packed = (packed << 8) | octet;
      octet = digits = 0;
      dots += 1;
    } else {
      const digit = code - ZERO;
      // No zero in front: some take what follows for octal.
      if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return undefined;
      octet = octet * 10 + digit;
      digits += 1;
      if (octet > 255) return undefined;
    }
  }
  if (dots !== 3 || digits === 0) return undefined;
  const octets = Buffer.allocUnsafe(4);
  octets.writeInt32BE((packed << 8) | octet);
  return octets;
}

function ipv6Octets(text: string): AddressOctets {
  const [head = '', tail] = text.split('::', 2);
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const middle = new Array<number>(16 - front.length - back.length).fill(0);
  return Buffer.from([...front, ...middle, ...back]);
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** An address of 4 or 16 octets; an IPv4-mapped one (RFC 4291 §2.5.5.2), as a dual-stack socket reports IPv4 peers, as IPv4. */
export function unmapped(octets: AddressOctets): AddressOctets {
  if (octets.length === 4) return octets;
  const isMapped = octets.readUInt32BE(8) === 0xffff && octets.subarray(0, 8).every((octet) => octet === 0);
  return isMapped ? octets.subarray(12) : octets;
}
