import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from '../lib/logger.ts';
import { ConsoleError } from './error.ts';
import { findUnready, type ReadinessCheck } from './readiness.ts';

/** What a console shows. */
export interface ConsoleDeps {
  readonly logger: Logger;
  /** What `/metrics` shows. */
  readonly metrics: MetricsSource;
  /** What `/readyz` asks, each time. */
  readonly readiness: readonly ReadinessCheck[];
}

/** Where the metrics come from. */
export interface MetricsSource {
  readonly contentType: string;
  expose(): Promise<string>;
}

/** Where a console listens. */
export interface ConsoleOptions {
  readonly address: string;
  /** 0 takes any free port (tests). */
  readonly port: number;
}

/** The HTTP side: for now `/metrics`, `/healthz` and `/readyz`. */
export interface Console {
  /** Binds and answers; gives where. Throws `ConsoleError` when the address cannot be bound. */
  start(): Promise<{ readonly address: string; readonly port: number }>;
  /** Closes, open connections included. */
  stop(): Promise<void>;
}

// Nothing here is a page yet: no browser needs to be allowed anything.
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_BODY_OCTETS = 16_384;

/** A console that is not bound yet. */
export function createConsole(deps: ConsoleDeps, options: ConsoleOptions): Console {
  const http = fastify({
    bodyLimit: MAX_BODY_OCTETS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    // A path that cannot be decoded: no hook has run for it.
    frameworkErrors: (_error, _request, reply) => void refuse(reply.headers(HEADERS) as FastifyReply, 400),
  });
  addHeaders(http);
  addFailures(http, deps.logger);
  addRoutes(http, deps);
  return {
    async start() {
      const { address, port } = options;
      try {
        await http.listen({ host: address, port });
      } catch (cause) {
        throw new ConsoleError('bind-failed', `cannot listen on tcp ${address} port ${port}: ${whyNot(cause)}`, {
          cause,
        });
      }
      const bound = http.server.address() as AddressInfo;
      return { address: bound.address, port: bound.port };
    },
    stop: () => http.close(),
  };
}

const bindProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'the system does not allow this user to listen there',
};

function whyNot(cause: unknown): string {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  return bindProblems[code] ?? code;
}

function addHeaders(http: FastifyInstance): void {
  http.addHook('onRequest', (_request, reply, done) => {
    reply.headers(HEADERS);
    done();
  });
}

function addFailures(http: FastifyInstance, logger: Logger): void {
  http.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'not-found' }));
  http.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500)
      logger.error({ error, method: request.method, route: request.routeOptions.url }, 'console failed');
    return refuse(reply, status);
  });
}

function refuse(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).send({ error: status >= 500 ? 'internal-error' : 'bad-request' });
}

function addRoutes(http: FastifyInstance, { metrics, readiness }: ConsoleDeps): void {
  http.get('/healthz', () => ({ status: 'alive' }));
  http.get('/readyz', async (_request, reply): Promise<FastifyReply> => {
    const missing = await findUnready(readiness);
    if (missing.length === 0) return reply.send({ status: 'ready' });
    return reply.code(503).send({ status: 'not-ready', missing });
  });
  http.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.expose()));
}
