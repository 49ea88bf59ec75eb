import type { AttributeValue } from './rule-config.ts';

/** What the dictionaries say of attributes: handed in, since the configuration knows nothing of the wire. */
export interface AttributeBook {
  /** Every name, for suggestions. */
  names(): readonly string[];
  /** Whether attributes of that name (`Tunnel-Type:1` and `Attr-26.9.1` too) can be told from others and be removed. */
  canRemove(name: string): 'yes' | 'no' | 'unknown';
  /** The octets that this value takes in a packet; or why it cannot be given, a sentence without a full stop or the value. */
  measure(name: string, value: AttributeValue): Measured;
}

/** What a value comes to. */
export type Measured =
  | { readonly kind: 'fits'; readonly octets: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly problem: string };
