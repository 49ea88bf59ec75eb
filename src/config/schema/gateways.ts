import * as z from 'zod';
import { secretSchema, whole } from './common.ts';

/** What holds for each kind of gateway. */
const common = {
  timeoutSeconds: z
    .number()
    .min(1)
    .max(60)
    .default(10)
    .describe('Seconds it may take to accept one delivery; after that the next gateway is tried.'),
  failures: whole(1, 100).default(5).describe('Failures in a row after which it is left aside.'),
  asideSeconds: whole(1, 3600)
    .default(30)
    .describe('Seconds it is left aside; then one delivery tries whether it is back.'),
};

function baseUrl(example: string) {
  return z
    .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
    .default(example);
}

const webUrl = z.url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' });

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, { error: 'must be the name of an HTTP header' });

const pattern = z.string().min(1).max(500).refine(isPattern, { error: 'must be a regular expression' });

const jsonPath = z
  .string()
  .regex(/^[\w-]+(\.[\w-]+|\[\d+\])*$/, { error: 'must be a path such as messages[0].id' })
  .meta({ title: 'path into JSON or name of a field' });

const channels = z
  .array(z.enum(['sms', 'email']))
  .min(1)
  .default(['sms'])
  .describe('What it delivers.');

const templates =
  '`{{to}}`, `{{toDigits}}` (without the +), `{{text}}`, `{{from}}`, `{{id}}`, `{{subject}}` are filled in';

const bodySchema = z
  .union(
    [
      z.strictObject({ json: z.unknown().describe(`A structure that is sent as JSON; in its texts ${templates}.`) }),
      z.strictObject({
        form: z.record(z.string().min(1), z.string()).describe(`Fields of a form; in their values ${templates}.`),
      }),
      z.strictObject({ text: z.string().describe(`Plain text, in which ${templates}.`) }),
    ],
    { error: 'must be one of { json: … }, { form: … }, { text: … }' },
  )
  .meta({ title: '`{ json: … }`, `{ form: … }` or `{ text: … }`' });

const successSchema = z.strictObject({
  statuses: z.array(whole(200, 299)).min(1).default([200, 201, 202, 204]).describe('HTTP statuses that mean: taken.'),
  pattern: pattern
    .optional()
    .describe('Regular expression that the reply must match, where the status alone says nothing.'),
  reference: jsonPath.optional().describe('Where its JSON reply has its own name for the delivery.'),
  referencePattern: pattern
    .optional()
    .describe('Regular expression whose first group is that name, for replies that are not JSON.'),
});

const httpCallbacksSchema = z.strictObject({
  secret: secretSchema.describe(
    'Key of the signatures; without `signatureHeader`: the `token` in the query of each callback.',
  ),
  signatureHeader: headerName
    .optional()
    .describe('Header with HMAC-SHA256 of the body, hexadecimal or Base64, `sha256=` in front or not.'),
  report: z
    .strictObject({
      id: jsonPath.describe('Where our `{{id}}` stands.'),
      status: jsonPath.describe('Where the state of the delivery stands.'),
      delivered: z.array(z.string().min(1)).min(1).describe('States that mean: delivered.'),
      undelivered: z.array(z.string().min(1)).min(1).describe('States that mean: it will never be.'),
    })
    .optional()
    .describe('Delivery reports, at `/gateways/NAME/report`.'),
  inbound: z
    .strictObject({
      from: jsonPath.describe('Where the sender’s number stands.'),
      text: jsonPath.describe('Where the message stands.'),
    })
    .optional()
    .describe('Messages to us, at `/gateways/NAME/inbound`.'),
});

/** Any web API that takes messages. */
const httpGatewaySchema = z.strictObject({
  type: z.literal('http').describe('A web API that takes a message by one request.'),
  channels,
  method: z.enum(['POST', 'PUT', 'GET']).default('POST').describe('Method of the request.'),
  url: webUrl.describe('Address of the request.'),
  query: z
    .record(z.string().min(1), z.string())
    .default({})
    .meta({ title: 'mapping of names to texts' })
    .describe(`Added to the address; in the values ${templates}.`),
  headers: z
    .record(headerName, secretSchema)
    .default({})
    .meta({ title: 'mapping of names to [secrets](#secrets)' })
    .describe('Headers of the request, credentials among them.'),
  body: bodySchema.optional().describe('What is sent.'),
  success: successSchema.prefault({}).describe('How its reply is read.'),
  callbacks: httpCallbacksSchema.optional().describe('What it sends to us; needs `console.publicUrl`.'),
  ...common,
});

