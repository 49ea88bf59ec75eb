import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDecide,
  createOpeningWatch,
  type AccessDeps,
  type AccessRequest,
  type AccessSettings,
  type Alert,
  type Decision,
} from '../../src/access/index.ts';
import {
  createOpenFactors,
  createSecondDoor,
  createStateTokens,
  type OpenFactors,
  type SessionStore,
} from '../../src/challenge/index.ts';
import { passcodeAt, passcodeFactors, type Desk } from '../../src/factors/index.ts';
import { silentLogger, type Logger } from '../../src/lib/logger.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createPlans, type PolicyOptions } from '../../src/policy/index.ts';
import {
  createPinVerifier,
  hashPassword,
  type PasswordChange,
  type PasswordChangeResult,
  type PersonLookup,
  type Primary,
  type PrimaryRequest,
  type PrimaryResult,
} from '../../src/primary/index.ts';
import { createMemorySessions, createSecretBox, openSqliteStorage, type Storage } from '../../src/storage/index.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeDesk } from './fake-desk.ts';

type FirstDoorScript = (request: PrimaryRequest) => PrimaryResult | Promise<PrimaryResult>;

type PasswordScript = (change: PasswordChange, request: PrimaryRequest) => PasswordChangeResult;

/** Both doors over a real store, with a scripted first door and a clock that stands still. */
export interface Gate {
  readonly clock: FakeClock;
  readonly storage: Storage;
  /** Rounds as they are kept. */
  readonly sessions: SessionStore;
  /** Questions the first door was asked. */
  readonly asked: PrimaryRequest[];
  /** What the first door says; by default `secret` is right. */
  answerFirstDoor(answer: FirstDoorScript): void;
  /** What the first door says to a change of a password; without a script it changes none. */
  changePasswords(script: PasswordScript): void;
  /** Whom the directory of the first door knows by a name; without a script there is no directory. */
  answerDirectory(find: (name: string) => PersonLookup): void;
  setPolicy(policy: Partial<PolicyOptions>): void;
  setPasswordless(): void;
  /** What is delivered, and to whom. */
  readonly desk: FakeDesk;
  /** Another desk delivers instead. */
  setDesk(desk: Desk): void;
  /** What is open outside. */
  readonly open: OpenFactors;
  setDelivery(delivery: Partial<AccessSettings['delivery']>): void;
  /** A phone that can be asked; gives its serial. */
  addPhone(name: string): Promise<string>;
  /** A phone whose owner has proved nothing yet. */
  addPendingPhone(name: string): Promise<void>;
  setPin(name: string, pin: string): Promise<void>;
  setLimits(limits: Partial<AccessSettings['limits']>): void;
  setClientMark(client: string, mark: string): void;
  setPinVerifier(verify: AccessDeps['verifyPin']): void;
  /** Alerts that were raised. */
  readonly alerts: readonly Alert[];
  /** Enrolments begun at a login. */
  readonly invited: string[];
  /** A user with a TOTP token; gives what their app shows now, `steps` from now. */
  addUser(name: string): Promise<(steps?: number) => string>;
  decide(fields: Partial<RequestFields>): Promise<Decision>;
  close(): Promise<void>;
}

/** What a test says of a request; everything else is ordinary. */
export interface RequestFields {
  readonly user: string | Buffer;
  readonly password: string | Buffer | undefined;
  /** Instead of a password in clear. */
  readonly credentials: AccessRequest['credentials'];
  readonly state: Buffer | undefined;
  readonly client: Partial<AccessRequest['client']>;
  /** The request authenticator. */
  readonly attempt: string;
  /** Calling-Station-Id. */
  readonly station: string | Buffer;
  /** Others. */
  readonly attributes: AccessRequest['attributes'];
}

