import { randomFillSync } from 'node:crypto';
import { attribute, createNasSecret, REQUEST_STRIDE, writeAccessRequest } from './codec.ts';
import { currentStep, passcodeAt, tokenSecret } from './passcodes.ts';
import type { NasSecret } from './codec.ts';
import { isAnswered, type LoadPlan } from './plan.ts';

/**
 * The logins of one load, ready to be sent: encoding them beforehand keeps the generator cheap while it is measured.
 * Login `n` goes through socket `n % sockets` with an identifier that its turn there gives.
 */
export interface LoginPool {
  readonly secret: NasSecret;
  readonly size: number;
  /** The first Access-Request of login `n`. */
  request(n: number): Buffer;
  /** Writes the second one, with the user's passcode and `state`, at `offset`; gives its length. */
  writeAnswer(n: number, state: Buffer, out: Buffer, offset: number): number;
  identifier(n: number, isAnswer: boolean): number;
  /** Logins `n`, `n + lanes`, `n + 2 × lanes` … are begun one after the other, each when the one before it is over. */
  readonly lanes: number;
  /** Tells that login `n` was begun: the next pool goes on with the users after it. */
  wasBegun(n: number): void;
}

/** Whose turn it is on one server, and which TOTP step or counter each user has spent there: it is good once. */
export interface UserTurns {
  next: number;
  readonly spent: Map<number, number>;
}

/** The name of the owner of phone number `index`. */
export function phoneOwnerOf(index: number): string {
  return `phone${String(index).padStart(6, '0')}`;
}

/** A VPN's usual attributes: NAS-IP-Address, -Port, Service-Type, Calling-Station-Id, -Identifier, NAS-Port-Type. */
export const NAS_ATTRIBUTES = Buffer.concat([
  attribute(4, Buffer.of(192, 0, 2, 1)),
  attribute(5, Buffer.of(0, 0, 0x10, 0x01)),
  attribute(6, Buffer.of(0, 0, 0, 2)),
  attribute(31, '203.0.113.77'),
  attribute(32, 'vpn.example.com'),
  attribute(61, Buffer.of(0, 0, 0, 5)),
]);

/** Encodes the logins of a plan; fewer than `maxLogins` when the users have no unspent passcode left. */
export function createLoginPool(plan: LoadPlan, turns: UserTurns): LoginPool {
  const secret = createNasSecret(plan.sharedSecret);
  const step = plan.kind === 'password-and-passcode' ? currentStep() : undefined;
  const isCounted = plan.kind === 'password-and-counter';
  const lanes = isCounted ? plan.outstanding : 1;
  const perLogin = isAnswered(plan.kind) ? 2 : 1;
  const users = usersInTurn(plan, turns, step);
  const spending = isCounted ? countersOf(users, turns) : users.map(() => step ?? 0);
  const passcodes =
    perLogin === 1 ? [] : users.map((user, n) => passcodeAt(tokenSecret(plan.seed, user), spending[n] ?? 0));
  const from = turns.next;
  const random = randomFillSync(Buffer.allocUnsafe(users.length * perLogin * 16));
  const authenticator = (n: number, isAnswer: boolean): Buffer => {
    const at = (n * perLogin + Number(isAnswer)) * 16;
    return random.subarray(at, at + 16);
  };
  const identifier = (n: number, isAnswer: boolean): number =>
    (Math.floor(n / plan.sockets) * perLogin + Number(isAnswer)) % 256;
  const fields = (n: number, isAnswer: boolean) => ({
    identifier: identifier(n, isAnswer),
    authenticator: authenticator(n, isAnswer),
    username: usernameOf(users[n] ?? 0),
    nasAttributes: NAS_ATTRIBUTES,
  });
  const requests = Buffer.allocUnsafe(users.length * REQUEST_STRIDE);
  const lengths = users.map((_, n) =>
    writeAccessRequest(requests, n * REQUEST_STRIDE, { ...fields(n, false), password: plan.password }, secret),
  );
  return {
    secret,
    size: users.length,
    request: (n) => requests.subarray(n * REQUEST_STRIDE, n * REQUEST_STRIDE + (lengths[n] ?? 0)),
    writeAnswer: (n, state, out, offset) =>
      writeAccessRequest(out, offset, { ...fields(n, true), password: passcodes[n] ?? '', state }, secret),
    identifier,
    lanes,
    wasBegun(n) {
      turns.next = Math.max(turns.next, from + Math.ceil((n + 1) / lanes) * lanes);
      if (perLogin === 2) turns.spent.set(users[n] ?? 0, spending[n] ?? 0);
    },
  };
}

// A prime that divides no number of users: one after the other, users lie far apart in a database, as in life.
const STRIDE = 7919;

// All take the present step: a server that learns a token's drift would refuse both ends of its window in turn.
function usersInTurn(plan: LoadPlan, turns: UserTurns, step: number | undefined): number[] {
  const users: number[] = [];
  const most = step === undefined ? plan.maxLogins : Math.min(plan.maxLogins, plan.users);
  while (users.length < most) {
    const user = plan.firstUser + (((turns.next + users.length) * STRIDE) % plan.users);
    if (step !== undefined && (turns.spent.get(user) ?? 0) >= step) break;
    users.push(user);
  }
  return users;
}

// The counter of each login, beginning with 0 (RFC 4226).
function countersOf(users: readonly number[], turns: UserTurns): number[] {
  const last = new Map<number, number>();
  return users.map((user) => {
    const counter = (last.get(user) ?? turns.spent.get(user) ?? -1) + 1;
    last.set(user, counter);
    return counter;
  });
}

/** The name of user number `index`. */
export function usernameOf(index: number): string {
  return `user${String(index).padStart(6, '0')}`;
}
