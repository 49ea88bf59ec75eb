import * as z from 'zod';
import {
  addressSchema,
  fileSchema,
  messageAuthenticatorSchema,
  nameSchema,
  needed,
  pskSchema,
  radiusVersionsSchema,
  secretSchema,
  whole,
} from './common.ts';
import { ldapPrimarySchema } from './ldap.ts';

const homeServerSchema = z
  .strictObject({
    protocol: z
      .enum(['udp', 'radsec'])
      .default('udp')
      .describe('Transport of RADIUS: `udp`, or `radsec` for RADIUS in TLS (RFC 6614).'),
    address: addressSchema.describe('IPv4 or IPv6 address of the home server.'),
    port: whole(1, 65_535)
      .optional()
      .describe('Port of the home server. Without it: 1812, and 2083 with `protocol: radsec`.'),
    accountingPort: whole(1, 65_535)
      .default(1813)
      .describe(
        'UDP port of its accounting; used where a client’s `accounting` names this primary. With `protocol: radsec` accounting goes to `port`.',
      ),
    secret: secretSchema
      .optional()
      .describe('Shared secret with the home server; with `protocol: radsec` it is `radsec` unless written.'),
    messageAuthenticator: messageAuthenticatorSchema
      .optional()
      .describe(
        'Whether its replies must carry Message-Authenticator. Without it: `required`, and `when-present` in TLS. Over UDP `when-present` is for old servers.',
      ),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('RadSec: host name that the certificate of the home server must bear. Without it: its address.'),
    ca: fileSchema
      .optional()
      .describe('RadSec: PEM file of the authorities that sign its certificate. Without it: those known to Node.'),
    cert: fileSchema.optional().describe('RadSec: PEM file of our certificate, with those that lead to its authority.'),
    key: fileSchema.optional().describe('RadSec: PEM file of the private key of `cert`, without a passphrase.'),
    psk: pskSchema.optional().describe('RadSec: a key shared in advance, instead of certificates on both sides.'),
    radiusVersions: radiusVersionsSchema.describe(
      'RadSec: versions of RADIUS offered by ALPN; a home server that names none is asked by 1.0 (RFC 9765).',
    ),
  })
  .check(needed('secret', ({ protocol }) => protocol !== 'radsec'));

const directory = nameSchema
  .optional()
  .describe('A primary of type `ldap` that knows the users: names, groups, phones; it checks no password here.');

/** Local users. */
const localPrimarySchema = z.strictObject({
  type: z.literal('local').describe('Users of `sallyport user`, with passwords kept as argon2id hashes.'),
  directory,
});

/** No first door. */
const nonePrimarySchema = z.strictObject({
  type: z.literal('none').describe('No password is checked: the NAS has already done so (RD Gateway).'),
  directory,
});

/** RADIUS home servers. */
const radiusPrimarySchema = z.strictObject({
  type: z.literal('radius').describe('RADIUS servers behind this one.'),
  servers: z.array(homeServerSchema).min(1).describe('Home servers, in order of preference.'),
  timeoutSeconds: z
    .number()
    .min(0.1)
    .max(60)
    .default(3)
    .describe('Seconds to wait for the first attempt’s answer; doubles with each retransmission (RFC 5080 §2.2.1).'),
  attempts: whole(1, 10).default(3).describe('Transmissions to one server before the next server is asked.'),
  strategy: z
    .enum(['fail-over', 'load-balance'])
    .default('fail-over')
    .describe('Whether the first living server gets all requests, or all living servers share them.'),
  sockets: whole(1, 64)
    .default(4)
    .describe('UDP sockets, or TLS connections, towards each server at most; 256 requests can be open on each.'),
  statusServer: z
    .boolean()
    .default(true)
    .describe('Whether a silent server is asked with Status-Server until it is back (RFC 5997).'),
  zombieSeconds: whole(1, 600).default(40).describe('Seconds without any answer until a server counts as dead.'),
  deadSeconds: whole(1, 3600)
    .default(120)
    .describe('Seconds a dead server is left aside where it does not answer Status-Server.'),
  eapIdentity: z
    .enum(['refuse', 'accept', 'request'])
    .default('refuse')
    .describe(
      'Whose second factor is asked for after PEAP, EAP-TTLS, EAP-TLS and others that hide the name inside TLS: that of User-Name in the home server’s Accept (`accept`: it must be set up to put the inner name there), or that of the request (`request`: the home server must refuse an outer name other than the inner one). `refuse`: nobody’s, such logins are rejected.',
    ),
  directory,
});

/** One of a `radius` primary's `servers`. */
export type HomeServerData = z.output<typeof homeServerSchema>;

/** The kinds of primary. */
export const primarySchemas = [localPrimarySchema, radiusPrimarySchema, nonePrimarySchema, ldapPrimarySchema] as const;

/** One of `primaries`: a first door. */
export const primarySchema = z.discriminatedUnion('type', primarySchemas, {
  error: 'must be one of local, radius, ldap, none',
});
