import { DirectoryError } from './error.ts';

/** An entry as a directory gave it. */
export interface DirectoryEntry {
  readonly dn: string;
  /** Octets by the attribute's name in lower case, without options (`;range=…`). */
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
  /** Names of those that have more values than came (`;range=0-1499`). */
  readonly partial?: ReadonlySet<string>;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The values of an attribute that are text, NFC, without spaces around; the others are left out. */
export function textsOf(entry: DirectoryEntry, attribute: string): string[] {
  return octetsOf(entry, attribute).flatMap((octets) => {
    const text = decoded(octets)?.normalize('NFC').trim();
    return text === undefined || text === '' ? [] : [text];
  });
}

/** The same of one that counts only as a whole. Throws `DirectoryError` where the directory gives a part of its values. */
export function allTextsOf(entry: DirectoryEntry, attribute: string): string[] {
  if (entry.partial?.has(attribute.toLowerCase()) === true)
    throw new DirectoryError('refused', `the directory gives a part of the values of ${attribute}`);
  return textsOf(entry, attribute);
}

/** The first of them. */
export function textOf(entry: DirectoryEntry, attribute: string): string | undefined {
  return textsOf(entry, attribute)[0];
}

/** The values of an attribute as octets. */
export function octetsOf({ attributes }: DirectoryEntry, attribute: string): readonly Buffer[] {
  return attributes.get(attribute.toLowerCase()) ?? [];
}

function decoded(octets: Buffer): string | undefined {
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}
