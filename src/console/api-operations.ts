import * as z from 'zod';
import type {
  LimitAdministration,
  OpenPrompt,
  TokenAdministration,
  UserAdministration,
  UserView,
} from './administration.ts';
import type { ApiRight } from './api-keys.ts';

/** What the operations work on. */
export interface ApiRooms {
  readonly users: UserAdministration;
  readonly tokens: TokenAdministration;
  readonly limits: LimitAdministration;
  /** What phones are asked at this moment. */
  readonly prompts: () => readonly OpenPrompt[];
}

/** What an operation answers. */
export interface ApiReply {
  readonly status: number;
  readonly body?: unknown;
}

/** One operation: its route, its documentation and its work come from here. */
export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`; `:name` stands for a parameter. */
  readonly path: string;
  readonly right: ApiRight;
  readonly summary: string;
  readonly body?: z.ZodType;
  /** What it may answer besides refusals that every operation has. */
  readonly replies: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  /** Its body holds nothing secret, and stands in the log. */
  readonly isBodyLogged?: true;
  /** `body` has passed the schema; `caller` is the name of the API key. */
  run(rooms: ApiRooms, subject: string, body: unknown, caller: string): Promise<ApiReply>;
}

const text = z.string().trim().min(1).max(200);
const serial = z.string().describe('Names the token.');
/** A moment. */
export const time = z.iso.datetime();

const wishSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['totp', 'hotp']) }),
  z.strictObject({ type: z.literal('push'), protocol: z.enum(['app', 'ntfy', 'privacyidea']) }),
]);
const passcodeSchema = z.strictObject({ passcode: z.string().regex(/^\d{6,8}$/, { error: 'must be 6 to 8 digits' }) });
const resetSchema = z.strictObject({ reason: text.describe('Shown to the user until they have enrolled again.') });
const bypassSchema = z.strictObject({
  reason: text.describe('Kept with the code.'),
  seconds: z.int().min(60).max(86_400).default(300).describe('How long the code lasts.'),
});

/** Why something was not done, in one word. */
export const problem = z.object({ error: z.string() });
const begunSchema = z.object({
  serial,
  uri: z.string().describe('For the QR code. It holds the secret and is given only now.'),
});
const wrongSchema = z.object({ error: z.enum(['wrong-passcode', 'used-up']), attemptsLeft: z.int() });
const takenSchema = z.object({ tokens: z.array(serial), codes: z.int().describe('How many codes were taken.') });
const codeSchema = z.object({ code: z.string().describe('Given only now.'), expiresAt: time });
const tokenSchema = z.object({
  serial,
  type: z.enum(['totp', 'hotp', 'push']),
  protocol: z.string().optional(),
  state: z.enum(['active', 'pending']),
  isEnabled: z.boolean(),
  createdAt: time,
});
const userSchema = z.object({
  name: z.string(),
  isEnabled: z.boolean(),
  lockedUntil: time.nullable(),
  failures: z.int().describe('Wrong answers since the last good one.'),
  createdAt: time,
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  email: z.string().optional(),
  phone: z.string().optional(),
  language: z.string().optional(),
  resetReason: z.string().optional(),
  tokens: z.array(tokenSchema),
});
const promptsSchema = z.object({
  prompts: z.array(z.object({ user: z.string(), client: z.string(), factor: z.enum(['push', 'call']), since: time })),
});

/** For operations on a user. */
export const noUser = { description: 'There is no such user.', schema: problem };
const noToken = { description: 'There is no such token.', schema: problem };

/** There is no such thing. */
export const missing: ApiReply = { status: 404, body: { error: 'not-found' } };

/** Operations on users and tokens, in the order of the documentation. */
export const userOperations: readonly Operation[] = [
  {
    id: 'findUser',
    method: 'GET',
    path: '/users/:name',
    right: 'read',
    summary: 'A user and their tokens, without secrets',
    replies: { 200: { description: 'The user.', schema: userSchema }, 404: noUser },
    async run({ users }, name) {
      const user = await users.find(name);
      return user === undefined ? missing : { status: 200, body: shownUser(user) };
    },
  },
  {
    id: 'beginToken',
    method: 'POST',
    path: '/users/:name/tokens',
    right: 'enrol',
    summary: 'Begins a new token; it is used once its owner has proved that it works',
    replies: {
      201: { description: 'The token waits for its first proof.', schema: begunSchema },
      404: noUser,
      409: { description: 'This server does not offer that push protocol.', schema: problem },
    },
    ...taking(wishSchema, async ({ tokens }, name, body) => {
      const begun = await tokens.begin(name, body);
      if (begun.kind === 'user-unknown') return missing;
      if (begun.kind === 'not-offered') return { status: 409, body: { error: 'not-offered' } };
      return { status: 201, body: { serial: begun.serial, uri: begun.uri.reveal().toString('utf8') } };
    }),
  },
  {
    id: 'activateToken',
    method: 'POST',
    path: '/tokens/:serial/activate',
    right: 'enrol',
    summary: 'Gives the first passcode of a pending token, which makes it active',
    replies: {
      204: { description: 'The token is active.' },
      404: { description: 'No token of that serial waits for a passcode.', schema: problem },
      422: { description: 'The passcode does not fit; after five of them the token is deleted.', schema: wrongSchema },
    },
    ...taking(passcodeSchema, async ({ tokens }, name, body) => {
      const activation = await tokens.activate(name, body.passcode);
      if (activation.kind === 'activated') return { status: 204 };
      if (activation.kind === 'not-pending') return missing;
      const attemptsLeft = activation.kind === 'wrong' ? activation.attemptsLeft : 0;
      return { status: 422, body: { error: attemptsLeft > 0 ? 'wrong-passcode' : 'used-up', attemptsLeft } };
    }),
  },
  {
    id: 'deleteToken',
    method: 'DELETE',
    path: '/tokens/:serial',
    right: 'users',
    summary: 'Deletes a token',
    replies: { 204: { description: 'It is gone.' }, 404: noToken },
    run: async ({ tokens }, name) => ((await tokens.remove(name)) ? { status: 204 } : missing),
  },
  {
    id: 'resetUser',
    method: 'POST',
    path: '/users/:name/reset',
    right: 'users',
    summary: 'Takes every token and code of a user, who has to enrol again',
    replies: { 200: { description: 'What was taken.', schema: takenSchema }, 404: noUser },
    ...taking(resetSchema, async ({ users }, name, body) => {
      const taken = await users.reset(name, body.reason);
      return taken === undefined ? missing : { status: 200, body: taken };
    }),
  },
  {
    id: 'phoneLost',
    method: 'POST',
    path: '/users/:name/phone-lost',
    right: 'users',
    summary: 'Takes what a lost phone may give away: number, push tokens, codes, app passwords',
    replies: { 200: { description: 'What was taken.', schema: takenSchema }, 404: noUser },
    async run({ users }, name) {
      const taken = await users.phoneLost(name);
      return taken === undefined ? missing : { status: 200, body: taken };
    },
  },
  {
    id: 'bypass',
    method: 'POST',
    path: '/users/:name/bypass',
    right: 'users',
    summary: 'A code that stands in for the second factor once',
    replies: { 201: { description: 'The code.', schema: codeSchema }, 404: noUser },
    ...taking(bypassSchema, async ({ users }, name, body) => {
      const bypass = await users.bypass(name, body);
      if (bypass === undefined) return missing;
      const code = bypass.code.reveal().toString('utf8');
      return { status: 201, body: { code, expiresAt: iso(bypass.expiresAtMs) } };
    }),
  },
  {
    id: 'listPrompts',
    method: 'GET',
    path: '/prompts',
    right: 'read',
    summary: 'What phones are asked at this moment',
    replies: { 200: { description: 'Open prompts, the oldest first.', schema: promptsSchema } },
    run({ prompts }) {
      const oldestFirst = [...prompts()].sort((a, b) => a.sinceMs - b.sinceMs);
      const shown = oldestFirst.map(({ user, client, factor, sinceMs }) => ({
        ...{ user, client, factor },
        since: iso(sinceMs),
      }));
      return Promise.resolve({ status: 200, body: { prompts: shown } });
    },
  },
];

/** Work that takes a body. */
export function taking<Schema extends z.ZodType>(
  body: Schema,
  run: (rooms: ApiRooms, subject: string, body: z.output<Schema>, caller: string) => Promise<ApiReply>,
): Pick<Operation, 'run'> & { readonly body: z.ZodType } {
  return { body, run: (rooms, subject, given, caller) => run(rooms, subject, given as z.output<Schema>, caller) };
}

// Field by field: nothing is shown because a caller happens to have it.
function shownUser(user: UserView): z.input<typeof userSchema> {
  const { name, isEnabled, failures, firstName, lastName, email, phone, language, resetReason } = user;
  return {
    ...{ name, isEnabled, failures, firstName, lastName, email, phone, language, resetReason },
    lockedUntil: user.lockedUntilMs === 0 ? null : iso(user.lockedUntilMs),
    createdAt: iso(user.createdAtMs),
    tokens: user.tokens.map(({ serial: id, type, protocol, state, isEnabled: isOn, createdAtMs }) => ({
      ...{ serial: id, type, protocol, state, isEnabled: isOn },
      createdAt: iso(createdAtMs),
    })),
  };
}

/** A moment as the API writes it. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
