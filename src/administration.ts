import type { Activation, BegunToken, TakenAway, TokenAdministration, UserAdministration } from './console/index.ts';
import type { EndedSessionView, LimitAdministration, TokenView, TokenWish, UserView } from './console/index.ts';
import {
  codeCharacters,
  createCode,
  createTokenSecret,
  otpauthUri,
  type EnrolledToken,
  type PasscodeFactor,
  type PasscodeType,
  type PushChannel,
} from './factors/index.ts';
import type { Clock } from './lib/clock.ts';
import type { Random } from './lib/random.ts';
import { Secret } from './lib/secret.ts';
import { createLimitAdministration } from './limit-administration.ts';
import { StorageError, type Removed, type Storage, type TokenRecord, type UserRecord } from './storage/index.ts';

/** What administration works with. */
export interface AdministrationDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Pick<
    Storage,
    'directory' | 'users' | 'tokens' | 'codes' | 'codeDigest' | 'blocks' | 'remembered' | 'openings'
  >;
  /** Asked each time: a reload changes them. */
  readonly settings: () => AdministrationSettings;
  /** Asks the NAS that are set to it to end the sessions of a user. */
  readonly endSessions: (user: string) => Promise<readonly EndedSessionView[]>;
}

/** What the configuration says about new tokens. */
export interface AdministrationSettings {
  /** Stands above the code in authenticator apps. */
  readonly issuer: string;
  readonly factors: Readonly<Record<PasscodeType, PasscodeFactor>>;
  /** The push protocols that new phones can be enrolled with. */
  readonly channels: readonly Pick<PushChannel, 'protocol' | 'enrol'>[];
  /** Names of the clients. */
  readonly clients: readonly string[];
}

/** What the console asks of the store. */
export interface Administration {
  readonly users: UserAdministration;
  readonly tokens: TokenAdministration;
  readonly limits: LimitAdministration;
  /** Keeps the token of somebody who has enrolled at login; `false`: they may not have it. */
  readonly keep: (token: EnrolledToken) => Promise<boolean>;
}

const ATTEMPTS = 5;
const SERIAL_OCTETS = 5;

/** The console's administration over the store. */
export function createAdministration(deps: AdministrationDeps): Administration {
  const { storage, clock, endSessions } = deps;
  const clients = (): readonly string[] => deps.settings().clients;
  return {
    users: userAdministration(deps),
    tokens: tokenAdministration(deps),
    limits: createLimitAdministration({ clock, storage, clients, endSessions }),
    async keep(token) {
      const user = storage.directory.findUser(token.username);
      // Enrolled by now, they own something that a link of before must add nothing to.
      const mayHave = user?.id === token.userId && user.isEnabled && !storage.directory.hasTokens(user.id);
      // Who was blocked, reset or given another password since may not be who has the link.
      if (!mayHave || (user.rememberEpoch ?? 0) !== token.epoch) return false;
      return (await unlessUnknown(() => storage.tokens.addToken(token).then(() => true))) ?? false;
    },
  };
}

function userAdministration({ storage, clock, random }: AdministrationDeps): UserAdministration {
  return {
    async find(name) {
      const user = await storage.users.findUserRecord(name);
      return user && viewOf(user, await storage.tokens.listTokens(user.name));
    },
    reset: (name, reason) => unlessUnknown(async () => taken(await storage.users.resetUser(name, reason))),
    phoneLost: (name) => unlessUnknown(async () => taken(await storage.users.forgetPhone(name))),
    async bypass(name, { reason, seconds }) {
      const user = await storage.users.findUserRecord(name);
      if (user === undefined) return undefined;
      const code = createCode(random, codeCharacters.bypass);
      const digest = storage.codeDigest(user.id, code);
      const expiresAtMs = clock.nowMs() + seconds * 1000;
      await storage.codes.addCode({ userId: user.id, kind: 'bypass', digest, label: reason, expiresAtMs });
      return { code: Secret.fromText(code), expiresAtMs };
    },
  };
}

