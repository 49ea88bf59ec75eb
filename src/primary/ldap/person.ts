import type { LdapPrimaryConfig } from '../../config/index.ts';
import type { Person } from '../primary.ts';
import { firstRdn } from './dn.ts';
import { octetsOf, textOf, textsOf, type DirectoryEntry } from './entry.ts';

/** A number as somebody wrote it: in E.164, an extension behind `x`; `undefined` where it is no number. */
export type ReadPhone = (text: string) => Promise<string | undefined>;

/** Which attributes say what. */
export type PersonAttributes = Pick<
  LdapPrimaryConfig,
  | 'nameAttribute'
  | 'idAttribute'
  | 'firstNameAttribute'
  | 'lastNameAttribute'
  | 'mailAttribute'
  | 'languageAttribute'
  | 'phoneAttributes'
>;

// Control characters, those that turn the direction of text, and the sign for undecodable octets: no User-Name has them.
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/u;
const MAX_NAME_OCTETS = 253;
const MAX_CHARACTERS = 256;
const MAIL = /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u;
const GUID_OCTETS = 16;
// MS-ADTS §2.2.16; other directories have nothing of that name.
const ACCOUNT_CONTROL = 'userAccountControl';
const ACCOUNT_DISABLED = 0x2;

/** The attributes that a person is made of. */
export function attributesOf(names: PersonAttributes): string[] {
  const { nameAttribute, idAttribute, firstNameAttribute, lastNameAttribute } = names;
  const { mailAttribute, languageAttribute, phoneAttributes } = names;
  const texts = [nameAttribute, firstNameAttribute, lastNameAttribute, mailAttribute, languageAttribute];
  return [...new Set([...texts, idAttribute, ...phoneAttributes, ACCOUNT_CONTROL])];
}

/** The person of an entry; `undefined` where it has no name by which somebody could log in. */
export async function readPerson(
  entry: DirectoryEntry,
  names: PersonAttributes,
  context: { readonly source: string; readonly groups: Person['groups']; readonly readPhone: ReadPhone },
): Promise<Person | undefined> {
  const name = oneName(entry, names.nameAttribute);
  if (name === undefined) return undefined;
  const externalId = readId(entry, names.idAttribute);
  const firstName = shown(textOf(entry, names.firstNameAttribute));
  const lastName = shown(textOf(entry, names.lastNameAttribute));
  const email = textsOf(entry, names.mailAttribute).find((text) => text.length <= MAX_CHARACTERS && MAIL.test(text));
  const phone = await readFirstPhone(entry, names.phoneAttributes, context.readPhone);
  const language = readLanguage(textOf(entry, names.languageAttribute));
  return {
    name,
    dn: entry.dn,
    source: context.source,
    groups: context.groups,
    ...(isDisabled(entry) && { isDisabled: true }),
    ...(externalId !== undefined && { externalId }),
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(language !== undefined && { language }),
  };
}

function isDisabled(entry: DirectoryEntry): boolean {
  return (Number(textOf(entry, ACCOUNT_CONTROL) ?? 0) & ACCOUNT_DISABLED) !== 0;
}

/** The name of a group: its CN, or whatever its DN begins with. */
export function groupName(dn: string): string {
  return firstRdn(dn)?.value ?? dn;
}

// Of several names the one in the DN, else the first by its letters: whatever was typed, it is the same.
function oneName(entry: DirectoryEntry, attribute: string): string | undefined {
  const names = textsOf(entry, attribute).filter(isName);
  const rdn = firstRdn(entry.dn);
  if (rdn?.attribute === attribute.toLowerCase()) {
    const own = names.find((name) => name.toLowerCase() === rdn.value.normalize('NFC').toLowerCase());
    if (own !== undefined) return own;
  }
  return names.toSorted()[0];
}

function isName(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_NAME_OCTETS && !FORBIDDEN.test(text);
}

function shown(text: string | undefined): string | undefined {
  if (text === undefined || FORBIDDEN.test(text)) return undefined;
  return text.length <= MAX_CHARACTERS ? text : undefined;
}

function readId(entry: DirectoryEntry, attribute: string): string | undefined {
  const octets = octetsOf(entry, attribute)[0];
  if (octets === undefined || octets.length === 0 || octets.length > MAX_CHARACTERS) return undefined;
  if (attribute.toLowerCase() === 'objectguid' && octets.length === GUID_OCTETS) return guid(octets);
  const text = textOf(entry, attribute);
  return text === undefined || FORBIDDEN.test(text) ? octets.toString('hex') : text;
}

// MS-DTYP §2.3.4.2: the first three parts have their octets reversed.
function guid(octets: Buffer): string {
  const part = (from: number, to: number): string => octets.toString('hex', from, to);
  const turned = (from: number, to: number): string => Buffer.from(octets.subarray(from, to)).reverse().toString('hex');
  return [turned(0, 4), turned(4, 6), turned(6, 8), part(8, 10), part(10, 16)].join('-');
}

async function readFirstPhone(
  entry: DirectoryEntry,
  attributes: readonly string[],
  readPhone: ReadPhone,
): Promise<string | undefined> {
  for (const text of attributes.flatMap((attribute) => textsOf(entry, attribute))) {
    const phone = await readPhone(text);
    if (phone !== undefined) return phone;
  }
  return undefined;
}

// `preferredLanguage` has the form of Accept-Language (RFC 2798 §2.7).
function readLanguage(text: string | undefined): string | undefined {
  const [tag = ''] = (text ?? '').split(/[,;]/, 1);
  try {
    return tag.trim() === '' ? undefined : Intl.getCanonicalLocales(tag.trim().replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}
