import { parseAddress, type AddressOctets } from '../lib/ip.ts';
import { AttributeType, firstValue } from '../radius/index.ts';
import type { AccessRequest } from './request.ts';

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

/** The station as a person may be shown it: nothing that breaks lines or turns text around, and not too long. */
export function shownStationOf(request: AccessRequest): string {
  return Array.from(stationOf(request).replace(NOT_SHOWN, '').trim()).slice(0, MAX_SHOWN_CHARACTERS).join('');
}

/**
 * The address of the user as the NAS tells it (never that of the NAS itself), 4 or 16 octets; `undefined` where it tells
 * none that is one. Only its Calling-Station-Id is believed so far.
 */
export function userAddressOf(request: AccessRequest): AddressOctets | undefined {
  return parseAddress(stationOf(request));
}
