import type { Attribute } from '../attribute.ts';
import type { AttributePath, Dictionary } from './dictionary.ts';
import { isExtended, isLongExtended } from './path.ts';

/** An attribute with its fragments joined; `isWhole: false` when one is missing or has no room for its header. */
export interface JoinedAttribute {
  readonly numbers: AttributePath;
  readonly octets: Buffer;
  readonly isWhole: boolean;
}

interface Draft {
  readonly numbers: AttributePath;
  readonly pieces: Buffer[];
  state: 'whole' | 'unfinished' | 'malformed';
}

/** The flag of a long extended attribute that goes on in the next (RFC 6929 §2.2). */
export const MORE = 0x80;

/**
 * Joins `concat` attributes to the place of their first one (RFC 3579 §3.1), and the fragments of a long extended one
 * (RFC 6929 §2.2), and takes the header of extended ones off.
 */
export function joinFragments(attributes: readonly Attribute[], dictionary: Dictionary): JoinedAttribute[] {
  const drafts: Draft[] = [];
  const concats = new Map<number, Draft>();
  for (const attribute of attributes) {
    const draft = readDraft(attribute, dictionary);
    const earlier = concats.get(attribute.type) ?? unfinishedBefore(draft, drafts.at(-1));
    if (earlier === undefined) drafts.push(draft);
    else append(earlier, draft);
    if (earlier === undefined && dictionary.attributeAt(draft.numbers)?.isConcat === true) {
      concats.set(attribute.type, draft);
    }
  }
  return drafts.map(({ numbers, pieces, state }) => ({ numbers, octets: join(pieces), isWhole: state === 'whole' }));
}

function readDraft({ type, value }: Attribute, dictionary: Dictionary): Draft {
  const definedType = dictionary.attributeAt([type])?.type ?? 'extended';
  if (!isExtended(type) || !['extended', 'long-extended'].includes(definedType)) {
    return { numbers: [type], pieces: [value], state: 'whole' };
  }
  const headerOctets = isLongExtended(type) ? 2 : 1;
  const [extendedType, flags = 0] = value;
  if (extendedType === undefined || value.length < headerOctets) {
    return { numbers: [type], pieces: [value], state: 'malformed' };
  }
  const hasMore = isLongExtended(type) && (flags & MORE) !== 0;
  const pieces = [value.subarray(headerOctets)];
  return { numbers: [type, extendedType], pieces, state: hasMore ? 'unfinished' : 'whole' };
}

function unfinishedBefore({ numbers }: Draft, last: Draft | undefined): Draft | undefined {
  return last?.state === 'unfinished' && last.numbers.join('.') === numbers.join('.') ? last : undefined;
}

function append(earlier: Draft, { pieces, state }: Draft): void {
  earlier.pieces.push(...pieces);
  earlier.state = state;
}

function join(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces);
}