const POLICY: PolicyOptions = {
  factors: ['totp', 'hotp'],
  unenrolled: 'deny',
  unavailable: 'deny',
  lockout: { failures: 5, seconds: 900 },
  menu: false,
  pin: false,
  passwordChange: false,
  fraudBlockDays: 90,
  rememberHours: 0,
};
const TTL = { ttlSeconds: 60 };
const FACTORS = {
  attempts: 3,
  totp: { window: 1, ttlSeconds: 300 },
  hotp: { window: 5, ttlSeconds: 300 },
  sms: TTL,
  call: TTL,
  email: TTL,
  push: TTL,
};
const DELIVERY: AccessSettings['delivery'] = {
  issuer: 'Example',
  language: 'en',
  sms: { ttlMs: 300_000, mode: 'code' },
  call: { ttlMs: 60_000, mode: 'approve' },
  email: { ttlMs: 300_000 },
  push: { ttlMs: 60_000, numberMatching: false, codeToPhone: false },
};
const LIMITS: AccessSettings['limits'] = {
  rates: { perClientPerSecond: undefined, perUserPerMinute: 300, perAddressPerMinute: 3_000 },
  stormMs: 0,
  fatigue: { unanswered: 3, pauseMs: 900_000 },
};
const PERIOD_SECONDS = 30;

