import { prefixKey, type AddressOctets, type Prefix } from '../lib/ip.ts';

interface Length<Value> {
  readonly addressOctets: number;
  readonly lengthBits: number;
  readonly values: Map<string, Value>;
}

/** Values by prefix, found by an address in as many steps as there are lengths of prefix. */
export class PrefixTable<Value> {
  readonly #lengths: Length<Value>[] = [];

  /** The value of that very prefix, made anew where there is none. */
  at(prefix: Prefix, make: () => Value): Value {
    const { values } = this.#length(prefix);
    const key = prefixKey(prefix.octets, prefix.lengthBits);
    const known = values.get(key);
    if (known !== undefined) return known;
    const made = make();
    values.set(key, made);
    return made;
  }

  /** Calls `visit` with the value of every prefix that holds the address. */
  each(address: AddressOctets, visit: (value: Value) => void): void {
    for (const { addressOctets, lengthBits, values } of this.#lengths) {
      if (addressOctets !== address.length) continue;
      const value = values.get(prefixKey(address, lengthBits));
      if (value !== undefined) visit(value);
    }
  }

  /** Whether a prefix holds the address. */
  holds(address: AddressOctets): boolean {
    return this.#lengths.some(
      ({ addressOctets, lengthBits, values }) =>
        addressOctets === address.length && values.has(prefixKey(address, lengthBits)),
    );
  }

  #length({ octets, lengthBits }: Prefix): Length<Value> {
    const known = this.#lengths.find(
      (length) => length.addressOctets === octets.length && length.lengthBits === lengthBits,
    );
    if (known !== undefined) return known;
    const length = { addressOctets: octets.length, lengthBits, values: new Map<string, Value>() };
    this.#lengths.push(length);
    return length;
  }
}
