import * as z from 'zod';
import { nameSchema, secretSchema, ttlSchema, whole } from './common.ts';
import { deliverySchemas } from './gateways.ts';
import { factorNames, replySchema, ruleSchema, timeZoneSchema } from './rules.ts';

const lockoutSchema = z.strictObject({
  failures: whole(1, 100).default(5).describe('Wrong answers in a row, across challenges, that lock a user out.'),
  seconds: whole(1, 86_400).default(900).describe('Seconds a lock-out lasts.'),
});

/** One of `policies`: a second door. */
export const policySchema = z.strictObject({
  factors: z
    .array(z.enum(factorNames))
    .describe('Kinds of second factor, the preferred first; an empty list asks for none.'),
  unenrolled: z
    .enum(['deny', 'allow', 'enrol'])
    .default('deny')
    .describe(
      'A user without any token for these factors: refused, let in by password alone, or shown where to set one up (`enrol`; needs `console.publicUrl`). Names count as they are stored here: users whom a home server knows by several spellings must be enrolled under the one that is sent.',
    ),
  unavailable: z
    .enum(['deny', 'allow', 'silence'])
    .default('deny')
    .describe(
      'When no primary can be asked: refuse, let the second factor alone decide (only one of the user’s own: nothing is sent; marked in the audit), or stay silent so that the NAS turns to its next server.',
    ),
  menu: z
    .boolean()
    .default(false)
    .describe('Whether users with several factors are asked which one; otherwise the first is begun at once.'),
  pin: z
    .boolean()
    .default(false)
    .describe(
      'Whether a PIN (`sallyport user set --pin`) stands in front of every passcode, and before # in calls. A tap cannot have one: push is not offered then, but for `codeToPhone`.',
    ),
  passwordChange: z
    .union([z.boolean(), z.literal('after-second-factor')])
    .default(false)
    .describe(
      'Whether users whose password has expired in the directory, or has to be changed at the first login, may choose a new one at the login (Active Directory, over TLS; where the client can show a challenge). With `true` it is changed first, so that an expired password that was stolen is enough to set another, though not to log in; with `after-second-factor` nobody changes anything without the second factor. A change by MS-CHAP (MS-CHAP2-CPW) goes to the home server in any case: behind the second factor, and only right after it has refused a login as expired (E=648); with `true` at once.',
    ),
  lockout: lockoutSchema.prefault({}).describe('Lock-out of a user after wrong answers.'),
  fraudBlockDays: whole(0, 3650)
    .default(90)
    .describe('Days a user stays blocked who reports from the phone that somebody else logs in; 0: not at all.'),
  rememberHours: whole(0, 720)
    .default(0)
    .describe(
      'Hours for which the first door is enough once both were passed, for the same user at the same client from the same Calling-Station-Id; 0: never. Never without a Calling-Station-Id, and never where the primary checks no password. It keeps out who knows the password and comes from elsewhere; not who can name the same station to the NAS (the same address behind a NAT, a MAC address that is made up).',
    ),
  timeZone: timeZoneSchema.default('UTC').describe('Zone in which the rules of this policy name days and hours.'),
  rules: z
    .array(ruleSchema)
    .max(20_000)
    .default([])
    .describe('Exceptions: the first that matches decides. `sallyport policy explain` tells which one and why.'),
  reply: z
    .array(replySchema)
    .max(20_000)
    .default([])
    .describe(
      'Attributes of every Access-Accept, the same after each factor: those of all entries that match, in their order, behind those of the rule. One that may stand once only (RFC 2865 §5.44, MS-RDG-Device-Redirection) is taken from the first, and takes the place of the home server’s.',
    ),
});

const totpSchema = z.strictObject({
  window: whole(0, 10).default(1).describe('Time steps accepted before and after the present one (RFC 6238 §5.2).'),
  ttlSeconds: ttlSchema.default(300).describe('Seconds a challenge waits for its passcode.'),
  issuer: z
    .string()
    .min(1)
    .max(64)
    .refine((text) => !text.includes(':'), { error: 'must not contain a colon' })
    .default('Sallyport')
    .describe('Name the authenticator app shows for new tokens.'),
});

