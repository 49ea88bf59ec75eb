import { parseAddress, unmapped, type AddressOctets } from '../lib/ip.ts';
import { allValues, AttributeType, firstValue, vendorValues } from '../radius/index.ts';
import type { AccessRequest, AddressAttribute } from './request.ts';

const MAX_STATION_OCTETS = 253;
// An IPv6 address with zone, a MAC address with an SSID: longer ones are no help on a phone.
const MAX_SHOWN_CHARACTERS = 64;
const NOT_SHOWN = /[\p{C}\p{Zl}\p{Zp}\ufffd]/gu;

/** The station that logs in, as the NAS names it; empty where it does not. */
export function stationOf(request: AccessRequest): string {
  const station = firstValue(request.attributes, AttributeType.callingStationId);
  return station === undefined ? '' : station.toString('utf8', 0, MAX_STATION_OCTETS);
}

/** The station in words of its own octets, a character each: tells every two apart, also those that are no text. */
export function stationKeyOf(request: AccessRequest): string {
  return firstValue(request.attributes, AttributeType.callingStationId)?.toString('latin1') ?? '';
}

/**
 * The address of the user as the NAS tells it (never that of the NAS itself), 4 or 16 octets; `undefined` where it tells
 * none that is one, tells two, or where it is not known that it tells the user's own.
 */
export function userAddressOf(request: AccessRequest): AddressOctets | undefined {
  if (!request.client.userAddress.isTrusted) return undefined;
  const told = toldAddress(request);
  return told === undefined ? undefined : octetsOf(told);
}

/** What the NAS tells of the user's address, for the log: also a number or a hardware address; empty where it tells nothing. */
export function userAddressTextOf(request: AccessRequest): string {
  const told = toldAddress(request);
  if (told === undefined) return '';
  return told.form === 'octets' ? textOfOctets(told.value) : textOf(told);
}

/** The same as a person may be shown it: nothing that breaks lines or turns text around, and not too long. */
export function shownAddressOf(request: AccessRequest): string {
  return Array.from(userAddressTextOf(request).replace(NOT_SHOWN, '').trim()).slice(0, MAX_SHOWN_CHARACTERS).join('');
}

interface Told {
  readonly value: Buffer;
  readonly form: AddressAttribute['form'];
}

// The first attribute that is there decides; where it is there twice, somebody has added one.
function toldAddress({ attributes, client }: AccessRequest): Told | undefined {
  for (const { type, vendor, form } of client.userAddress.attributes) {
    const values = vendor === undefined ? allValues(attributes, type) : vendorValues(attributes, vendor, type);
    const [value] = values;
    if (value !== undefined) return values.length === 1 ? { value, form } : undefined;
  }
  return undefined;
}

function octetsOf(told: Told): AddressOctets | undefined {
  if (told.form !== 'octets') return parseAddress(withoutPort(textOf(told)));
  return isAddress(told.value) ? unmapped(Buffer.from(told.value)) : undefined;
}

function isAddress({ length }: Buffer): boolean {
  return length === 4 || length === 16;
}

// RFC 2868 §3.3: an octet of up to 0x1F in front is the tag.
function textOf({ value, form }: Told): string {
  const from = form === 'tagged' && (value[0] ?? 0xff) <= 0x1f ? 1 : 0;
  return value.toString('utf8', from, MAX_STATION_OCTETS);
}

// `192.0.2.7[4500]`, as strongSwan writes it.
function withoutPort(text: string): string {
  return text.endsWith(']') ? text.replace(/\[\d{1,5}\]$/, '') : text;
}

function textOfOctets(value: Buffer): string {
  if (!isAddress(value)) return '';
  return value.length === 4 ? value.join('.') : value.toString('hex').replace(/(.{4})(?!$)/g, '$1:');
}
