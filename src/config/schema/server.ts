import * as z from 'zod';
import { addressSchema, fileSchema, listenPortSchema, radiusVersionsSchema, whole } from './common.ts';

const listenSchema = z.strictObject({
  protocol: z
    .enum(['udp', 'radsec'])
    .default('udp')
    .describe('Transport of RADIUS: `udp`, or `radsec` for RADIUS in TLS (RFC 6614).'),
  address: addressSchema.describe('Address to listen on; `0.0.0.0` and `::` take every one of the machine.'),
  port: listenPortSchema
    .optional()
    .describe('Port; 0 takes any free one. Without it: 1812, and 2083 with `protocol: radsec`.'),
  serves: z
    .array(z.enum(['access', 'accounting']))
    .min(1)
    .optional()
    .describe(
      'What is answered here: logins, accounting (usually on port 1813), or both. Without it: logins, and both with `protocol: radsec`.',
    ),
  cert: fileSchema
    .optional()
    .describe('RadSec: PEM file of the certificate of this server, with those that lead to its authority.'),
  key: fileSchema.optional().describe('RadSec: PEM file of the private key of `cert`, without a passphrase.'),
  clientCa: fileSchema
    .optional()
    .describe(
      'RadSec: PEM file of the authorities that sign certificates of clients. `cert`, `key` and `clientCa` may be missing where every client has a `psk`.',
    ),
  radiusVersions: radiusVersionsSchema.describe(
    'RadSec: versions of RADIUS inside TLS; the client chooses by ALPN, 1.0 if it names none (RFC 9765).',
  ),
  handshakeSeconds: whole(1, 120).default(10).describe('RadSec: seconds until a TLS handshake must be over.'),
  idleSeconds: whole(5, 86_400)
    .default(600)
    .describe('RadSec: seconds without a request after which a connection is closed; Status-Server keeps it open.'),
  maxConnections: whole(1, 65_535).default(4096).describe('RadSec: connections of all clients together.'),
  maxConnectionsPerClient: whole(1, 65_535).default(64).describe('RadSec: connections of one client.'),
});

/** One of `server.listen`. */
export type ListenData = z.output<typeof listenSchema>;

/** The port of RADIUS where none is written (RFC 2865 §3, RFC 6614 §2.1). */
export function portOf({
  protocol,
  port,
}: {
  readonly protocol: 'udp' | 'radsec';
  readonly port?: number | undefined;
}): number {
  return port ?? (protocol === 'radsec' ? 2083 : 1812);
}

/** `server`: this process. */
export const serverSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[\x21-\x7e]{1,24}$/, { error: 'must be 1 to 24 printable ASCII characters without spaces' })
    .optional()
    .describe('Name of this server in State, logs and audit events. Without it: the host name.'),
  dataDir: fileSchema
    .default('./data')
    .describe('Folder of the database, the master key and generated secrets, relative to this file.'),
  workers: whole(1, 1).default(1).describe('Processes that answer; this version runs one.'),
  listen: z
    .array(listenSchema)
    .min(1)
    .prefault([{ protocol: 'udp', address: '127.0.0.1', port: 1812 }])
    .describe('Where RADIUS requests are received.'),
});
