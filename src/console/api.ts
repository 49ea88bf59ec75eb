import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Counter } from '../lib/metrics.ts';
import { findApiKey, type ApiKey, type ApiRight } from './api-keys.ts';
import { limitOperations } from './api-limits.ts';
import { userOperations, type ApiRooms, type Operation } from './api-operations.ts';
import { openApiDocument } from './openapi.ts';
import type { PublicPlace } from './origin.ts';
import { createRateLimit, sourceOf } from './rate-limit.ts';
import { refuse } from './requests.ts';

/** What the API is handed. */
export interface ApiDeps extends ApiRooms {
  /** Asked at each request: a reload changes them. None: there is no API. */
  readonly keys: () => readonly ApiKey[];
}

/** What serving the API needs besides. */
export interface ApiSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly place: PublicPlace;
  /** By `outcome`. */
  readonly counter: Counter;
}

/** Where the API lies. */
export const API_ROOT = '/api/v1';

const operations: readonly Operation[] = [...userOperations, ...limitOperations];

const WRONG_KEYS = { limit: 10, windowMs: 60_000 };

/** `/api/v1/…` and its description. */
export function serveApi(http: FastifyInstance, deps: ApiDeps, surroundings: ApiSurroundings): void {
  const { clock, logger, place, counter } = surroundings;
  const holders = new WeakMap<FastifyRequest, ApiKey>();
  const wrongKeys = createRateLimit(WRONG_KEYS, clock);

  const admit = (request: FastifyRequest, right: ApiRight): number | undefined => {
    const keys = deps.keys();
    if (keys.length === 0) return 404;
    const source = sourceOf(request.ip);
    if (wrongKeys.isUsedUp(source)) return 429;
    const key = findApiKey(keys, request.headers.authorization);
    if (key === undefined) wrongKeys.count(source);
    else holders.set(request, key);
    if (key === undefined) return 401;
    return key.may.includes(right) ? undefined : 403;
  };

  http.addHook('onResponse', (_request, reply, done) => {
    counter.add({ outcome: outcomeOf(reply.statusCode) });
    done();
  });
  for (const operation of operations) {
    http.route({
      method: operation.method,
      url: API_ROOT + operation.path,
      exposeHeadRoute: false,
      onRequest: (request, reply, done) => {
        const status = admit(request, operation.right);
        if (status === 401) void reply.header('www-authenticate', 'Bearer');
        if (status === undefined) done();
        else refuse(reply, status);
      },
      handler: (request, reply) => answer(operation, { request, reply, deps, logger, key: holders.get(request) }),
    });
  }
  http.get(`${API_ROOT}/openapi.json`, (_request, reply) =>
    deps.keys().length === 0 ? refuse(reply, 404) : reply.send(openApiDocument(operations, place.url() + API_ROOT)),
  );
}

interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly deps: ApiDeps;
  readonly logger: Logger;
  readonly key: ApiKey | undefined;
}

async function answer(operation: Operation, { request, reply, deps, logger, key }: Call): Promise<FastifyReply> {
  if (key === undefined) return refuse(reply, 401);
  const parsed = operation.body?.safeParse(request.body);
  if (parsed?.success === false) {
    const problems = parsed.error.issues.map(({ path, message }) =>
      [path.join('.'), message].filter(Boolean).join(': '),
    );
    return reply.code(400).send({ error: 'bad-request', problems });
  }
  const subject = Object.values(request.params as Record<string, string>)[0] ?? '';
  const { status, body } = await operation.run(deps, subject, parsed?.data, key.name);
  if (operation.method !== 'GET') {
    const asked = operation.isBodyLogged === true ? { asked: parsed?.data } : {};
    logger.info({ key: key.name, operation: operation.id, subject, status, ...asked }, 'administration by the API');
  }
  return reply.code(status).send(body);
}

function outcomeOf(status: number): string {
  const refused: Readonly<Record<number, string>> = { 401: 'wrong-key', 403: 'not-allowed', 429: 'limited' };
  if (status >= 500) return 'failed';
  return refused[status] ?? (status >= 400 ? 'refused' : 'done');
}