function tokenAdministration(deps: AdministrationDeps): TokenAdministration {
  const { storage, clock, settings } = deps;
  // Of pending tokens alone: what becomes of one ends its count.
  const attempts = new Map<string, number>();
  return {
    async begin(name, wish) {
      const user = await storage.users.findUserRecord(name);
      return user === undefined ? { kind: 'user-unknown' } : beginToken(user, wish, deps);
    },
    async activate(serial, passcode): Promise<Activation> {
      const token = await storage.tokens.findPending(serial);
      if (token === undefined) return { kind: 'not-pending' };
      // Counted before it is looked at: passcodes that come all at once are as many attempts.
      const attempt = (attempts.get(serial) ?? 0) + 1;
      attempts.set(serial, attempt);
      const check = settings().factors[token.type].check(token, Buffer.from(passcode, 'latin1'), clock.nowMs());
      const outcome =
        check.kind === 'match' && attempt <= ATTEMPTS ? await storage.tokens.activateToken(serial, check) : 'wrong';
      if (outcome === 'activated' || outcome === 'not-pending') {
        attempts.delete(serial);
        return { kind: outcome };
      }
      if (attempt < ATTEMPTS) return { kind: 'wrong', attemptsLeft: ATTEMPTS - attempt };
      await removeToken(storage, serial);
      attempts.delete(serial);
      return { kind: 'used-up' };
    },
    remove: (serial) => removeToken(storage, serial),
  };
}

async function beginToken(user: UserRecord, wish: TokenWish, deps: AdministrationDeps): Promise<BegunToken> {
  return wish.type === 'push' ? beginPush(user, wish.protocol, deps) : beginPasscode(user, wish.type, deps);
}

async function beginPasscode(
  user: UserRecord,
  type: PasscodeType,
  { random, storage, settings }: AdministrationDeps,
): Promise<BegunToken> {
  const secret = createTokenSecret(random, 'sha1');
  const shape = { type, secret, digits: 6, algorithm: 'sha1', periodSeconds: 30 } as const;
  const serial = newSerial(type, random);
  await storage.tokens.addToken({ ...shape, userId: user.id, serial, nextCounter: 0, state: 'pending' });
  const uri = otpauthUri({ issuer: settings().issuer, account: user.name, token: shape });
  return { kind: 'begun', serial, uri: Secret.fromText(uri) };
}

async function beginPush(
  user: UserRecord,
  protocol: PushChannel['protocol'],
  { random, storage, settings }: AdministrationDeps,
): Promise<BegunToken> {
  const channel = settings().channels.find((offered) => offered.protocol === protocol);
  if (channel === undefined) return { kind: 'not-offered' };
  const serial = newSerial('push', random);
  const { uri, data } = channel.enrol(serial, user.name);
  await storage.tokens.addPushToken({ userId: user.id, serial, protocol, data, state: 'pending' });
  return { kind: 'begun', serial, uri: Secret.fromText(uri) };
}

function newSerial(type: string, random: Random): string {
  return `${type}-${random.octets(SERIAL_OCTETS).toString('hex')}`.toUpperCase();
}

function viewOf(user: UserRecord, tokens: readonly TokenRecord[]): UserView {
  return { ...user, tokens: tokens.map(tokenViewOf) };
}

function tokenViewOf(token: TokenRecord): TokenView {
  const { serial, type, state, isEnabled, createdAtMs } = token;
  return { serial, type, state, isEnabled, createdAtMs, ...(type === 'push' && { protocol: token.protocol }) };
}

function taken({ passcodeTokens, pushTokens, codes }: Removed): TakenAway {
  const count = Object.values(codes).reduce((sum, number) => sum + number, 0);
  return { tokens: [...passcodeTokens, ...pushTokens], codes: count };
}

async function removeToken(storage: AdministrationDeps['storage'], serial: string): Promise<boolean> {
  return (await unlessUnknown(() => storage.tokens.deleteToken(serial).then(() => true))) ?? false;
}

async function unlessUnknown<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageError && (error.code === 'user-unknown' || error.code === 'token-unknown')) {
      return undefined;
    }
    throw error;
  }
}