/** Twilio. */
const twilioGatewaySchema = z.strictObject({
  type: z.literal('twilio').describe('Twilio: SMS and calls.'),
  accountSid: z
    .string()
    .regex(/^AC[0-9a-fA-F]{32}$/, { error: 'must be AC and 32 hexadecimal digits' })
    .describe('Account SID.'),
  authToken: secretSchema.describe('Auth token: credentials of our requests and key of the signatures of theirs.'),
  from: z.string().min(1).max(20).optional().describe('Our number (`+1…`) or sender id, where no country has its own.'),
  messagingServiceSid: z
    .string()
    .regex(/^MG[0-9a-fA-F]{32}$/, { error: 'must be MG and 32 hexadecimal digits' })
    .optional()
    .describe('Messaging service that chooses the sender of an SMS.'),
  apiUrl: baseUrl('https://api.twilio.com').describe('Address of the API, for other regions.'),
  ...common,
});

/** Vonage. */
const vonageGatewaySchema = z.strictObject({
  type: z.literal('vonage').describe('Vonage (Nexmo): SMS and calls.'),
  apiKey: z.string().min(1).max(64).describe('API key of the account.'),
  apiSecret: secretSchema
    .optional()
    .describe('API secret: credentials of an SMS. Without it SMS are signed with `signatureSecret`.'),
  signatureSecret: secretSchema.describe('Signature secret of the account: key of their callbacks’ signatures.'),
  signatureMethod: z
    .enum(['sha256', 'sha512'])
    .default('sha256')
    .describe('Signature method of the account (HMAC), as set in its dashboard.'),
  applicationId: z.string().min(1).max(64).optional().describe('Application that places calls; without it: SMS only.'),
  privateKey: secretSchema.optional().describe('Private key (PEM) of that application.'),
  from: z.string().min(1).max(20).optional().describe('Our number or sender id, where no country has its own.'),
  smsUrl: baseUrl('https://rest.nexmo.com').describe('Address of the SMS API, for other regions.'),
  voiceUrl: baseUrl('https://api.nexmo.com').describe('Address of the voice API, for other regions.'),
  ...common,
});

/** A program of one's own. */
const scriptGatewaySchema = z.strictObject({
  type: z.literal('script').describe('A program on this machine; the message comes on its standard input.'),
  channels,
  command: z
    .string()
    .regex(/^\//, { error: 'must be the absolute path of a program' })
    .describe('The program; no shell is between.'),
  arguments: z
    .array(
      z.string().max(1000).refine(hasNoText, { error: 'must not hold {{text}}: the message comes on standard input' }),
    )
    .max(50)
    .default(['{{to}}'])
    .describe(
      'One template each: `{{to}}`, `{{toDigits}}`, `{{from}}`, `{{id}}`, `{{subject}}` and `{{channel}}` are filled in.',
    ),
  environment: z
    .record(z.string().regex(/^[A-Za-z_]\w{0,63}$/, { error: 'must be the name of a variable' }), secretSchema)
    .default({})
    .meta({ title: 'mapping of names to [secrets](#secrets)' })
    .describe('Its environment, but for PATH and LANG; nothing of ours is handed on.'),
  ...common,
});

/** The kinds of gateway. */
export const gatewaySchemas = [
  httpGatewaySchema,
  twilioGatewaySchema,
  vonageGatewaySchema,
  scriptGatewaySchema,
] as const;

/** One of `gateways`: a company or box that delivers. */
export const gatewaySchema = z.discriminatedUnion('type', gatewaySchemas, {
  error: 'must be one of http, twilio, vonage, script',
});

const country = z.string().regex(/^(\*|[A-Z]{2})$/, { error: 'must be two capital letters (ISO 3166) or "*"' });

const countrySchema = z.strictObject({
  blocked: z.boolean().default(false).describe('Whether nothing is sent there.'),
  gateways: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Gateways for this country, in order, in place of the factor’s.'),
  from: z
    .string()
    .min(1)
    .max(20)
    .optional()
    .describe('Sender of an SMS there: a number, or a name where the country allows one.'),
  callFrom: z.string().min(1).max(20).optional().describe('Number that calls from us show there.'),
});

/** Keys of `factors` about deliveries in general. */
export const deliverySchemas = {
  defaultCountry: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: 'must be two capital letters (ISO 3166)' })
    .optional()
    .describe('Country of phone numbers that are written without one, such as `DK`.'),
  countries: z
    .record(country, countrySchema)
    .default({})
    .meta({ title: 'mapping of countries, see below' })
    .describe(
      'By country of the number (`DK`, or `"*"` for all others): `blocked`, `gateways`, `from` (sender of SMS), `callFrom`.',
    ),
  limits: z
    .strictObject({
      perUserInFiveMinutes: whole(1, 100)
        .default(5)
        .describe('Deliveries to one user in five minutes, over all channels.'),
      perClientInFiveMinutes: whole(1, 20_000).default(1000).describe('Deliveries for one client in five minutes.'),
      inFiveMinutes: whole(1, 20_000).default(2000).describe('Deliveries in all in five minutes.'),
    })
    .prefault({})
    .describe('How much may be sent, so that nobody can run up a bill.'),
};

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

function hasNoText(template: string): boolean {
  return !/\{\{\s*text\s*\}\}/.test(template);
}
