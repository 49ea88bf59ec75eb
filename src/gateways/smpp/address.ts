import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';

/** SMPP 3.4 §5.2.5 and §5.2.6. */
const TON = { unknown: 0, international: 1, national: 2, networkSpecific: 3, alphanumeric: 5 } as const;
const NPI = { unknown: 0, isdn: 1 } as const;

/** A number as SMPP writes it. */
export interface SmppAddress {
  /** Type of number. */
  readonly ton: number;
  /** Numbering plan. */
  readonly npi: number;
  readonly address: string;
}

/** Whom the recipient sees: E.164, a short code, a name of at most 11 characters; the SMSC's own choice where empty. */
export function senderAddress(from: string): SmppAddress {
  if (from === '') return { ton: TON.unknown, npi: NPI.unknown, address: '' };
  if (/^\+\d+$/.test(from)) return { ton: TON.international, npi: NPI.isdn, address: from.slice(1) };
  if (/^\d{1,8}$/.test(from)) return { ton: TON.networkSpecific, npi: NPI.unknown, address: from };
  if (/^\d+$/.test(from)) return { ton: TON.unknown, npi: NPI.isdn, address: from };
  return { ton: TON.alphanumeric, npi: NPI.unknown, address: from };
}

/** A number in E.164 as destination; `undefined` when it is none. */
export function destinationAddress(to: string): SmppAddress | undefined {
  const digits = /^\+(\d{4,15})$/.exec(to)?.[1];
  return digits === undefined ? undefined : { ton: TON.international, npi: NPI.isdn, address: digits };
}

/** The sender of a message that came in, in E.164; `undefined`: a name, a short code, or no number of that country. */
export function senderNumber({ ton, address }: SmppAddress, country: CountryCode | undefined): string | undefined {
  if (!/^\+?\d{4,17}$/.test(address)) return undefined;
  const international = `+${address.replace(/^(\+|00)/, '')}`;
  switch (ton) {
    case TON.international:
      return numberOf(international);
    case TON.national:
      return numberOf(address, country);
    // Most SMSCs that say nothing mean an international number; a national one is tried first, where a country is known.
    case TON.unknown:
      return numberOf(address, country) ?? numberOf(international);
    // Names, short codes, and what means something within one network only.
    default:
      return undefined;
  }
}

function numberOf(text: string, country?: CountryCode): string | undefined {
  const number = parsePhoneNumberFromString(
    text,
    country === undefined ? { extract: false } : { defaultCountry: country, extract: false },
  );
  return number?.isValid() === true ? number.number : undefined;
}