/** Opens a gate; close it at the end of the test. */
export async function openGate(
  serverId = 'gate-1',
  options: { readonly maxPending?: number; readonly logger?: Logger; readonly masterKey?: Secret } = {},
): Promise<Gate> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-gate-'));
  const clock = new FakeClock();
  const random = createSystemRandom();
  const masterKey = options.masterKey ?? Secret.fromOctets(random.octets(32));
  const storage = await openSqliteStorage(
    { file: join(directory, 'sallyport.db') },
    { masterKey, clock, random, logger: silentLogger },
  );
  const asked: PrimaryRequest[] = [];
  let script: FirstDoorScript = rightPassword;
  let verifyPin: AccessDeps['verifyPin'] = createPinVerifier();
  const primary: Primary = {
    name: 'door',
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    authenticate(request) {
      asked.push(request);
      return Promise.resolve(script(request));
    },
  };
  const factors = passcodeFactors(FACTORS);
  const open = createOpenFactors({ maxOpen: 100 }, { clock, random });
  const desk = new FakeDesk(open);
  const invited: string[] = [];
  const alerts: Alert[] = [];
  const sessions = createMemorySessions({ maxPending: options.maxPending ?? 100 }, { clock });
  let settings: AccessSettings = {
    plans: createPlans({ default: POLICY }, { ...FACTORS, push: { ...TTL, numberMatching: false } }),
    primaries: new Map([['door', primary]]),
    passwordless: new Set(),
    factorless: new Set(),
    factors,
    secondDoor: createSecondDoor({ clock, factors, open }),
    desk,
    delivery: DELIVERY,
    limits: LIMITS,
    clientMarks: new Map(),
    auditFields: { name: true, email: true, phone: true, token: true, userAddress: true },
  };
  let policy = POLICY;
  const setPlans = (): void => {
    const push = { ...TTL, numberMatching: settings.delivery.push.numberMatching };
    settings = { ...settings, plans: createPlans({ default: policy }, { ...FACTORS, push }) };
  };
  const decide = createDecide({
    serverId,
    clock,
    random,
    logger: options.logger ?? silentLogger,
    directory: storage.directory,
    people: storage.people,
    ledger: storage.ledger,
    remembered: storage.remembered,
    openings: createOpeningWatch(storage.openings, { clock, logger: options.logger ?? silentLogger }),
    alerts: { raise: (alert) => alerts.push(alert) },
    sessions,
    states: createStateTokens({ owner: serverId, key: masterKey, random }),
    settings: () => settings,
    open,
    createCall: (call) => desk.dialog(call),
    verifyPin: (hash, pin) => verifyPin(hash, pin),
    codeDigest: (userId, text) => storage.codeDigest(userId, text),
    passwordBox: createSecretBox(masterKey, 'expired-password', random),
    enrolments: {
      begin({ username }) {
        invited.push(username);
        return { url: 'https://gate.example.com/enrol/ABCD2345', code: 'ABCD2345' };
      },
    },
  });
  let requests = 0;
  return {
    clock,
    storage,
    asked,
    ...{ desk, open, invited, alerts, sessions },
    setLimits(limits) {
      settings = { ...settings, limits: { ...LIMITS, ...limits } };
    },
    setClientMark(client, mark) {
      settings = { ...settings, clientMarks: new Map([[client, mark]]) };
    },
    setDesk(other) {
      settings = { ...settings, desk: other };
    },
    setPinVerifier: (verify) => (verifyPin = verify),
    setDelivery(delivery) {
      settings = { ...settings, delivery: { ...DELIVERY, ...delivery } };
      setPlans();
    },
    async addPhone(name) {
      const user = await storage.users.findUserRecord(name);
      const serial = `PHONE-${name}`;
      const data = Secret.fromText('{}');
      await storage.tokens.addPushToken({ userId: user?.id ?? -1, serial, protocol: 'app', data, state: 'active' });
      return serial;
    },
    async addPendingPhone(name) {
      const user = await storage.users.findUserRecord(name);
      const serial = `NEW-${name}`;
      const data = Secret.fromText('{}');
      await storage.tokens.addPushToken({ userId: user?.id ?? -1, serial, protocol: 'app', data, state: 'pending' });
    },
    async setPin(name, pin) {
      await storage.users.setUser(name, { pinHash: await hashPassword(Buffer.from(pin), random) });
    },
    answerFirstDoor: (answer) => (script = answer),
    answerDirectory(find) {
      primary.find = (name) => Promise.resolve(find(name));
    },
    changePasswords(changes) {
      primary.changePassword = (request, change) => Promise.resolve(changes(change, request));
    },
    setPolicy(changes) {
      policy = { ...POLICY, ...changes };
      settings = { ...settings, factorless: new Set(policy.factors.length === 0 ? ['default'] : []) };
      setPlans();
    },
    setPasswordless() {
      settings = { ...settings, passwordless: new Set(['door']) };
      script = () => ({ kind: 'accepted', attributes: [] });
    },
    async addUser(name) {
      const user = await storage.users.addUser(name, { email: `${name}@example.com` });
      const secret = Secret.fromOctets(random.octets(20));
      const shape = { digits: 6, algorithm: 'sha1', periodSeconds: PERIOD_SECONDS } as const;
      const serial = `APP-${name}`;
      await storage.tokens.addToken({ userId: user.id, type: 'totp', serial, secret, nextCounter: 0, ...shape });
      return (steps = 0) => passcodeAt({ ...shape, secret }, Math.floor(clock.nowMs() / 1000 / PERIOD_SECONDS) + steps);
    },
    decide: (fields) => decide(requestOf(fields, `request-${++requests}`, clock.monotonicMs())),
    async close() {
      await storage.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function rightPassword({ credentials }: PrimaryRequest): PrimaryResult {
  const isRight = credentials.kind === 'pap' && credentials.password.toString() === 'secret';
  return isRight
    ? { kind: 'accepted', attributes: [{ type: 25, value: Buffer.from('class of the home server') }] }
    : { kind: 'rejected', reason: 'wrong-password', attributes: [] };
}

function clear(password: string | Buffer | undefined): AccessRequest['credentials'] {
  return password === undefined ? { kind: 'none' } : { kind: 'pap', password: Buffer.from(password as string) };
}

function requestOf(fields: Partial<RequestFields>, id: string, receivedMs: number): AccessRequest {
  const { user = 'alice', state } = fields;
  const password = 'password' in fields ? fields.password : 'secret';
  return {
    id,
    receivedMs,
    ...(fields.attempt !== undefined && { attempt: fields.attempt }),
    clientAddress: '127.0.0.1',
    client: {
      name: 'vpn',
      primary: ['door'],
      policy: 'default',
      challenge: true,
      outOfBand: 'hold',
      userAddress: { attributes: [{ type: 31, form: 'text' }], isTrusted: true },
      stripDomain: [],
      timeoutSeconds: 60,
      charset: 'utf-8',
      passcodeDelimiter: ',',
      gluedPasscode: true,
      ...fields.client,
    },
    username: Buffer.from(user as string),
    credentials: fields.credentials ?? clear(password),
    state,
    attributes: [
      ...(fields.station === undefined ? [] : [{ type: 31, value: Buffer.from(fields.station as string) }]),
      ...(fields.attributes ?? []),
    ],
  };
}
