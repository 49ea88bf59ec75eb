import {
  BerReader,
  BindRequest,
  BindResponse,
  ExtendedRequest,
  PagedResultsControl,
  PasswordPolicyControl,
  ProtocolOperation,
  SearchEntry,
  SearchReference,
  SearchRequest,
  SearchResponse,
  type Filter,
} from 'ldapts';
import type { DirectoryEntry } from './entry.ts';
import { DirectoryError } from './error.ts';

/** What is looked for. */
export interface SearchQuestion {
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  /** Attributes that are wanted; nothing else comes. */
  readonly attributes: readonly string[];
  /** Entries at most; the directory says so when there are more (result 4). 0: no limit of ours. */
  readonly sizeLimit: number;
  /** RFC 2696: entries a page, and where the last page ended. */
  readonly page?: { readonly size: number; readonly cookie: Buffer };
}

/** How a directory ends an operation (RFC 4511 §4.1.9). */
export interface LdapResult {
  readonly code: number;
  /** The directory's own words. */
  readonly message: string;
  /** Where to ask instead, with code 10. */
  readonly referrals: readonly string[];
  /** Of a page; empty after the last one. */
  readonly cookie: Buffer;
  /** What the password policy says against the password of a bind (draft-behera-ldap-password-policy-10 §6.2). */
  readonly policyError?: number;
}

/** One message of a directory. */
export type Received =
  | { readonly kind: 'entry'; readonly id: number; readonly entry: DirectoryEntry }
  | { readonly kind: 'reference'; readonly id: number; readonly urls: readonly string[] }
  | { readonly kind: 'result'; readonly id: number; readonly operation: number; readonly result: LdapResult };

/** Operations of answers. */
export const Answer = {
  bind: ProtocolOperation.LDAP_RES_BIND,
  search: ProtocolOperation.LDAP_RES_SEARCH,
  modify: ProtocolOperation.LDAP_RES_MODIFY,
  extended: ProtocolOperation.LDAP_RES_EXTENSION,
} as const;

// RFC 4511 §4.14.1.
const START_TLS = '1.3.6.1.4.1.1466.20037';
const REFERRAL = 0xa3;
// MS-ADTS §3.1.1.3.1.3.3: the last part ends with `*`.
const PART = /;range=\d+-\d+/i;
const NONE = Buffer.alloc(0);

/** A simple bind (RFC 4511 §4.2); `asksPolicy`: it may be told why it fails. Throws for an empty DN or password: such a bind succeeds and proves nothing (RFC 4513 §5.1). */
export function bindMessage(messageId: number, dn: string, password: string, asksPolicy = false): Buffer {
  if (dn === '' || password === '' || password.startsWith('\0'))
    throw new Error('an empty name or password never binds');
  const controls = asksPolicy ? [new PasswordPolicyControl()] : [];
  return new BindRequest({ messageId, dn, password, controls }).write();
}

/** A search. Aliases are not followed: an entry is what it is itself. */
export function searchMessage(messageId: number, question: SearchQuestion, timeLimit: number): Buffer {
  const { base, scope, filter, attributes, sizeLimit, page } = question;
  const controls = page === undefined ? [] : [new PagedResultsControl({ value: { ...page } })];
  const options = { messageId, baseDN: base, scope, filter, attributes: [...attributes], sizeLimit, timeLimit };
  return new SearchRequest({ ...options, derefAliases: 'never', controls }).write();
}

/** The wish to go on under TLS. */
export function startTlsMessage(messageId: number): Buffer {
  return new ExtendedRequest({ messageId, oid: START_TLS }).write();
}

/** Takes one message apart. Throws `malformed`. */
export function decodeMessage(frame: Buffer): Received {
  try {
    return decode(frame);
  } catch (error) {
    throw new DirectoryError('malformed', 'the directory sent a message that cannot be read', { cause: error });
  }
}

function decode(frame: Buffer): Received {
  const reader = new BerReader(frame);
  reader.readSequence();
  const id = reader.readInt();
  const operation = reader.readSequence();
  if (id === null || operation === null) throw new Error('the head is missing');
  if (operation === ProtocolOperation.LDAP_RES_SEARCH_ENTRY) return { kind: 'entry', id, entry: readEntry(id, reader) };
  if (operation === ProtocolOperation.LDAP_RES_SEARCH_REF) {
    const reference = new SearchReference({ messageId: id });
    reference.parse(reader, []);
    return { kind: 'reference', id, urls: reference.uris };
  }
  const policyError = operation === ProtocolOperation.LDAP_RES_BIND ? policyErrorOf(frame) : undefined;
  const result = { ...readResult(reader, frame), ...(policyError !== undefined && { policyError }) };
  return { kind: 'result', id, operation, result };
}

function readEntry(messageId: number, reader: BerReader): DirectoryEntry {
  const found = new SearchEntry({ messageId });
  found.parse(reader, []);
  const attributes = new Map<string, readonly Buffer[]>();
  const partial = new Set<string>();
  for (const { type, parsedBuffers } of found.attributes) {
    const name = (type.split(';', 1)[0] ?? '').toLowerCase();
    if (PART.test(type)) partial.add(name);
    // Copies: a value kept would keep the whole message.
    const values = parsedBuffers.map((octets) => Buffer.from(octets));
    attributes.set(name, [...(attributes.get(name) ?? []), ...values]);
  }
  return { dn: found.name, attributes, ...(partial.size > 0 && { partial }) };
}

// The library takes a missing result for success.
function readResult(reader: BerReader, frame: Buffer): LdapResult {
  const code = reader.readEnumeration();
  const matched = reader.readString();
  const message = reader.readString();
  if (code === null || matched === null || message === null) throw new Error('a result is missing');
  return { code, message, referrals: readReferrals(reader), cookie: cookieOf(frame) };
}

function readReferrals(reader: BerReader): string[] {
  if (reader.peek() !== REFERRAL) return [];
  reader.readSequence();
  const end = reader.offset + reader.length;
  const urls: string[] = [];
  while (reader.offset < end) urls.push(reader.readString() ?? '');
  return urls;
}

function cookieOf(frame: Buffer): Buffer {
  const reader = new BerReader(frame);
  reader.readSequence();
  const messageId = reader.readInt() ?? 0;
  if (reader.readSequence() !== ProtocolOperation.LDAP_RES_SEARCH) return NONE;
  const done = new SearchResponse({ messageId });
  done.parse(reader, [new PagedResultsControl()]);
  const control = done.controls?.find((candidate) => candidate instanceof PagedResultsControl);
  return Buffer.from(control?.value?.cookie ?? NONE);
}

function policyErrorOf(frame: Buffer): number | undefined {
  const reader = new BerReader(frame);
  reader.readSequence();
  const messageId = reader.readInt() ?? 0;
  reader.readSequence();
  const control = new PasswordPolicyControl();
  new BindResponse({ messageId }).parse(reader, [control]);
  return control.value?.error;
}
