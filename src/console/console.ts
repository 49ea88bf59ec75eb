import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Clock } from '../lib/clock.ts';
import { contains, hostAndPort, parseAddress, type Prefix } from '../lib/ip.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import { serveApi, type ApiDeps } from './api.ts';
import { serveCallbacks, type MountedCallback } from './callbacks.ts';
import { serveEnrolment, type EnrolmentDeps } from './enrolment.ts';
import { ConsoleError } from './error.ts';
import { createPublicPlace, type PublicPlace } from './origin.ts';
import { findUnready, type ReadinessCheck } from './readiness.ts';
import { addBodyDeadline, refuse } from './requests.ts';

/** What a console shows. */
export interface ConsoleDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What it counts itself. */
  readonly counters: Metrics;
  /** What `/metrics` shows. */
  readonly metrics: MetricsSource;
  /** What `/readyz` asks, each time. */
  readonly readiness: readonly ReadinessCheck[];
  /** What gateways and phones may call, asked at each request: a reload changes it. */
  readonly callbacks: () => readonly MountedCallback[];
  /** Missing: no API. */
  readonly api?: ApiDeps | undefined;
  /** Missing: nobody enrols at login. */
  readonly enrolment?: EnrolmentDeps | undefined;
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
  /** The address by which users and gateways reach it; without it: where it listens. */
  readonly publicUrl?: string | undefined;
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly Prefix[];
}

/** The HTTP side: `/metrics`, `/healthz`, `/readyz`, and the callbacks of gateways and phones. */
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
// A user's name of 253 octets, each written as `%xx`.
const MAX_PARAMETER_LENGTH = 759;
const MAX_CONNECTIONS = 4_096;

/** A console that is not bound yet. */
export function createConsole(deps: ConsoleDeps, options: ConsoleOptions): Console {
  const { publicUrl, trustedProxies = [] } = options;
  const http = fastify({
    bodyLimit: MAX_BODY_OCTETS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    http: { connectionsCheckingInterval: REQUEST_TIMEOUT_MS },
    trustProxy: (address) => isIn(trustedProxies, address),
    // A path that cannot be decoded: no hook has run for it.
    frameworkErrors: (_error, _request, reply) => void refuse(reply.headers(HEADERS) as FastifyReply, 400),
  });
  http.server.maxConnections = MAX_CONNECTIONS;
  addHeaders(http);
  addBodyDeadline(http, deps.clock);
  addFailures(http, deps.logger);
  addRoutes(http, deps);
  const place = createPublicPlace(publicUrl, () => boundUrl(http.server.address() as AddressInfo));
  addCallbacks(http, deps, place);
  addApi(http, deps, place);
  addEnrolment(http, deps, place);
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
  http.addHook('onRequest', (request, reply, done) => {
    reply.headers(HEADERS);
    // Before its body is read.
    if (request.is404) refuse(reply, 404);
    else done();
  });
}

function addFailures(http: FastifyInstance, logger: Logger): void {
  http.setNotFoundHandler((_request, reply) => refuse(reply, 404));
  http.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500)
      logger.error({ error, method: request.method, route: request.routeOptions.url }, 'console failed');
    return refuse(reply, status);
  });
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

function addCallbacks(http: FastifyInstance, deps: ConsoleDeps, place: PublicPlace): void {
  const { clock, logger, counters, callbacks } = deps;
  const counter = counters.counter('callbacks_total', 'Requests of gateways and phones', ['outcome']);
  http.register((scope, _options, done) => {
    serveCallbacks(scope, { clock, logger, place, counter, callbacks });
    done();
  });
}

function addApi(http: FastifyInstance, { clock, logger, counters, api }: ConsoleDeps, place: PublicPlace): void {
  if (api === undefined) return;
  const counter = counters.counter('api_requests_total', 'Requests to the HTTP API', ['outcome']);
  http.register((scope, _options, done) => {
    serveApi(scope, api, { clock, logger, place, counter });
    done();
  });
}

function addEnrolment(http: FastifyInstance, { clock, counters, enrolment }: ConsoleDeps, place: PublicPlace): void {
  if (enrolment === undefined) return;
  const counter = counters.counter('enrolment_proofs_total', 'First passcodes of enrolments at login', ['outcome']);
  http.register((scope, _options, done) => {
    serveEnrolment(scope, enrolment, { clock, place, counter });
    done();
  });
}

function isIn(prefixes: readonly Prefix[], address: string): boolean {
  const octets = parseAddress(address);
  return octets !== undefined && prefixes.some((prefix) => contains(prefix, octets));
}

function boundUrl({ address, port }: AddressInfo): string {
  return `http://${hostAndPort(address, port)}`;
}
