import * as z from 'zod';
import type { BlockView, OpeningView } from './administration.ts';
import { iso, missing, noUser, problem, taking, time, type Operation } from './api-operations.ts';

const MAX_DAYS = 36_500;
const MAX_MINUTES = 240;

// As the commands take it.
const reason = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'must hold no control character' });

const blockSchema = z.strictObject({
  reason: reason.describe('Kept on the list.'),
  days: z.int().min(1).max(MAX_DAYS).optional().describe('For how long; without it: until it is removed.'),
});
const openingSchema = z.strictObject({
  minutes: z.int().min(1).max(MAX_MINUTES).describe('It ends by itself.'),
  reason: reason.describe('Kept and logged.'),
  client: z.string().min(1).max(255).optional().describe('Name of one client; every one without it.'),
});

const shownBlockSchema = z.object({
  user: z.string(),
  reason: z.string(),
  by: z.string().describe('An account, `API key NAME`, or `user` for a report from the phone.'),
  from: time,
  until: time.nullable().describe('`null`: until it is removed.'),
});
const madeBlockSchema = shownBlockSchema.extend({
  sessions: z
    .array(z.object({ session: z.string().describe('Acct-Session-Id.'), client: z.string(), outcome: z.string() }))
    .describe(
      'Sessions of the user at clients with `disconnect.automatic`, and what the NAS said: `ended`, or why not.',
    ),
});
const blocksSchema = z.object({ blocks: z.array(shownBlockSchema) });
const rememberedSchema = z.object({
  remembered: z.array(
    z.object({
      user: z.string(),
      client: z.string(),
      station: z.string().describe('Calling-Station-Id.'),
      since: time,
      expiresAt: time,
    }),
  ),
});
const shownOpeningSchema = z.object({ client: z.string().nullable(), reason: z.string(), from: time, until: time });
const openingsSchema = z.object({ openings: z.array(shownOpeningSchema) });
const countSchema = z.object({ ended: z.int().describe('How many there were.') });

/** Operations on blocks, remembered logins and openings, in the order of the documentation. */
export const limitOperations: readonly Operation[] = [
  {
    id: 'listBlocks',
    method: 'GET',
    path: '/blocks',
    right: 'read',
    summary: 'Users who are blocked now, and why',
    replies: { 200: { description: 'Blocks by name of the user.', schema: blocksSchema } },
    run: async ({ limits }) => ({ status: 200, body: { blocks: (await limits.blocks()).map(shownBlock) } }),
  },
  {
    id: 'blockUser',
    method: 'POST',
    path: '/users/:name/block',
    right: 'users',
    summary:
      'Refuses every login of a user, in place of a block there was, and ends their remembered logins and sessions',
    isBodyLogged: true,
    replies: { 200: { description: 'The block.', schema: madeBlockSchema }, 404: noUser },
    ...taking(blockSchema, async ({ limits }, name, body, caller) => {
      const by = `API key ${caller}`;
      const block = await limits.block(name, { reason: body.reason, days: body.days, by });
      if (block === undefined) return missing;
      return { status: 200, body: { ...shownBlock(block), sessions: block.sessions } };
    }),
  },
  {
    id: 'unblockUser',
    method: 'DELETE',
    path: '/users/:name/block',
    right: 'users',
    summary: 'Lets a blocked user log in again',
    replies: {
      204: { description: 'The user is blocked no more.' },
      404: { description: 'There is no such user, or they are not blocked.', schema: problem },
    },
    run: async ({ limits }, name) => ((await limits.unblock(name)) ? { status: 204 } : missing),
  },
  {
    id: 'listRemembered',
    method: 'GET',
    path: '/remembered',
    right: 'read',
    summary: 'Logins that need no second factor for a while',
    replies: { 200: { description: 'Remembered logins by name of the user.', schema: rememberedSchema } },
    async run({ limits }) {
      const remembered = (await limits.remembered()).map(({ user, client, station, createdAtMs, expiresAtMs }) => ({
        ...{ user, client, station },
        since: iso(createdAtMs),
        expiresAt: iso(expiresAtMs),
      }));
      return { status: 200, body: { remembered } };
    },
  },
  {
    id: 'endRemembered',
    method: 'DELETE',
    path: '/users/:name/remembered',
    right: 'users',
    summary: 'Ends the remembered logins of a user: the next one needs both doors again',
    replies: { 200: { description: 'They have ended.', schema: countSchema }, 404: noUser },
    async run({ limits }, name) {
      const ended = await limits.forget(name);
      return ended === undefined ? missing : { status: 200, body: { ended } };
    },
  },
  {
    id: 'listOpenings',
    method: 'GET',
    path: '/unavailable',
    right: 'read',
    summary: 'For which clients the second door decides alone now while no primary can be asked',
    replies: { 200: { description: 'What is open.', schema: openingsSchema } },
    run: async ({ limits }) => ({
      status: 200,
      body: { openings: (await limits.openings.list()).map(shownOpening) },
    }),
  },
  {
    id: 'openUnavailable',
    method: 'POST',
    path: '/unavailable',
    right: 'unavailable',
    summary: 'Lets the second door decide alone for a while when no primary answers, for one client or all',
    isBodyLogged: true,
    replies: {
      201: { description: 'It is open.', schema: shownOpeningSchema },
      404: { description: 'There is no such client.', schema: problem },
    },
    ...taking(openingSchema, async ({ limits }, _name, { minutes, reason: why, client }) => {
      const opening = await limits.openings.open({ minutes, reason: why, client });
      return opening === undefined ? missing : { status: 201, body: shownOpening(opening) };
    }),
  },
  {
    id: 'closeUnavailable',
    method: 'DELETE',
    path: '/unavailable',
    right: 'unavailable',
    summary: 'Closes all of it at once',
    replies: { 200: { description: 'Nothing is open.', schema: countSchema } },
    run: async ({ limits }) => ({ status: 200, body: { ended: await limits.openings.close() } }),
  },
];

function shownBlock({ user, reason: why, by, fromMs, untilMs }: BlockView): z.input<typeof shownBlockSchema> {
  return { user, reason: why, by, from: iso(fromMs), until: untilMs === 0 ? null : iso(untilMs) };
}

function shownOpening({ client, reason: why, fromMs, untilMs }: OpeningView): z.input<typeof shownOpeningSchema> {
  return { client: client ?? null, reason: why, from: iso(fromMs), until: iso(untilMs) };
}
