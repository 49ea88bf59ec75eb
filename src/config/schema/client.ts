import * as z from 'zod';
import { addressAttributes } from '../profiles/address-attributes.ts';
import type { AddressAttributeName } from '../profiles/address-attributes.ts';
import { profiles } from '../profiles/index.ts';
import type { ProfileName } from '../profiles/index.ts';
import {
  messageAuthenticatorSchema,
  nameSchema,
  needed,
  oneOrMore,
  prefixSchema,
  pskSchema,
  secretSchema,
  whole,
} from './common.ts';
import { relaySchema } from './rules.ts';

const addressNames = Object.keys(addressAttributes) as [AddressAttributeName, ...AddressAttributeName[]];

/** A domain as it stands before `\\` or behind `@` in a user name. */
const DOMAIN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

const delimiter = z.string().min(1).max(8);

const HOST_NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*$/;

const certificateSchema = z.strictObject({
  dns: oneOrMore(z.string().max(253).regex(HOST_NAME, { error: 'must be a host name without a wildcard' }))
    .optional()
    .describe('Host names among its subjectAltName; one of them suffices.'),
  commonName: oneOrMore(z.string().min(1).max(128))
    .optional()
    .describe('CN of its subject, letter for letter; one of them suffices.'),
  fingerprint: oneOrMore(
    z.string().regex(/^(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/, {
      error: 'must be the 64 hexadecimal digits of SHA-256, with or without colons',
    }),
  )
    .optional()
    .describe('SHA-256 of the certificate; one of them suffices.'),
});

/** One of `clients`: a NAS that may ask. */
export const clientSchema = z
  .strictObject({
    name: nameSchema.describe('Name in logs, audit events and reports; unique.'),
    address: oneOrMore(prefixSchema)
      .optional()
      .describe(
        'Source addresses: one address, one prefix, or a list of them. The longest prefix decides which client a request is from. With `certificate` or `psk` it may be missing; where it is there, the address must fit too.',
      ),
    certificate: certificateSchema
      .optional()
      .describe(
        'RadSec: which certificate this client has. All of `dns`, `commonName` and `fingerprint` that are written must fit; the first client in the list that fits is taken. Such a client is not answered over UDP.',
      ),
    psk: pskSchema.optional().describe('RadSec: this client has a key shared in advance, and no certificate.'),
    secret: secretSchema
      .optional()
      .describe(
        'Shared secret with this NAS; 16 characters or more, made at random. With `certificate` or `psk` it is `radsec` unless written (RFC 6614 §2.3); RADIUS/1.1 has none.',
      ),
    profile: z
      .enum(Object.keys(profiles) as [ProfileName, ...ProfileName[]])
      .default('generic')
      .describe(
        'Kind of NAS: sets the defaults of `challenge`, `outOfBand`, `timeoutSeconds`, `duplicateSeconds` and `userAddress`; what to set on it stands in [nas](nas/README.md).',
      ),
    primary: oneOrMore(nameSchema).describe(
      'First door: a name under `primaries`, or a list of them; the next one is asked only when one is unavailable.',
    ),
    policy: nameSchema.default('default').describe('Second door: a name under `policies`.'),
    messageAuthenticator: messageAuthenticatorSchema
      .optional()
      .describe(
        'Whether requests must carry Message-Authenticator. Without it: `required`, and `when-present` in TLS, which protects them already. Over UDP `when-present` is for migration (CVE-2024-3596).',
      ),
    replyMessageAuthenticator: z
      .boolean()
      .default(true)
      .describe(
        'Whether replies carry Message-Authenticator; false only for a NAS that refuses it. Replies to EAP always do (RFC 3579 §3.2).',
      ),
    timeoutSeconds: whole(1, 600)
      .optional()
      .describe(
        'Seconds this NAS waits for an answer, all its retransmissions included. Set the same on the NAS. Without it: what the profile takes it to be set to, mostly 60.',
      ),
    duplicateSeconds: whole(2, 600)
      .optional()
      .describe(
        'Seconds an answer is kept and repeated when the same request comes again (RFC 5080). Without it: 10; for `rd-gateway` as long as the NAS waits.',
      ),
    challenge: z
      .boolean()
      .optional()
      .describe('Whether this NAS can show an Access-Challenge. Without it: as the profile knows.'),
    outOfBand: z
      .enum(['hold', 'ask'])
      .optional()
      .describe(
        'While the user approves a push or call: hold the answer, or ask the user to approve and press OK (for a NAS that does not wait long, and shows challenges). Without it: as the profile knows, mostly hold.',
      ),
    userAddress: oneOrMore(z.enum([...addressNames, 'none']))
      .optional()
      .describe(
        `Attribute with the address of the user (not of the NAS): ${addressNames.join(', ')}, a list of which the first in a request counts, or none. Without it: as the profile knows.`,
      ),
    stripDomain: z
      .array(
        z
          .string()
          .regex(DOMAIN, { error: 'must be a domain, such as CORP or corp.example.com' })
          .meta({ title: 'domain' }),
      )
      .max(64)
      .default([])
      .describe(
        'Domains that are taken off user names: with [CORP, corp.example.com] both `CORP\\alice` and `alice@corp.example.com` are `alice` here; other domains stay. Home servers get the name as it was sent.',
      ),
    charset: z
      .enum(['utf-8', 'latin1'])
      .default('utf-8')
      .describe('Charset of user names and passwords from this NAS.'),
    passcodeDelimiter: z
      .union([delimiter, z.literal(false)], { error: 'must be 1 to 8 characters, or false' })
      .default(',')
      .describe('Between password and passcode typed into one field (`password,123456`); false switches that off.'),
    gluedPasscode: z
      .boolean()
      .default(false)
      .describe(
        'Whether a passcode glued to the end of the password (`password123456`) is tried; never where the password is not checked.',
      ),
    unavailable: z
      .enum(['deny', 'allow', 'silence'])
      .optional()
      .describe('What happens when no primary can be asked; without it: what `unavailable` of the policy says.'),
    rejectDelaySeconds: z
      .number()
      .min(0)
      .max(10)
      .default(1)
      .describe('Seconds from request to Access-Reject at least, against guessing.'),
    accounting: nameSchema
      .optional()
      .describe(
        'Who gets the accounting of this NAS: a name under `primaries` of type radius, or `here` to answer it without a home server. Without it, accounting gets no answer.',
      ),
    disconnect: z
      .strictObject({
        port: whole(1, 65_535).default(3799).describe('UDP port of the NAS.'),
        secret: secretSchema.optional().describe('Shared secret, where it is not that of the client.'),
        automatic: z
          .boolean()
          .default(true)
          .describe(
            'Whether a block (`block add`, or by the HTTP API) and `user disable` end the user’s sessions at this NAS.',
          ),
      })
      .optional()
      .describe('How this NAS is asked to end sessions (RFC 5176); it must send accounting, which names them.'),
    relay: relaySchema.optional().describe('What becomes of the attributes of a home server’s Access-Accept.'),
  })
  .check(needed('address', isOverUdp), needed('secret', isOverUdp));

// Over UDP it is the address that says who asks, and the secret that proves it.
function isOverUdp(data: Record<string, unknown>): boolean {
  return data['certificate'] === undefined && data['psk'] === undefined;
}
