import parsePhoneNumber, { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';

/** A phone number as it is dialled. */
export interface DialledNumber {
  readonly kind: 'number';
  /** `+4512345678`. */
  readonly e164: string;
  /** Keys to press once the call is answered. */
  readonly extension?: string;
  /** ISO 3166; missing for numbers of no country (`+800`). */
  readonly country?: string;
}

/** A number, or what is wrong with the text; `problem` does not quote it. */
export type ParsedNumber = DialledNumber | { readonly kind: 'invalid'; readonly problem: string };

const MAX_LENGTH = 64;
// Keys of a phone, with commas for pauses of two seconds.
const EXTENSION = /^[0-9*#,]{1,32}$/;

/**
 * A number as an administrator wrote it, `defaultCountry` for those without their country's code. The extension stands
 * behind `x`, `ext.` or `;ext=` (as people write it), or behind a comma: then the comma is dialled too.
 */
export function parseNumber(text: string, defaultCountry: string | undefined): ParsedNumber {
  if (text.length > MAX_LENGTH) return invalid('is too long for a phone number');
  const [, main = '', keys] = /^([^,]*)(,[0-9*#,\s]*)?$/.exec(text.trim()) ?? [];
  if (main === '') return invalid('is no phone number');
  const country = defaultCountry !== undefined && isSupportedCountry(defaultCountry) ? defaultCountry : undefined;
  const parsed = parse(main, country);
  if (parsed === undefined) return invalid('is no phone number');
  if (!parsed.isValid()) return invalid('is not a phone number that can exist');
  if (parsed.getType() === 'PREMIUM_RATE') return invalid('is a premium-rate number');
  const extension = `${parsed.ext ?? ''}${(keys ?? '').replace(/\s/g, '')}`;
  if (extension !== '' && !EXTENSION.test(extension)) return invalid('has an extension that no phone can dial');
  return {
    kind: 'number',
    e164: parsed.number,
    ...(extension !== '' && { extension }),
    ...(parsed.country !== undefined && { country: parsed.country }),
  };
}

function parse(text: string, defaultCountry: CountryCode | undefined) {
  return parsePhoneNumber(text, { ...(defaultCountry && { defaultCountry }), extract: false });
}

function invalid(problem: string): ParsedNumber {
  return { kind: 'invalid', problem: `the phone number ${problem}` };
}
