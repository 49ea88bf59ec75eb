import * as z from 'zod';
import {
  addressSchema,
  fileSchema,
  listenPortSchema,
  nameSchema,
  prefixSchema,
  secretSchema,
  whole,
} from './common.ts';

/** `storage`: users, tokens and audit events. */
export const storageSchema = z.strictObject({
  type: z.literal('sqlite').default('sqlite').describe('Kind of database.'),
  file: fileSchema
    .optional()
    .describe('Database file, relative to this file. Without it: `sallyport.db` under `server.dataDir`.'),
});

/** `sessions`: challenges that wait for their answer. */
export const sessionsSchema = z.strictObject({
  type: z.literal('memory').default('memory').describe('Where pending challenges are kept.'),
  maxPending: whole(1, 2_000_000)
    .default(200_000)
    .describe(
      'Pending challenges kept at most (about 2 kB each); beyond that, new ones are refused. What home servers ask, EAP among it, may take half of them.',
    ),
});

/** What an API key may do. */
export const apiRightSchema = z.enum(['read', 'enrol', 'users', 'unavailable']);

/** One of `console.apiKeys`: a program that may use the HTTP API. */
export const apiKeySchema = z.strictObject({
  name: nameSchema.describe('Name in the log; unique.'),
  secret: secretSchema.describe(
    'The key itself, sent as `Authorization: Bearer …`; 32 characters or more, made at random.',
  ),
  may: z
    .array(apiRightSchema)
    .min(1)
    .describe(
      '`read`: users without their secrets, open prompts, blocks, remembered logins; `enrol`: new tokens; `users`: reset, lost phones, bypass, deleting tokens, blocks, ending remembered logins; `unavailable`: the second door may decide alone for a while.',
    ),
});

/** `console`: HTTP. */
export const consoleSchema = z.strictObject({
  address: addressSchema.default('127.0.0.1').describe('Address to listen on.'),
  port: listenPortSchema.default(8812).describe('TCP port; 0 takes any free one.'),
  publicUrl: z
    .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
    .optional()
    .describe('Address by which users and gateways reach it, where that is another (behind a reverse proxy).'),
  trustedProxies: z
    .array(prefixSchema)
    .default(['127.0.0.0/8', '::1'])
    .describe('Reverse proxies whose X-Forwarded-For is believed; limits count by the address it names.'),
  apiKeys: z.array(apiKeySchema).default([]).describe('Programs that may use the HTTP API; none: there is no API.'),
});

function field(what: string) {
  return z.boolean().default(true).describe(`Whether audit events name ${what}.`);
}

/** `audit`: what an authentication event keeps. */
export const auditSchema = z.strictObject({
  fields: z
    .strictObject({
      name: field('the user’s first and last name'),
      email: field('the user’s e-mail address'),
      phone: field('the user’s phone number'),
      token: field('the token that was used'),
      userAddress: field('the address the user came from'),
    })
    .prefault({})
    .describe('Optional fields of audit events.'),
});

/** `accounting`: what holds for all clients that send it. */
export const accountingSchema = z.strictObject({
  queue: z
    .boolean()
    .default(false)
    .describe(
      'Whether accounting is answered once it is on disk, and relayed afterwards until a home server answers; else it is answered when one has answered.',
    ),
  maxQueued: whole(1, 10_000_000)
    .default(100_000)
    .describe('Requests kept on disk at most (about 500 octets each); beyond that, new ones get no answer.'),
});

/** `log`: what is written to standard output. */
export const logSchema = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('The least important level that is written; `trace` dumps packets with hidden values masked.'),
  format: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('JSON lines, text for people, or whichever fits (text on a terminal).'),
});
