import { Dictionary, type AttributePath } from './dictionary.ts';
import { refuse, type Statement } from './statement.ts';
import type { AttributeDefinition, ValueType, Vendor } from './types.ts';

/** The values of one path while it is being read; every name of the path shares them. */
interface Values {
  readonly byNumber: Map<number, string>;
  readonly byName: Map<string, number>;
}

interface PendingValue {
  readonly statement: Statement;
  readonly attribute: string;
  readonly name: string;
  readonly number: number;
}

const MOST_BY_TYPE: Readonly<Partial<Record<ValueType, number>>> = {
  bool: 1,
  byte: 0xff,
  short: 0xffff,
  integer: 0xffffffff,
  signed: 0x7fffffff,
  integer64: Number.MAX_SAFE_INTEGER,
  octets: 0xffffffff, // some vendors name numbers of attributes that they declare as octets
};

/** Collects definitions, refuses those that contradict each other, and makes the dictionary of them. */
export class DictionaryBuilder {
  readonly #byName = new Map<string, AttributeDefinition>();
  readonly #byPath = new Map<string, AttributeDefinition>();
  readonly #values = new Map<string, Values>();
  readonly #vendorsByName = new Map<string, Vendor>();
  readonly #vendorsById = new Map<number, Vendor>();
  readonly #pending: PendingValue[] = [];

  attribute(name: string): AttributeDefinition | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  attributeAt(path: AttributePath): AttributeDefinition | undefined {
    return this.#byPath.get(path.join('.'));
  }

  vendorNamed(name: string): Vendor | undefined {
    return this.#vendorsByName.get(name.toLowerCase());
  }

  vendor(id: number): Vendor | undefined {
    return this.#vendorsById.get(id);
  }

  /** The values of a path, empty at first. */
  valuesAt(path: string): Values {
    let values = this.#values.get(path);
    if (values === undefined) this.#values.set(path, (values = { byNumber: new Map(), byName: new Map() }));
    return values;
  }

  addVendor(statement: Statement, vendor: Vendor): void {
    const known = this.vendorNamed(vendor.name);
    if (known !== undefined && known.id !== vendor.id) {
      refuse(statement, 'duplicate-vendor', `vendor ${vendor.name} is already number ${known.id}`);
    }
    this.#vendorsByName.set(vendor.name.toLowerCase(), vendor);
    this.#vendorsById.set(vendor.id, vendor);
  }

  /** A name may be defined again for the same path; a path may have several names, the last one is printed. */
  addAttribute(statement: Statement, definition: AttributeDefinition): void {
    const known = this.attribute(definition.name);
    if (known !== undefined && known.path !== definition.path) {
      refuse(statement, 'duplicate-attribute', `attribute ${definition.name} is already number ${known.path}`);
    }
    this.#byName.set(definition.name.toLowerCase(), definition);
    this.#byPath.set(definition.path, definition);
  }

  /** A VALUE may stand before its ATTRIBUTE. */
  addValue(statement: Statement, attribute: string, name: string, number: number): void {
    const definition = this.attribute(attribute);
    if (definition === undefined) this.#pending.push({ statement, attribute, name, number });
    else this.#setValue({ statement, attribute, name, number }, definition);
  }

  /** The dictionary; refuses values whose attribute never came. */
  build(): Dictionary {
    for (const value of this.#pending) {
      const { attribute, name, statement } = value;
      const definition = this.attribute(attribute);
      if (definition === undefined)
        refuse(statement, 'unknown-attribute', `value ${name} of unknown attribute ${attribute}`);
      else this.#setValue(value, definition);
    }
    return new Dictionary({
      byName: this.#byName,
      byPath: this.#byPath,
      vendorsByName: this.#vendorsByName,
      vendorsById: this.#vendorsById,
    });
  }

  #setValue({ statement, name, number }: PendingValue, { name: attribute, path, type }: AttributeDefinition): void {
    const most = MOST_BY_TYPE[type];
    if (most === undefined) return refuse(statement, 'bad-option', `${attribute} is of type ${type}: it has no values`);
    if (number > most) return refuse(statement, 'bad-number', `${number} is more than ${attribute} can hold`);
    const values = this.valuesAt(path);
    const known = values.byName.get(name.toLowerCase());
    if (known !== undefined && known !== number) {
      refuse(statement, 'duplicate-value', `value ${name} of ${attribute} is already ${known}`);
    }
    values.byName.set(name.toLowerCase(), number);
    values.byNumber.set(number, name);
  }
}
