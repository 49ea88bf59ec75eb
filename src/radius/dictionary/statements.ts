import type { DictionaryBuilder } from './builder.ts';
import type { AttributePath } from './dictionary.ts';
import { isOption, parseOptions } from './options.ts';
import { parsePath, VENDOR_SPECIFIC } from './path.ts';
import { expectArguments, parseName, parseNumber, refuse, type Statement } from './statement.ts';
import type { ValueType, Vendor } from './types.ts';

/** What an open BEGIN- block adds in front of every number, and the statement that opened it. */
interface Block {
  readonly kind: 'VENDOR' | 'TLV';
  readonly name: string;
  readonly prefix: AttributePath;
  readonly opened: Statement;
}

/** What one file has said so far. */
export interface FileState {
  readonly builder: DictionaryBuilder;
  readonly blocks: Block[];
  isInternal: boolean;
}

type Read = (statement: Statement, state: FileState) => void;

const MOST_VENDOR = 0xffffff;
const MOST_INTEGER64 = Number.MAX_SAFE_INTEGER;
const MOST_OCTET = 0xff;

const TYPES: ReadonlyMap<string, ValueType> = new Map<string, ValueType>([
  ...(
    [
      ...['string', 'octets', 'ipaddr', 'ipv4prefix', 'ipv6addr', 'ipv6prefix', 'combo-ip', 'ifid', 'ether'],
      ...['integer', 'byte', 'short', 'signed', 'integer64', 'bool', 'date', 'abinary'],
      ...['tlv', 'vsa', 'evs', 'extended', 'long-extended'],
    ] as ValueType[]
  ).map((type) => [type, type] as const),
  ['uint8', 'byte'],
  ['uint16', 'short'],
  ['uint32', 'integer'],
  ['uint64', 'integer64'],
  ['int32', 'signed'],
  ['cidr', 'ipv4prefix'],
]);

/** One function a keyword; `$INCLUDE` is the reader's own. */
export const STATEMENTS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['ATTRIBUTE', readAttribute],
  ['VALUE', readValue],
  ['VENDOR', readVendor],
  ['BEGIN-VENDOR', beginVendor],
  ['END-VENDOR', (statement, state) => endBlock(statement, state, 'VENDOR')],
  ['BEGIN-TLV', beginTlv],
  ['END-TLV', (statement, state) => endBlock(statement, state, 'TLV')],
  ['FLAGS', readFlags],
]);

function readAttribute(statement: Statement, { builder, blocks, isInternal }: FileState): void {
  const [nameText = '', pathText = '', typeText = '', last] = expectArguments(statement, 3, 4);
  const name = parseName(statement, nameText);
  const type = parseType(statement, typeText);
  const vendor = last === undefined || isOption(last) ? undefined : builder.vendorNamed(last);
  if (vendor !== undefined && blocks.length > 0)
    refuse(statement, 'bad-option', `the vendor is named by the block already`);
  const prefix = vendor === undefined ? (blocks.at(-1)?.prefix ?? []) : [VENDOR_SPECIFIC, vendor.id];
  const { numbers, vendorId } = parsePath(statement, pathText, prefix, builder);
  const path = numbers.join('.');
  builder.addAttribute(statement, {
    ...parseOptions(statement, name, type, vendor === undefined ? last : undefined),
    ...type,
    name,
    numbers,
    path,
    vendorId,
    isInternal: isInternal || (numbers.length === 1 && (numbers[0] ?? 0) > MOST_OCTET),
    values: builder.valuesAt(path),
  });
}

function parseType(statement: Statement, text: string): { type: ValueType; lengthOctets: number | undefined } {
  const fixed = /^octets\[(\w+)\]$/.exec(text)?.[1];
  if (fixed !== undefined) return { type: 'octets', lengthOctets: parseLength(statement, fixed) };
  const type = TYPES.get(text.toLowerCase());
  if (type === undefined) return refuse(statement, 'unknown-type', `unknown type "${text}"`);
  return { type, lengthOctets: undefined };
}

