import * as z from 'zod';
import { nameSchema, secretSchema, whole } from './common.ts';

/** `limits`: how often may be asked. */
export const limitsSchema = z.strictObject({
  perUserPerMinute: whole(1, 100_000)
    .default(300)
    .describe(
      'Requests for one user name in a minute; beyond that they are rejected, and upstreams are not asked. Of a conversation by EAP the first one counts.',
    ),
  perAddressPerMinute: whole(1, 1_000_000)
    .default(3_000)
    .describe('The same for one address of users, where the NAS tells it.'),
  perClientPerSecond: whole(1, 1_000_000)
    .optional()
    .describe(
      'The same for one client in a second; none without it. Rejected, never left unanswered: a NAS takes a silent server for dead.',
    ),
  stormSeconds: whole(0, 900)
    .default(300)
    .describe(
      'Seconds for which a wrong password that is sent again by the same client is refused without asking the primary (a minute after the first refusal), so that a device that repeats it locks no account in a directory. Who sets that very password anew waits no longer than this. 0: the primary is asked every time.',
    ),
});

/** `alerts.email`. */
export const alertEmailSchema = z.strictObject({
  gateway: nameSchema.describe('Name under `gateways` that delivers mail.'),
  to: z
    .array(z.email({ error: 'must be a mail address' }).max(254))
    .min(1)
    .max(10)
    .describe('Mail addresses that are written to.'),
});

/** `alerts.webhook`. */
export const alertWebhookSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
    .describe('Gets a POST of JSON; redirects are not followed.'),
  secret: secretSchema
    .optional()
    .describe('With it, `X-Sallyport-Signature: sha256=…` holds the HMAC-SHA-256 of the body in hexadecimal digits.'),
});

/** `alerts`: who is told of a fraud at once. */
export const alertsSchema = z.strictObject({
  email: alertEmailSchema.optional().describe('A mail.'),
  webhook: alertWebhookSchema.optional().describe('An HTTP request.'),
});
