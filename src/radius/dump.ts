import { AttributeType, type Attribute } from './attribute.ts';
import { decodeAttributes, decodeValue, type DecodedAttribute, type Dictionary } from './dictionary/index.ts';
import { Code, HEADER_OCTETS, type Packet } from './packet.ts';

/** What a dump shows of a packet; the authenticators stay out of it. */
export type DumpedPacket = Pick<Packet, 'code' | 'identifier' | 'attributes'>;

const HIDDEN = '[hidden]';

// Hidden even under a dictionary that does not know them.
const ALWAYS_HIDDEN: ReadonlySet<number> = new Set([
  AttributeType.userPassword,
  AttributeType.chapPassword,
  AttributeType.tunnelPassword,
]);

// Identity, Notification, Nak, and the methods that are sealed by TLS, FAST or TEAP: their octets give no password away.
const OPEN_EAP_TYPES: ReadonlySet<number> = new Set([1, 2, 3, 13, 21, 25, 43, 55]);

const CODE_NAMES: ReadonlyMap<number, string> = new Map([
  [Code.accessRequest, 'Access-Request'],
  [Code.accessAccept, 'Access-Accept'],
  [Code.accessReject, 'Access-Reject'],
  [Code.accountingRequest, 'Accounting-Request'],
  [Code.accountingResponse, 'Accounting-Response'],
  [Code.accessChallenge, 'Access-Challenge'],
  [Code.statusServer, 'Status-Server'],
  [Code.disconnectRequest, 'Disconnect-Request'],
  [Code.disconnectAck, 'Disconnect-ACK'],
  [Code.disconnectNak, 'Disconnect-NAK'],
]);

/**
 * A packet as text for the log: a line with code, identifier and length, then one line an attribute, as
 * `  NAS-Port-Type = Virtual` or, for what the dictionary does not know, `  Attr-26.9.250 = 0x00`.
 * Passwords, keys and proofs of passwords read `[hidden]`; text is quoted and its control characters escaped, so that
 * nobody writes lines of his own into the log. Never throws, whatever the octets.
 */
export function dumpPacket(packet: DumpedPacket, dictionary: Dictionary): string {
  const name = CODE_NAMES.get(packet.code) ?? `Code-${packet.code}`;
  const length = packet.attributes.reduce((octets, { value }) => octets + 2 + value.length, HEADER_OCTETS);
  const lines = dumpAttributes(packet.attributes, dictionary).map((line) => `  ${line}`);
  return [`${name} Id ${packet.identifier} Length ${length}`, ...lines].join('\n');
}

/** The attributes alone, one line each, not indented. */
export function dumpAttributes(attributes: readonly Attribute[], dictionary: Dictionary): string[] {
  return decodeAttributes(attributes, dictionary).map((attribute) => {
    const shown = isHidden(attribute, dictionary) ? HIDDEN : formatValue(attribute);
    return `${formatName(attribute)} = ${shown}`;
  });
}

/** Text in quotes, on one line: control, format and unassigned characters, quotes and backslashes are escaped. */
export function quoteText(text: string): string {
  const escaped = text.replace(/["\\]|[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, escapeCharacter);
  return `"${escaped}"`;
}

function isHidden({ definition, isBroken, numbers, octets }: DecodedAttribute, dictionary: Dictionary): boolean {
  if (definition?.isSecret === true) return true;
  if (isBroken) return dictionary.holdsSecrets(numbers);
  if (numbers.length > 1) return false;
  const [type = 0] = numbers;
  return ALWAYS_HIDDEN.has(type) || (type === AttributeType.eapMessage && holdsEapSecret(octets));
}

// RFC 3748 §4: code, identifier, two octets of length; requests (1) and responses (2) then have a type.
function holdsEapSecret(octets: Buffer): boolean {
  const [code, , , , type] = octets;
  return (code === 1 || code === 2) && type !== undefined && !OPEN_EAP_TYPES.has(type);
}

function formatName({ definition, numbers, tag }: DecodedAttribute): string {
  const name = definition?.name ?? `Attr-${numbers.join('.')}`;
  return tag === undefined ? name : `${name}:${tag}`;
}

function formatValue({ definition, isBroken, octets }: DecodedAttribute): string {
  const text = definition === undefined || isBroken ? undefined : decodeValue(definition, octets);
  if (definition?.type !== 'string') return text ?? `0x${octets.toString('hex')}`;
  const shown = text ?? octets.toString('latin1');
  return quoteText(/AV-?Pair$/i.test(definition.name) ? withoutPairedSecret(shown) : shown);
}

// Cisco's pairs carry keys in clear, as in `vpdn:l2tp-tunnel-password=…`; `*` is their other sign for `=`.
function withoutPairedSecret(text: string): string {
  return text.replace(/((?:password|passwd|secret|psk|key)[\w-]*\s*[=*]).*$/is, `$1${HIDDEN}`);
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character];
  const code = character.codePointAt(0) ?? 0;
  return short ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`);
}