const hotpSchema = z.strictObject({
  window: whole(0, 100).default(10).describe('Counters looked ahead of the last one used (RFC 4226 §7.2).'),
  ttlSeconds: ttlSchema.default(300).describe('Seconds a challenge waits for its passcode.'),
});

const gatewayNames = z
  .array(nameSchema)
  .default([])
  .describe('Names under `gateways`, the preferred first; the next one delivers what one cannot.');

const smsSchema = z.strictObject({
  mode: z
    .enum(['code', 'reply'])
    .default('code')
    .describe('`code`: the passcode in the message is typed. `reply`: the message is answered with it.'),
  ttlSeconds: ttlSchema.default(300).describe('Seconds the passcode is good.'),
  gateways: gatewayNames,
});

const callSchema = z.strictObject({
  mode: z
    .enum(['approve', 'speak'])
    .default('approve')
    .describe('`approve`: # lets in, 0# reports fraud. `speak`: the call speaks a passcode that is typed.'),
  ttlSeconds: ttlSchema.default(60).describe('Seconds a call is waited for.'),
  gateways: gatewayNames,
});

const emailSchema = z.strictObject({
  ttlSeconds: ttlSchema.default(300).describe('Seconds the passcode is good.'),
  gateways: gatewayNames,
});

/** `factors.push.ntfy`. */
export const ntfySchema = z.strictObject({
  server: z
    .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
    .describe('Address of the ntfy server that phones use too.'),
  accessToken: secretSchema.optional().describe('Token that may write to topics beginning with `sallyport-`.'),
});

const pushSchema = z.strictObject({
  ttlSeconds: ttlSchema.default(60).describe('Seconds a question stays on the phone.'),
  numberMatching: z
    .boolean()
    .default(true)
    .describe('Whether a number shown at the VPN has to be picked on the phone, wherever the NAS can show one.'),
  codeToPhone: z
    .boolean()
    .default(false)
    .describe('Whether the phone, once it has approved, shows digits that are typed at the VPN.'),
  app: z
    .strictObject({
      contact: z
        .string()
        .regex(/^(mailto:|https:\/\/)/, { error: 'must begin with mailto: or https://' })
        .optional()
        .describe(
          'Whom the push services of browsers may write to. Without it: `console.publicUrl`, which has to be https then.',
        ),
    })
    .prefault({})
    .describe(
      'Our own app: a page that phones keep, wherever `console.publicUrl` is set. A restart takes a change in.',
    ),
  ntfy: ntfySchema
    .optional()
    .describe('The ntfy app, with buttons. Whoever runs the ntfy server can answer for its phones.'),
  privacyidea: z
    .strictObject({})
    .optional()
    .describe('The privacyIDEA Authenticator, which fetches its questions from us.'),
});

/** `factors`: what holds for each kind of second factor. */
export const factorsSchema = z.strictObject({
  totp: totpSchema.prefault({}).describe('Time-based passcodes (RFC 6238).'),
  hotp: hotpSchema.prefault({}).describe('Counter-based passcodes (RFC 4226).'),
  sms: smsSchema.prefault({}).describe('Text messages to the phone number of the user.'),
  call: callSchema.prefault({}).describe('Phone calls to the phone number of the user.'),
  email: emailSchema.prefault({}).describe('Passcodes to the mail address of the user.'),
  push: pushSchema.prefault({}).describe('Questions to the phone of the user.'),
  fatigue: z
    .strictObject({
      unanswered: whole(0, 100)
        .default(3)
        .describe(
          'Pushes and calls in a row that were not approved, after which a user is asked for passcodes alone; 0: never.',
        ),
      pauseSeconds: whole(60, 86_400)
        .default(900)
        .describe('Seconds for which that lasts, unless the user comes in by a passcode before.'),
    })
    .prefault({})
    .describe('Against who has a password and rings until somebody gives in.'),
  attempts: whole(1, 10).default(3).describe('Answers one challenge allows.'),
  language: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, { error: 'must be a language such as en or de' })
    .default('en')
    .describe(
      'Language of prompts and messages for users who have none of their own: en, da, de, es, fr or nl; English for any other.',
    ),
  ...deliverySchemas,
});
