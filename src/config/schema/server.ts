import * as z from 'zod';
import { addressSchema, fileSchema, listenPortSchema, whole } from './common.ts';

const listenSchema = z.strictObject({
  protocol: z.literal('udp').default('udp').describe('Transport of RADIUS.'),
  address: addressSchema.describe('Address to listen on; `0.0.0.0` and `::` take every one of the machine.'),
  port: listenPortSchema.default(1812).describe('UDP port; 0 takes any free one.'),
  serves: z
    .array(z.enum(['access', 'accounting']))
    .min(1)
    .optional()
    .describe('What is answered here: logins, accounting (usually on port 1813), or both. Without it: logins.'),
});

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
    .default([{ protocol: 'udp', address: '127.0.0.1', port: 1812 }])
    .describe('Where RADIUS requests are received.'),
});
