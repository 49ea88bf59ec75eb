import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock, Timer } from '../lib/clock.ts';

/** How long a body may take from the request line to its last octet. */
export const BODY_TIMEOUT_MS = 10_000;

/** Closes on those who send their body drop by drop. */
export function addBodyDeadline(http: FastifyInstance, clock: Clock): void {
  const timers = new WeakMap<FastifyRequest, Timer>();
  const callOff = (request: FastifyRequest, _reply: FastifyReply, done: () => void): void => {
    timers.get(request)?.cancel();
    done();
  };
  http.addHook('onRequest', (request, reply, done) => {
    if (mayHaveBody(request))
      timers.set(
        request,
        clock.setTimer(BODY_TIMEOUT_MS, () => void refuse(reply, 408)),
      );
    done();
  });
  http.addHook('preValidation', callOff);
  http.addHook('onResponse', callOff);
}

const words: Readonly<Record<number, string>> = {
  401: 'not-authenticated',
  403: 'forbidden',
  404: 'not-found',
  408: 'too-slow',
  409: 'conflict',
  413: 'too-large',
  429: 'too-many-requests',
};

/** Answers with a status and one word for it. A body that was not read is not waited for either. */
export function refuse(reply: FastifyReply, status: number): FastifyReply {
  if (reply.sent) return reply;
  if (mayHaveBody(reply.request)) void reply.header('connection', 'close');
  const error = words[status] ?? (status >= 500 ? 'internal-error' : 'bad-request');
  return reply.code(status).send({ error });
}

function mayHaveBody({ raw }: FastifyRequest): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}
