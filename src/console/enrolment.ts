import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EnrolledToken, EnrolmentProof, Enrolments } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Counter } from '../lib/metrics.ts';
import { donePage, openPage, sorryPage, type Page } from './enrolment-page.ts';
import type { PublicPlace } from './origin.ts';
import { createRateLimit, sourceOf } from './rate-limit.ts';

/** What enrolment at login is served with. */
export interface EnrolmentDeps {
  readonly enrolments: Pick<Enrolments, 'progress' | 'prove' | 'complete' | 'reopen'>;
  /** Keeps a proved token; `false` where its user may not have it any more (gone, disabled, enrolled by now). */
  readonly keep: (token: EnrolledToken) => Promise<boolean>;
}

/** What it needs besides. */
export interface EnrolmentSurroundings {
  readonly clock: Clock;
  readonly place: PublicPlace;
  /** By `outcome`. */
  readonly counter: Counter;
}

const REQUESTS = { limit: 60, windowMs: 60_000 };
// Codes have 39 bits and last 15 minutes.
const UNKNOWN_CODES = { limit: 10, windowMs: 60_000 };
const MAX_BODY_OCTETS = 1_024;

/** What is answered, for people and for programs. */
interface Answer {
  readonly status: number;
  readonly word: string;
  readonly page: () => Page | Promise<Page>;
  readonly more?: object;
}

/** `/enrol/CODE`: the page of one enrolment, or the same as JSON for whoever asks for that. */
export function serveEnrolment(http: FastifyInstance, deps: EnrolmentDeps, surroundings: EnrolmentSurroundings): void {
  const { clock, place, counter } = surroundings;
  const requests = createRateLimit(REQUESTS, clock);
  const unknownCodes = createRateLimit(UNKNOWN_CODES, clock);
  http.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_BODY_OCTETS },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  http.addHook('onRequest', async (request, reply) => {
    const source = sourceOf(request.ip);
    if (requests.isUsedUp(source) || unknownCodes.isUsedUp(source)) return give(busy, request, reply);
    requests.count(source);
    return place.isOwn(request) || request.method === 'GET' ? undefined : give(foreign, request, reply);
  });
  http.addHook('onResponse', (request, reply, done) => {
    if (reply.statusCode === 404) unknownCodes.count(sourceOf(request.ip));
    done();
  });
  const url = '/enrol/:code';
  http.get(url, { exposeHeadRoute: false }, (request, reply) => give(look(codeOf(request), deps), request, reply));
  http.post(url, { bodyLimit: MAX_BODY_OCTETS }, async (request, reply) => {
    const answer = await tryPasscode(codeOf(request), passcodeOf(request), deps);
    counter.add({ outcome: answer.word });
    return give(answer, request, reply);
  });
}

function look(code: string, { enrolments }: EnrolmentDeps, wrong?: string): Answer {
  const progress = enrolments.progress(code);
  if (progress.kind === 'unknown') return unknown;
  if (progress.kind === 'complete') return complete;
  const { enrollee, expiresAtMs, attemptsLeft, uri } = progress;
  return {
    status: 200,
    word: 'open',
    page: () => openPage(progress, wrong),
    more: {
      ...{ user: enrollee.username, client: enrollee.client, attemptsLeft },
      uri: uri.reveal().toString('utf8'),
      expiresAt: new Date(expiresAtMs).toISOString(),
    },
  };
}

async function tryPasscode(code: string, passcode: string, deps: EnrolmentDeps): Promise<Answer> {
  const proof = deps.enrolments.prove(code, passcode);
  switch (proof.kind) {
    case 'proved':
      return keepToken(code, proof, deps);
    case 'wrong':
      return wrongPasscode(code, proof.attemptsLeft, deps);
    case 'used-up':
      return usedUp;
    case 'complete':
      return complete;
    case 'unknown':
      return unknown;
  }
}

async function keepToken(
  code: string,
  { token }: EnrolmentProof & { kind: 'proved' },
  { enrolments, keep }: EnrolmentDeps,
): Promise<Answer> {
  let isKept: boolean;
  try {
    isKept = await keep(token);
  } catch (error) {
    enrolments.reopen(code);
    throw error;
  }
  if (isKept) enrolments.complete(code);
  else enrolments.reopen(code);
  return isKept ? complete : refused;
}

function wrongPasscode(code: string, attemptsLeft: number, deps: EnrolmentDeps): Answer {
  const left = attemptsLeft === 1 ? 'one more attempt' : `${attemptsLeft} more attempts`;
  const sentence = `These digits do not fit. Type those that the app shows now; you have ${left}. If they never fit, set the clock of the phone.`;
  return { ...look(code, deps, sentence), status: 422, word: 'wrong-passcode' };
}

const complete: Answer = { status: 200, word: 'complete', page: donePage };
const unknown: Answer = {
  status: 404,
  word: 'not-found',
  page: () => sorryPage('This link is not valid, or not any more. Log in again to be given a new one.'),
};
const usedUp: Answer = {
  status: 422,
  word: 'used-up',
  page: () => sorryPage('Too many digits that did not fit. Log in again to be given a new link.'),
};
const refused: Answer = {
  status: 409,
  word: 'conflict',
  page: () => sorryPage('Your account has a second factor by now, or may not be given one. Ask your help desk.'),
};
const busy: Answer = {
  status: 429,
  word: 'too-many-requests',
  page: () => sorryPage('Too many requests from your address. Wait a minute.'),
};
const foreign: Answer = {
  status: 403,
  word: 'forbidden',
  page: () => sorryPage('This form was not sent from its own page. Open the link again.'),
};

async function give({ status, word, page, more }: Answer, request: FastifyRequest, reply: FastifyReply) {
  reply.code(status).header('vary', 'Accept');
  if (wantsJson(request))
    return reply.send(status < 300 ? { state: word, ...more } : { error: word, ...attempts(more) });
  const { html, headers } = await page();
  return reply.headers(headers).send(html);
}

// Of what is told with an error, the number of attempts alone: the secret was told before.
function attempts(more: object | undefined): object {
  return more !== undefined && 'attemptsLeft' in more ? { attemptsLeft: more.attemptsLeft } : {};
}

function wantsJson({ headers }: FastifyRequest): boolean {
  const { accept = '' } = headers;
  return accept.includes('application/json') && !accept.includes('text/html');
}

function codeOf({ params }: FastifyRequest): string {
  return (params as { readonly code: string }).code.slice(0, 64);
}

// Apps show the digits in two groups, and people type them so.
function passcodeOf({ body }: FastifyRequest): string {
  const passcode = typeof body === 'object' && body !== null && 'passcode' in body ? body.passcode : '';
  return typeof passcode === 'string' ? passcode.replace(/\s/g, '').slice(0, 16) : '';
}
