import type { LoginKey, PendingLogin, Visitor } from '../challenge/index.ts';
import type { Opened } from './recorder.ts';
import type { SecondStepDeps } from './second-step.ts';
import { stationKeyOf } from './station.ts';
import type { EventDetails, Visit } from './visit.ts';

/** Who stands before the second door. An object of fields, not of closures: it is kept for as long as a login is held. */
export class LoginVisitor implements Visitor {
  readonly deadlineMs: number;
  readonly #visit: Visit;
  readonly #login: PendingLogin;
  readonly #key: LoginKey;
  readonly #deps: SecondStepDeps;

  constructor(visit: Visit, login: PendingLogin, deps: SecondStepDeps) {
    const { attempt } = visit.request;
    this.#key = { ...loginKeyOf(visit, login), ...(attempt !== undefined && { attempt }) };
    this.deadlineMs = deadlineOf(visit);
    this.#visit = visit;
    this.#login = login;
    this.#deps = deps;
  }

  get tokens(): Visitor['tokens'] {
    return this.#visit.ways.tokens();
  }

  get settlement(): Visitor['settlement'] {
    return this.#deps.recorder.settlement(this.#visit, detailsOf(this.#visit, this.#login), openedBy(this.#login));
  }

  deliver(...[offer, isAgain, openId]: Parameters<Visitor['deliver']>): ReturnType<Visitor['deliver']> {
    return this.#deps.courier.deliver(this.#visit, this.#key, offer, isAgain ? openId : undefined);
  }

  openCodes(): ReturnType<Visitor['openCodes']> {
    // What was sent under another rule opens nothing that this one does not offer.
    const { factors } = this.#visit.plan;
    return this.#deps.openCodes(this.#key).filter(({ factor }) => factors.some((name) => name === factor));
  }

  checkPin(typed: Buffer): ReturnType<Visitor['checkPin']> {
    return this.#deps.checkPin(this.#visit, typed);
  }

  findCode(typed: Buffer): ReturnType<Visitor['findCode']> {
    return this.#deps.findCode(this.#visit, typed);
  }
}

/** Which login it is to what is open outside. */
export function loginKeyOf({ request, user }: Visit, { client, userKey }: PendingLogin): LoginKey {
  const epoch = user?.rememberEpoch;
  return { client, userKey, station: stationKeyOf(request), ...(epoch !== undefined && { epoch }) };
}

function openedBy({ stale }: PendingLogin): Opened {
  if (stale === undefined) return 'accept';
  return stale.isRelayed === true ? 'password-change-allowed' : 'new-password-asked';
}

// The reply has to be there before the client gives up, and needs its own time to travel.
const MIN_MARGIN_MS = 500;
const MAX_MARGIN_MS = 3_000;

function deadlineOf({ request }: Visit): number {
  const patienceMs = request.client.timeoutSeconds * 1_000;
  const marginMs = Math.min(MAX_MARGIN_MS, Math.max(MIN_MARGIN_MS, patienceMs / 10));
  return request.receivedMs + patienceMs - marginMs;
}

/** What events say of such a login. */
export function detailsOf({ ways }: Visit, login: PendingLogin): EventDetails {
  const factor = ways.offers()[0]?.factor;
  return {
    primary: login.primary,
    primaryPassedUnavailable: login.primary === undefined,
    ...(login.unavailableBy !== undefined && { unavailableBy: login.unavailableBy }),
    ...(factor !== undefined && { factor }),
  };
}
