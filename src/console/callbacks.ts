import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Callback, CallbackReply, CallbackRequest } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter } from '../lib/metrics.ts';
import type { PublicPlace } from './origin.ts';
import { createRateLimit, sourceOf } from './rate-limit.ts';
import { refuse } from './requests.ts';

/** An end point of a gateway or of phones, and where it hangs. */
export interface MountedCallback {
  /** `gateways/NAME` or `push/PROTOCOL`. */
  readonly prefix: string;
  readonly callback: Callback;
}

/** What serving callbacks needs. */
export interface CallbackDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly place: PublicPlace;
  /** By `outcome`. */
  readonly counter: Counter;
  /** Asked at each request: a reload changes them. */
  readonly callbacks: () => readonly MountedCallback[];
}

const MAX_BODY_OCTETS = 65_536;

// All phones of a company may come from one address, and all messages from one gateway.
const REQUESTS = { limit: 6_000, windowMs: 60_000 };
// What no callback wants: a phone that was deleted goes on asking for a while, a stranger tries for ever.
const REFUSALS = { limit: 120, windowMs: 60_000 };

/** Only our own pages speak to it from a browser. */
const OWN_PAGES_ONLY = 'push/app';

/** `/gateways/NAME/…` and `/push/PROTOCOL/…`: what is not mounted is 404, and its body is never read. */
export function serveCallbacks(http: FastifyInstance, deps: CallbackDeps): void {
  const found = new WeakMap<FastifyRequest, Callback>();
  const limits = createLimits(deps.clock);
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_OCTETS }, (_request, body, done) =>
    done(null, body),
  );
  http.addHook('onRequest', (request, reply, done) => {
    const status = limits.isUsedUp(request) ? 429 : admit(request, deps, found);
    if (status === undefined) done();
    else refuse(reply, status);
  });
  http.addHook('onResponse', (request, reply, done) => {
    limits.count(request, reply);
    deps.counter.add({ outcome: outcomeOf(reply.statusCode) });
    done();
  });
  for (const url of ['/gateways/*', '/push/*']) {
    http.route({
      method: ['GET', 'POST'],
      url,
      exposeHeadRoute: false,
      handler: (request, reply) => answer(found.get(request), request, reply, deps),
    });
  }
}

/** The status to refuse it with; `undefined`: its callback is found. */
function admit(
  request: FastifyRequest,
  { callbacks, place }: CallbackDeps,
  found: WeakMap<FastifyRequest, Callback>,
): number | undefined {
  const path = pathOf(request);
  const mounted = callbacks().find(
    ({ prefix, callback }) => callback.method === request.method && isAt(path, prefix, callback.path),
  );
  if (mounted === undefined) return 404;
  if (mounted.prefix === OWN_PAGES_ONLY && !place.isOwn(request)) return 403;
  found.set(request, mounted.callback);
  return undefined;
}

// As it was sent: what is spelled in another way (`%61`, `//`) is another path.
function isAt(path: string, prefix: string, end: string): boolean {
  return path === `/${prefix}/${end}` || (end === '' && path === `/${prefix}`);
}

async function answer(
  callback: Callback | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  { place, logger }: CallbackDeps,
): Promise<FastifyReply> {
  if (callback === undefined) return refuse(reply, 404);
  let answered: CallbackReply;
  try {
    answered = await callback.handle(asReceived(request, place));
  } catch (error) {
    logger.error({ fault: faultOf(error), path: pathOf(request) }, 'a callback failed');
    return refuse(reply, 500);
  }
  if (answered.contentType !== undefined) reply.type(answered.contentType);
  return reply.code(answered.status).send(answered.body ?? '');
}

function asReceived(request: FastifyRequest, place: PublicPlace): CallbackRequest {
  const { originalUrl, body } = request;
  return {
    url: place.url() + originalUrl,
    headers: headersOf(request),
    query: queryOf(originalUrl),
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  };
}

function pathOf({ originalUrl }: FastifyRequest): string {
  return originalUrl.split('?', 1)[0] ?? '';
}

function headersOf({ headers }: FastifyRequest): Record<string, string> {
  const single = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) single[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return single;
}

// The first of values with one name.
function queryOf(url: string): Record<string, string> {
  const query = Object.create(null) as Record<string, string>;
  const start = url.indexOf('?');
  if (start === -1) return query;
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) query[name] ??= value;
  return query;
}

// Messages of errors quote what they were made from (`JSON.parse` does): the kind and the place must do.
function faultOf(error: unknown): { readonly name: string; readonly at: readonly string[] } {
  if (!(error instanceof Error)) return { name: typeof error, at: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { name: error.name, at: frames.slice(0, 5).map((line) => line.trim()) };
}

function createLimits(clock: Clock) {
  const requests = createRateLimit(REQUESTS, clock);
  const refusals = createRateLimit(REFUSALS, clock);
  return {
    isUsedUp: ({ ip }: FastifyRequest): boolean => {
      const source = sourceOf(ip);
      return requests.isUsedUp(source) || refusals.isUsedUp(source);
    },
    count({ ip }: FastifyRequest, { statusCode }: FastifyReply): void {
      const source = sourceOf(ip);
      requests.count(source);
      if (statusCode >= 400 && statusCode < 500 && statusCode !== 429) refusals.count(source);
    },
  };
}

function outcomeOf(status: number): string {
  if (status === 429) return 'limited';
  if (status >= 500) return 'failed';
  return status >= 400 ? 'refused' : 'taken';
}
