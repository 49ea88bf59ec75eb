import * as z from 'zod';
import { parseAddress, parsePrefix } from '../../lib/ip.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The name of a client, primary or policy: it appears in logs, audit events and commands. */
export const nameSchema = z
  .string()
  .regex(NAME, {
    error: 'must be 1 to 64 letters, digits, dots, hyphens or underscores, beginning with a letter or digit',
  })
  .meta({ title: 'name' });

/** An IPv4 or IPv6 address (no host name: nothing is looked up on the way of a request). */
export const addressSchema = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, { error: 'must be an IPv4 or IPv6 address, not a host name' })
  .meta({ title: 'IP address' });

/** A block of addresses, or one address. */
export const prefixSchema = z
  .string()
  .superRefine((text, context) => {
    if (parsePrefix(text) !== undefined) return;
    context.addIssue({ code: 'custom', message: prefixFault(text) });
  })
  .meta({ title: 'address or prefix' });

/** One value or a list of at least one. */
export function oneOrMore<T extends z.ZodType>(item: T) {
  return z.union([item, z.array(item).min(1)], { error: 'must be text or a list' });
}

/** One value or several, as a list. */
export function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}

/** A check of a mapping: the key must be there where `when` says so of the mapping as it is written. */
export function needed(key: string, when: (data: Record<string, unknown>) => boolean) {
  return z.refine<Record<string, unknown>>((data) => data[key] !== undefined || !when(data), {
    path: [key],
    error: 'is missing',
    // Also where other keys have mistakes: every problem at once.
    when: ({ value }) => typeof value === 'object' && value !== null,
  });
}

/** A whole number within bounds, both included. */
export function whole(min: number, max: number) {
  return z.int().min(min).max(max);
}

/** A UDP or TCP port to listen on; 0 takes any free one. */
export const listenPortSchema = whole(0, 65_535);

/** A file, relative to the folder of the configuration file. */
export const fileSchema = z.string().min(1).meta({ title: 'path' });

const sealed = {
  error: 'must be text, or one of { env: NAME }, { file: PATH }, { encrypted: TEXT }, { generate: NAME }',
};

/** Where a secret comes from. */
export const secretSchema = z
  .union(
    [
      z.string().min(1).describe('The secret itself.'),
      z.strictObject({ env: z.string().min(1).describe('Name of the environment variable that holds it.') }),
      z.strictObject({ file: fileSchema.describe('File that holds it; one line end at its end does not count.') }),
      z.strictObject({ encrypted: z.string().min(1).describe('What `sallyport secret encrypt` printed.') }),
      z.strictObject({
        generate: nameSchema.describe('File under `server.dataDir`, made with a random secret by the first `serve`.'),
      }),
    ],
    sealed,
  )
  .meta({ title: 'secret' });

/** Where certificates of authorities come from: public, so that their file may be open to everybody. */
export const authoritiesSchema = z
  .union(
    [
      z.string().min(1).describe('PEM file, or the certificates themselves.'),
      z.strictObject({ file: fileSchema.describe('PEM file.') }),
      z.strictObject({ env: z.string().min(1).describe('Name of the environment variable that holds the PEM.') }),
    ],
    {
      error: 'must be the path of a PEM file, or one of { file: PATH }, { env: NAME }',
    },
  )
  .meta({ title: 'path' })
  .describe(
    'PEM file of the authorities to trust instead of the usual ones; also { file: PATH }, { env: NAME }, or the certificates themselves.',
  );

/** Certificates as they are written in the file. */
export type AuthoritiesInput = z.output<typeof authoritiesSchema>;

/** A secret as it is written in the file. */
export type SecretInput = z.output<typeof secretSchema>;

/** A key shared in advance, in place of certificates (RFC 4279, RFC 8446 §2.2). */
export const pskSchema = z.strictObject({
  identity: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, { error: 'must be 1 to 128 printable ASCII characters without spaces' })
    .describe('Name under which the key is known.'),
  key: secretSchema.describe('The key: 16 octets or more, made at random.'),
});

/** Versions of RADIUS inside TLS. */
export const radiusVersionsSchema = z
  .array(z.enum(['1.0', '1.1']))
  .min(1)
  .default(['1.0', '1.1']);

/** How long a challenge may wait for its answer. */
export const ttlSchema = whole(10, 3600);

/** Whether Message-Authenticator must be there (CVE-2024-3596). */
export const messageAuthenticatorSchema = z.enum(['required', 'when-present']);

function prefixFault(text: string): string {
  const [address = '', bits] = text.split('/', 2);
  if (parseAddress(address) === undefined) return 'must be an IPv4 or IPv6 address, or a prefix such as 192.0.2.0/24';
  if (bits === undefined || !/^\d{1,3}$/.test(bits)) return 'must end in the number of leading bits, such as /24';
  if (Number(bits) > (address.includes(':') ? 128 : 32)) return 'has more bits than an address of its family';
  return `has host bits set: write the first address of the block, or ${address} alone`;
}
