import * as z from 'zod';
import { nameSchema, oneOrMore, prefixSchema, whole } from './common.ts';

/** Kinds of second factor. */
export const factorNames = ['totp', 'hotp', 'push', 'sms', 'call', 'email'] as const;

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A zone of the IANA database. */
export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, { error: 'must be the name of a time zone such as Europe/Copenhagen, or UTC' })
  .meta({ title: 'time zone' });

const hour = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'must be a time of day from "00:00" to "24:00", in quotes' })
  .meta({ title: 'HH:MM' });

const printable = z
  .string()
  .min(1)
  .max(512)
  .refine((text) => text.trim() === text && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text), {
    error: 'must not begin or end with a space, nor hold a control character',
  });

// The descriptions stand with `when`; `except` has the same keys.
const conditionSchema = z
  .strictObject({
    client: oneOrMore(nameSchema).optional().describe('Name of the client that asks.'),
    user: oneOrMore(printable)
      .optional()
      .describe('Name of the user, in whatever case; `@example.com` stands for every name that ends so.'),
    group: oneOrMore(printable)
      .optional()
      .describe(
        'Group of the user, in whatever case: one of `sallyport user set --group`, or one of the directory by its name or its distinguished name. A bare name is that of any group so called, wherever it stands in the directory: for `skip`, write the distinguished name.',
      ),
    address: oneOrMore(prefixSchema)
      .optional()
      .describe('Address of the user as the NAS tells it (never that of the NAS). Who tells none is at none.'),
    days: oneOrMore(z.enum(days)).optional().describe('Days on which the hours begin.'),
    from: hour.optional().describe('First minute; without it the day from its beginning.'),
    to: hour
      .optional()
      .describe('First minute no more; without it the day to its end. Before `from`: on the day after.'),
    timeZone: timeZoneSchema.optional().describe('Zone of these hours; without it that of the policy.'),
  })
  .superRefine((condition, context) => {
    const fault = hoursFault(condition);
    if (fault !== undefined) context.addIssue({ code: 'custom', path: [fault.key], message: fault.message });
  });

const exceptSchema = conditionSchema.refine((condition) => Object.keys(condition).length > 0, {
  error: 'must name somebody: empty, it would take everyone out',
});

const value = z.union([z.string().min(1).max(4096), z.number(), z.boolean()], {
  error: 'must be text, a number, true, false, or a list of them',
});

/** Attributes of an Accept by name, each with one value or several. */
export const attributesSchema = z
  .record(z.string().min(1).max(128), z.union([value, z.array(value).min(1)]))
  .meta({ title: 'attributes' });

/** One of a policy's `rules`. */
export const ruleSchema = z
  .strictObject({
    name: printable.max(64).optional().describe('Name of the rule in logs, audit events and `policy explain`.'),
    when: conditionSchema
      .prefault({})
      .describe('Whom the rule is for: every key has to hold, each by one of its values. Empty: everyone.'),
    except: exceptSchema.optional().describe('Not for these; the keys of `when`, of which every one has to hold.'),
    then: z
      .enum(['factors', 'skip', 'deny'])
      .default('factors')
      .describe(
        '`factors`: the second door, with what the rule changes of it. `skip`: the first door is enough. `deny`: nobody gets in, with the words for a wrong password, and no password is tried.',
      ),
    factors: z
      .array(z.enum(factorNames))
      .min(1)
      .optional()
      .describe('Instead of the factors of the policy, the preferred first.'),
    menu: z.boolean().optional().describe('Instead of `menu` of the policy.'),
    numberMatching: z.boolean().optional().describe('Instead of `factors.push.numberMatching`.'),
    rememberHours: whole(0, 720).optional().describe('Instead of `rememberHours` of the policy; 0: never.'),
    reply: attributesSchema
      .optional()
      .describe('Attributes of an Access-Accept under this rule, as in `policies.NAME.reply[].attributes`.'),
  })
  .superRefine((rule, context) => {
    const changes = ['factors', 'menu', 'numberMatching', 'rememberHours', 'reply'] as const;
    const idle = changes.filter((key) => rule[key] !== undefined && (key !== 'reply' || rule.then === 'deny'));
    if (rule.then === 'factors') return;
    for (const key of idle) {
      context.addIssue({ code: 'custom', path: [key], message: `means nothing where the rule says ${rule.then}` });
    }
  });

/** One of a policy's `reply`. */
export const replySchema = z.strictObject({
  when: conditionSchema.prefault({}).describe('Who is given them, as in a rule; empty: everyone.'),
  except: exceptSchema.optional().describe('Not these.'),
  attributes: attributesSchema.describe(
    'Attributes by the names of the dictionaries, such as `Class`, `Filter-Id`, `Fortinet-Group-Name`, `Tunnel-Private-Group-Id:1` (with a tag) or `Attr-26.9.1`; a value or a list of values: text, number, address, the name of a number, or octets as `"0x…"`.',
  ),
});

/** `clients[].relay`: what becomes of a home server's attributes. */
export const relaySchema = z.strictObject({
  remove: z
    .array(z.string().min(1).max(128))
    .default([])
    .describe('Names of attributes of the home server that do not reach this NAS.'),
  set: attributesSchema.default({}).describe('Attributes that take the place of those of the home server.'),
  add: attributesSchema.default({}).describe('Attributes beside those of the home server.'),
});

interface Hours {
  readonly days?: unknown;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timeZone?: string | undefined;
}

function hoursFault({ days: begun, from, to, timeZone }: Hours): { key: string; message: string } | undefined {
  if (from === '24:00') return { key: 'from', message: 'must be before 24:00' };
  if (from !== undefined && from === to)
    return { key: 'to', message: 'is the same as `from`: leave both out for the whole day' };
  if (to === '00:00' && from === undefined)
    return { key: 'to', message: 'is the beginning of the day: write "24:00" for its end' };
  const hasHours = begun !== undefined || from !== undefined || to !== undefined;
  return timeZone === undefined || hasHours
    ? undefined
    : { key: 'timeZone', message: 'needs days, from or to beside it' };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Where a key without a value is a mistake rather than one that was left out: it would make a rule match everyone. */
export const writtenOutSchemas: ReadonlySet<z.core.$ZodType> = new Set([ruleSchema, replySchema]);
