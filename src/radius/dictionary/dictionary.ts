import type { AttributeDefinition, Vendor } from './types.ts';

/** Where an attribute stands: the numbers from the packet's top. */
export type AttributePath = readonly number[];

/** What a read dictionary is made of. */
export interface DictionaryContents {
  /** By name in lower case; several names may share a path. */
  readonly byName: ReadonlyMap<string, AttributeDefinition>;
  /** By path; the last definition of a path is the one to print. */
  readonly byPath: ReadonlyMap<string, AttributeDefinition>;
  readonly vendorsByName: ReadonlyMap<string, Vendor>;
  readonly vendorsById: ReadonlyMap<number, Vendor>;
}

/** Names and numbers of attributes, values and vendors. Never changes once read. */
export class Dictionary {
  readonly #contents: DictionaryContents;
  readonly #secretContainers: ReadonlySet<string>;
  readonly #saltedVendorTypes: ReadonlySet<number>;

  constructor(contents: DictionaryContents) {
    this.#contents = contents;
    this.#secretContainers = secretContainers(contents.byPath.values());
    this.#saltedVendorTypes = saltedVendorTypes(contents);
  }

  /** The attribute of that name, in whatever case; `undefined` if there is none. */
  attribute(name: string): AttributeDefinition | undefined {
    return this.#contents.byName.get(name.toLowerCase());
  }

  /** The attribute at that path, such as `[1]` or `[26, 9, 1]`; `undefined` if there is none. */
  attributeAt(path: AttributePath): AttributeDefinition | undefined {
    return this.#contents.byPath.get(path.join('.'));
  }

  /** The vendor of that SMI enterprise code; `undefined` if there is none. */
  vendor(id: number): Vendor | undefined {
    return this.#contents.vendorsById.get(id);
  }

  /** The vendor of that name, in whatever case; `undefined` if there is none. */
  vendorNamed(name: string): Vendor | undefined {
    return this.#contents.vendorsByName.get(name.toLowerCase());
  }

  /** Every definition, also the older names of a path, in the order of the files. */
  attributes(): IterableIterator<AttributeDefinition> {
    return this.#contents.byName.values();
  }

  /** Every vendor. */
  vendors(): IterableIterator<Vendor> {
    return this.#contents.vendorsById.values();
  }

  /** Whether something below that path (a vendor, a TLV) must not be shown, so that its broken octets must not either. */
  holdsSecrets(path: AttributePath): boolean {
    return this.#secretContainers.has(path.join('.'));
  }

  /** Vendor attributes of format 1,1 with salted values, as `vendor × 256 + type` (RFC 2868 §3.5, RFC 2548 §2.4). */
  saltedVendorTypes(): ReadonlySet<number> {
    return this.#saltedVendorTypes;
  }
}

function saltedVendorTypes({ byPath, vendorsById }: DictionaryContents): Set<number> {
  const salted = new Set<number>();
  for (const { encryption, hasTag, numbers, vendorId } of byPath.values()) {
    const type = numbers[2];
    if (encryption !== 'tunnel-password' || hasTag || numbers.length !== 3 || type === undefined) continue;
    if (vendorId !== undefined && isPlain(vendorsById.get(vendorId))) salted.add(vendorId * 256 + type);
  }
  return salted;
}

function isPlain(vendor: Vendor | undefined): boolean {
  return vendor?.typeOctets === 1 && vendor.lengthOctets === 1 && !vendor.hasContinuation;
}

function secretContainers(definitions: Iterable<AttributeDefinition>): Set<string> {
  const containers = new Set<string>();
  for (const { isSecret, numbers } of definitions) {
    if (!isSecret) continue;
    // The outermost number alone (26 for every vendor) would hide what nobody could keep a secret in.
    for (let length = 2; length < numbers.length; length += 1) containers.add(numbers.slice(0, length).join('.'));
  }
  return containers;
}
