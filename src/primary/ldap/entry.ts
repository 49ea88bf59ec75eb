/** An entry as a directory gave it. */
export interface DirectoryEntry {
  readonly dn: string;
  /** Octets by the attribute's name in lower case, without options (`;range=…`). */
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The values of an attribute that are text, NFC, without spaces around; the others are left out. */
export function textsOf(entry: DirectoryEntry, attribute: string): string[] {
  return octetsOf(entry, attribute).flatMap((octets) => {
    const text = decoded(octets)?.normalize('NFC').trim();
    return text === undefined || text === '' ? [] : [text];
  });
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
