import * as z from 'zod';
import { authoritiesSchema, secretSchema, whole } from './common.ts';
import { gatewayPatience } from './gateway-patience.ts';

/** A name or an address: gateways are looked up when they are connected to, not on the way of a request. */
const hostSchema = z
  .string()
  .regex(/^[A-Za-z0-9:]([A-Za-z0-9._:-]{0,252})$/, { error: 'must be a host name or an IP address' })
  .meta({ title: 'host' });

const portSchema = whole(1, 65_535);

/** Text for one header or field: nothing in it can begin another. */
const lineSchema = z
  .string()
  .min(1)
  .max(254)
  .regex(/^\P{Cc}+$/u, { error: 'must be one line' });

/** An SMSC. */
export const smppGatewaySchema = z.strictObject({
  type: z.literal('smpp').describe('SMS through an SMSC by SMPP 3.4.'),
  host: hostSchema.describe('Name or address of the SMSC.'),
  port: portSchema.default(2775).describe('TCP port of the SMSC; with TLS it is often 3550.'),
  tls: z.boolean().default(false).describe('Whether the connection is encrypted; the certificate is verified.'),
  ca: authoritiesSchema.optional(),
  systemId: z.string().min(1).max(15).describe('Account at the SMSC (`system_id`).'),
  password: secretSchema.describe('Password of the account; many an SMSC takes 8 characters at most.'),
  systemType: z.string().max(12).default('').describe('What the SMSC wants as `system_type`, if anything.'),
  bind: z
    .enum(['transceiver', 'pair'])
    .default('transceiver')
    .describe('One session for both ways, or a pair: a transmitter that sends, a receiver that hears answers.'),
  from: lineSchema
    .optional()
    .describe('Sender where no other is set: E.164, a short code, or a name of at most 11 characters.'),
  receipts: z.boolean().default(true).describe('Whether delivery receipts are asked for.'),
  longMessages: z
    .enum(['udh', 'payload'])
    .default('udh')
    .describe('Whether long texts go in parts that phones put together, or whole (`message_payload`).'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: 'must be two capital letters (ISO 3166)' })
    .optional()
    .describe('Country of senders whose number comes in without one.'),
  validitySeconds: whole(30, 86_400)
    .optional()
    .describe('How long the SMSC tries to deliver; without it as long as it likes.'),
  ...gatewayPatience,
  enquireSeconds: whole(5, 600).default(30).describe('Seconds between two questions whether the SMSC is there.'),
  window: whole(1, 1_000).default(10).describe('Messages that may wait for their answer at a time.'),
});

/** A mail server. */
export const smtpGatewaySchema = z
  .strictObject({
    type: z.literal('smtp').describe('Mail through a mail server.'),
    host: hostSchema.describe('Name or address of the mail server.'),
    port: portSchema.default(587).describe('TCP port: 587 with STARTTLS, 465 with TLS, 25 without encryption.'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe('How the connection is encrypted; with `starttls` nothing is sent to a server that cannot.'),
    ca: authoritiesSchema.optional(),
    username: lineSchema.optional().describe('Account at the mail server, where it asks for one.'),
    password: secretSchema.optional().describe('Password of the account.'),
    from: lineSchema.describe('Sender: an address, or `Name <address>`.'),
    replyTo: lineSchema.optional().describe('Where answers go.'),
    ...gatewayPatience,
    connections: whole(1, 20).default(3).describe('Connections at most; they are kept for the next mails.'),
  })
  .superRefine(({ security, username, password }, context) => {
    if ((username === undefined) !== (password === undefined)) {
      const missing = username === undefined ? 'username' : 'password';
      context.addIssue({ code: 'custom', path: [missing], message: 'is missing: an account has both' });
    } else if (security === 'none' && username !== undefined) {
      const message = 'must be starttls or tls: no password goes over a connection that is not encrypted';
      context.addIssue({ code: 'custom', path: ['security'], message });
    }
  });

/** An Asterisk. */
export const asteriskGatewaySchema = z.strictObject({
  type: z.literal('asterisk').describe('Calls through an Asterisk, by its REST interface (ARI).'),
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .describe('Address of its HTTP server, such as http://127.0.0.1:8088.'),
  username: z
    .string()
    .regex(/^[^:\p{Cc}]+$/u, { error: 'must be one line without a colon' })
    .describe('Name of the user in ari.conf.'),
  password: secretSchema.describe('Password of that user.'),
  app: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'must be letters, digits, dots, hyphens or underscores' })
    .default('sallyport')
    .describe('Name of the Stasis application; each server of Sallyport needs its own.'),
  endpoint: z
    .string()
    .regex(/\{\{(number|digits)\}\}/, { error: 'must contain {{number}} or {{digits}}' })
    .describe('Whom to dial, such as `PJSIP/{{digits}}@trunk`; `{{number}}` is the number with its `+`.'),
  callerId: lineSchema.optional().describe('Caller shown where no other is set, such as `"Sallyport" <+4512345678>`.'),
  speech: z
    .string()
    .regex(/\{\{text\}\}/, { error: 'must contain {{text}}' })
    .optional()
    .describe(
      'What to play for a text without a recording, such as `sound:http://tts.example.com/?text={{text}}&lang={{language}}`; without it `sound:sallyport/LANGUAGE/NAME`.',
    ),
  ringSeconds: whole(5, 120).default(30).describe('Seconds a phone rings.'),
  maxSeconds: whole(30, 600).default(120).describe('Seconds a call may last once it is answered.'),
  maxCalls: whole(1, 1_000).default(50).describe('Calls at a time.'),
  ...gatewayPatience,
});
