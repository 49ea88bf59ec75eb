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
  const read = readNumber(text, defaultCountry);
  if (read === undefined) return invalid('is no phone number');
  const { parsed, extension } = read;
  if (!parsed.isValid()) return invalid('is not a phone number that can exist');
  if (parsed.getType() === 'PREMIUM_RATE') return invalid('is a premium-rate number');
  if (extension !== '' && !EXTENSION.test(extension)) return invalid('has an extension that no phone can dial');
  return {
    kind: 'number',
    e164: parsed.number,
    ...(extension !== '' && { extension }),
    ...(parsed.country !== undefined && { country: parsed.country }),
  };
}

/** The number in E.164, its extension behind `x`, whether it exists or not; `undefined` where it cannot be one. */
export function writtenNumber(text: string, defaultCountry: string | undefined): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const read = readNumber(text, defaultCountry);
  if (read?.parsed.isPossible() !== true) return undefined;
  const { parsed, extension } = read;
  if (extension === '') return parsed.number;
  return EXTENSION.test(extension) ? `${parsed.number}${extension.startsWith(',') ? '' : 'x'}${extension}` : undefined;
}

function readNumber(text: string, defaultCountry: string | undefined) {
  const [, main = '', keys] = /^([^,]*)(,[0-9*#,\s]*)?$/.exec(text.trim()) ?? [];
  const country = defaultCountry !== undefined && isSupportedCountry(defaultCountry) ? defaultCountry : undefined;
  const parsed = main === '' ? undefined : parse(main, country);
  return parsed && { parsed, extension: `${parsed.ext ?? ''}${(keys ?? '').replace(/\s/g, '')}` };
}

function parse(text: string, defaultCountry: CountryCode | undefined) {
  return parsePhoneNumber(text, { ...(defaultCountry && { defaultCountry }), extract: false });
}

function invalid(problem: string): ParsedNumber {
  return { kind: 'invalid', problem: `the phone number ${problem}` };
}