function parseLength(statement: Statement, text: string): number {
  const octets = parseNumber(statement, text, 253);
  return octets === 0 ? refuse(statement, 'bad-number', 'a length is at least 1') : octets;
}

function readValue(statement: Statement, { builder }: FileState): void {
  const [attribute = '', name = '', number = ''] = expectArguments(statement, 3);
  builder.addValue(statement, attribute, name, parseNumber(statement, number, MOST_INTEGER64));
}

function readVendor(statement: Statement, { builder }: FileState): void {
  const [name = '', number = '', format] = expectArguments(statement, 2, 3);
  const id = parseNumber(statement, number, MOST_VENDOR);
  if (id === 0) refuse(statement, 'bad-number', 'no vendor has number 0');
  builder.addVendor(statement, { name: parseName(statement, name), id, ...parseFormat(statement, format) });
}

function parseFormat(statement: Statement, text = 'format=1,1'): Omit<Vendor, 'name' | 'id'> {
  const match = /^format=([124]),([012])(,c)?$/.exec(text);
  const [, types, lengths, continuation] = match ?? [];
  const isKnown = match !== null && (continuation === undefined || (types === '1' && lengths === '1'));
  if (!isKnown) return refuse(statement, 'bad-format', `"${text}" is not format=1|2|4,0|1|2 nor format=1,1,c`);
  return {
    typeOctets: Number(types) as Vendor['typeOctets'],
    lengthOctets: Number(lengths) as Vendor['lengthOctets'],
    hasContinuation: continuation !== undefined,
  };
}

function beginVendor(statement: Statement, { builder, blocks }: FileState): void {
  const [name = '', where] = expectArguments(statement, 1, 2);
  const vendor = builder.vendorNamed(name);
  if (vendor === undefined) return refuse(statement, 'unknown-vendor', `unknown vendor "${name}"`);
  if (blocks.length > 0) refuse(statement, 'unbalanced-block', 'a vendor block cannot stand inside a block');
  const outer = where === undefined ? [VENDOR_SPECIFIC] : parentPath(statement, where, builder);
  blocks.push({ kind: 'VENDOR', name, prefix: [...outer, vendor.id], opened: statement });
}

// The parent of an extended vendor block (RFC 6929 §2.4); older dictionaries write format= for parent=.
function parentPath(statement: Statement, text: string, builder: DictionaryBuilder): AttributePath {
  const name = /^(?:parent|format)=(.+)$/.exec(text)?.[1];
  if (name === undefined) return refuse(statement, 'bad-format', `"${text}" is not parent=NAME`);
  const parent = builder.attribute(name);
  if (parent === undefined) return refuse(statement, 'unknown-parent', `there is no attribute ${name}`);
  if (parent.type === 'evs' || parent.type === 'vsa') return parent.numbers;
  return refuse(statement, 'unknown-parent', `${name} is of type ${parent.type}: no vendor can stand in it`);
}

function beginTlv(statement: Statement, { builder, blocks }: FileState): void {
  const [name = ''] = expectArguments(statement, 1);
  const parent = builder.attribute(name);
  if (parent?.type !== 'tlv') return refuse(statement, 'unknown-parent', `there is no TLV called ${name}`);
  blocks.push({ kind: 'TLV', name, prefix: parent.numbers, opened: statement });
}

function endBlock(statement: Statement, { blocks }: FileState, kind: Block['kind']): void {
  const [name = ''] = expectArguments(statement, 1);
  const open = blocks.pop();
  if (open?.kind === kind && open.name.toLowerCase() === name.toLowerCase()) return;
  const found = open === undefined ? 'no block is open' : `BEGIN-${open.kind} ${open.name} is open`;
  refuse(statement, 'unbalanced-block', `END-${kind} ${name}, but ${found}`);
}

function readFlags(statement: Statement, state: FileState): void {
  const [word = ''] = expectArguments(statement, 1);
  if (word !== 'internal' && word !== '!internal') refuse(statement, 'unknown-option', `unknown flag "${word}"`);
  state.isInternal = word === 'internal';
}
