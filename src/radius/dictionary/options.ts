import { refuse, type Statement } from './statement.ts';
import type { AttributeOptions, Encryption, ValueType } from './types.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = Writable<AttributeOptions> & { lengthOctets: number | undefined };

interface Option {
  readonly apply: (draft: Draft) => void;
  /** The types it may stand behind; any, if left out. */
  readonly types?: readonly ValueType[];
}

const encrypted = (encryption: Encryption, types: readonly ValueType[]): Option => ({
  apply: (draft) => (draft.encryption = encryption),
  types,
});

const ENCRYPTABLE: readonly ValueType[] = [
  'string',
  'octets',
  'integer',
  'short',
  'byte',
  'ipaddr',
  'ipv6addr',
  'combo-ip',
];
const byTunnelPassword = encrypted('tunnel-password', ENCRYPTABLE);
const byUserPassword = encrypted('user-password', ['string', 'octets']);
const byAscendSecret = encrypted('ascend-secret', ['string']);
const tagged: Option = { apply: (draft) => (draft.hasTag = true), types: ['string', 'integer'] };

const OPTIONS: ReadonlyMap<string, Option> = new Map<string, Option>([
  ['has_tag', tagged],
  ['has_tag=1', tagged],
  ['encrypt=1', byUserPassword],
  ['encrypt=2', byTunnelPassword],
  ['encrypt=3', byAscendSecret],
  ['encrypt=user-password', byUserPassword],
  ['encrypt=tunnel-password', byTunnelPassword],
  ['encrypt=ascend-secret', byAscendSecret],
  ['concat', { apply: (draft) => (draft.isConcat = true), types: ['octets'] }],
  [
    'array',
    {
      apply: (draft) => (draft.isArray = true),
      types: ['ipaddr', 'ipv6addr', 'byte', 'short', 'integer', 'date', 'string'],
    },
  ],
  ['virtual', { apply: (draft) => (draft.isVirtual = true) }],
  ['secret', { apply: (draft) => (draft.isSecret = true), types: ['string', 'octets'] }],
]);

// Passwords, keys, and proofs of passwords that no option marks: whoever reads a proof can try passwords against it.
const SECRET_ENDINGS = /(?:Password|Passwd|Passphrase|PSK|Secret|Keys?|Enc-PW)$/i;
const PROOFS = /^(?:MS-CHAP2?-(?:Response|CPW|Success|CPW-[12])|ARAP-Challenge-Response|Digest-(?:Response|HA1))$/i;

/** What the words between the commas say; `lengthOctets` is the `n` of `octets[n]`. */
export function parseOptions(
  statement: Statement,
  name: string,
  type: { readonly type: ValueType; readonly lengthOctets: number | undefined },
  words: string | undefined,
): AttributeOptions {
  const draft: Draft = {
    encryption: 'none',
    hasTag: false,
    isConcat: false,
    isArray: false,
    isVirtual: false,
    isSecret: isSecretByName(name, type.type),
    lengthOctets: type.lengthOctets,
  };
  for (const word of words?.split(',') ?? []) applyOption(statement, draft, type.type, word);
  if (draft.encryption !== 'none') draft.isSecret = true;
  refuseContradictions(statement, draft, type.type);
  return draft;
}

/** Whether that word is one of the options. */
export function isOption(word: string): boolean {
  return OPTIONS.has(word.toLowerCase());
}

function isSecretByName(name: string, type: ValueType): boolean {
  return (type === 'string' || type === 'octets') && (SECRET_ENDINGS.test(name) || PROOFS.test(name));
}

function applyOption(statement: Statement, draft: Draft, type: ValueType, word: string): void {
  const option = OPTIONS.get(word.toLowerCase());
  if (option === undefined) return refuse(statement, 'unknown-option', `unknown option "${word}"`);
  if (option.types?.includes(type) === false) {
    return refuse(statement, 'bad-option', `"${word}" cannot stand behind type ${type}`);
  }
  option.apply(draft);
}

function refuseContradictions(statement: Statement, draft: Draft, type: ValueType): void {
  if (draft.isConcat && (draft.hasTag || draft.encryption !== 'none' || draft.lengthOctets !== undefined)) {
    refuse(statement, 'bad-option', '"concat" stands alone');
  }
  // RFC 2865 §5.2 hiding pads with NUL and keeps no length: only text can be found again without one.
  if (draft.encryption === 'user-password' && type === 'octets' && draft.lengthOctets === undefined) {
    refuse(statement, 'bad-option', '"encrypt=1" needs type string or a length, as in octets[24]');
  }
}
