import type { DatabaseSync } from 'node:sqlite';
import type { Code, CodeKind, Directory, LoginUser } from '../../access/index.ts';
import type { OtpAlgorithm, PasscodeToken, PasscodeType } from '../../factors/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';
import { nameKey } from '../../lib/name-key.ts';
import { blockOf, readLock } from '../lock.ts';
import type { SecretBox } from '../secret-box.ts';
import { deviceColumns, pushDevice } from './device-row.ts';
import type { DeviceRow } from './device-row.ts';
import { KnownRows, readChanges } from './known-rows.ts';
import type { RecentUses, TokenUse } from './recent-uses.ts';
import type { Snapshot } from './snapshot.ts';
import { storageError } from './sqlite-error.ts';
import { blockedUntil } from './writer-statements.ts';

export interface DirectoryDeps {
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly file: string;
  readonly snapshot: Snapshot;
  readonly uses: RecentUses;
  /** Called (once at a time per user) when a lock from the future was seen. */
  readonly anchorLock: (userId: number) => Promise<void>;
  /** Called (once at a time per user) when an expired code was seen: it stays void when the clock goes back. */
  readonly expireCodes: (userId: number) => Promise<void>;
}

/** What a login reads, by prepared statements on the caller's thread. */
export function createDirectory(db: DatabaseSync, deps: DirectoryDeps): Directory {
  const findUser = db.prepare(`SELECT ${userColumns} FROM users WHERE name_key = ?`);
  const findTokens = db.prepare(
    `SELECT ${tokenColumns} FROM tokens
      WHERE user_id = ? AND is_enabled = 1 AND state = 'active' AND type <> 'push' ORDER BY id`,
  );
  const findDevices = db.prepare(
    `SELECT ${deviceColumns} FROM tokens
      WHERE user_id = ? AND is_enabled = 1 AND state = 'active' AND type = 'push' ORDER BY id`,
  );
  const findPending = db.prepare(
    `SELECT 1 FROM tokens WHERE user_id = ? AND is_enabled = 1 AND state = 'pending' LIMIT 1`,
  );
  const findCodes = db.prepare(
    'SELECT id, user_id, kind, hex(digest), client, label, created_at_ms, expires_at_ms FROM codes WHERE user_id = ? ORDER BY id',
  );
  const findAnyToken = db.prepare('SELECT 1 FROM tokens WHERE user_id = ? LIMIT 1');
  const findUse = db.prepare('SELECT last_counter, drift_steps FROM token_uses WHERE token_id = ?');
  const changes = readChanges(db, deps.snapshot);
  const users = new KnownRows<string, UserRow>(changes);
  const tokens = new KnownRows<number, readonly TokenRow[]>(changes);
  findUser.setReturnArrays(true);
  findUse.setReturnArrays(true);
  findTokens.setReturnArrays(true);
  findCodes.setReturnArrays(true);
  const anchor = onceAtATime(deps.anchorLock);
  const expire = onceAtATime(deps.expireCodes);
  const read = <Result>(work: () => Result): Result => {
    try {
      deps.snapshot.enter();
      return work();
    } catch (error) {
      throw storageError(error, deps.file);
    }
  };
  return {
    findUser(name) {
      const key = nameKey(name);
      const row = read(() => users.get(key, () => findUser.get(key) as UserRow | undefined));
      if (row === undefined) return undefined;
      const nowMs = deps.clock.nowMs();
      const lock = readLock({ lockedAtMs: row[3], lockSeconds: row[4] }, nowMs);
      if (lock.kind === 'locked-ahead') anchor(row[0]);
      return loginUser(row, lock.kind === 'open' ? 0 : lock.untilMs, nowMs);
    },
    passcodeTokens: (userId) =>
      read(() => {
        const rows = tokens.get(userId, () => findTokens.all(userId) as unknown as TokenRow[]) ?? [];
        return rows.flatMap((row) => {
          const recent = deps.uses.of(row[0]);
          const use = recent === undefined ? (findUse.get(row[0]) as UseRow | undefined) : useRow(recent);
          return use === undefined ? [] : [new StoredToken(row, use, deps.box)];
        });
      }),
    pushDevices: (userId) =>
      (read(() => findDevices.all(userId)) as unknown as DeviceRow[]).map((row) => pushDevice(row, deps.box)),
    hasPending: (userId) => read(() => findPending.get(userId)) !== undefined,
    codes(userId) {
      const rows = read(() => findCodes.all(userId)) as unknown as CodeRow[];
      const nowMs = deps.clock.nowMs();
      if (rows.some((row) => row[7] !== 0 && row[7] <= nowMs)) expire(userId);
      return rows.filter((row) => row[7] === 0 || (row[6] <= nowMs && row[7] > nowMs)).map(code);
    },
    hasTokens: (userId) => read(() => findAnyToken.get(userId)) !== undefined,
  };
}

/** Starts the work for a user unless it is under way. Not written: nothing is lost, and the next look tries again. */
function onceAtATime(work: (userId: number) => Promise<void>): (userId: number) => void {
  const running = new Set<number>();
  return (userId) => {
    if (running.has(userId)) return;
    running.add(userId);
    work(userId)
      .catch(() => undefined)
      .finally(() => running.delete(userId));
  };
}

const userColumns = `id, name, is_enabled, locked_at_ms, lock_seconds, password_hash, first_name, last_name, email, phone, language,
  pin_hash, preferred, reset_reason, remember_epoch, ${blockedUntil}, group_names, source`;

type UserRow = [
  id: number,
  name: string,
  isEnabled: number,
  lockedAtMs: number,
  lockSeconds: number,
  passwordHash: string | null,
  firstName: string | null,
  lastName: string | null,
  email: string | null,
  phone: string | null,
  language: string | null,
  pinHash: string | null,
  preferred: string | null,
  resetReason: string | null,
  rememberEpoch: number,
  blockedUntilMs: number | null,
  groupNames: string | null,
  source: string | null,
];

function loginUser(row: UserRow, lockedUntilMs: number, nowMs: number): LoginUser {
  return {
    id: row[0],
    name: row[1],
    isEnabled: row[2] === 1,
    lockedUntilMs,
    ...(row[14] !== 0 && { rememberEpoch: row[14] }),
    ...(row[15] !== null && blockOf(row[15], nowMs)),
    ...(row[5] !== null && { passwordHash: row[5] }),
    ...(row[6] !== null && { firstName: row[6] }),
    ...(row[7] !== null && { lastName: row[7] }),
    ...(row[8] !== null && { email: row[8] }),
    ...(row[9] !== null && { phone: row[9] }),
    ...(row[10] !== null && { language: row[10] }),
    ...(row[11] !== null && { pinHash: row[11] }),
    ...(row[12] !== null && { preferred: row[12].split(',') }),
    ...(row[13] !== null && { resetReason: row[13] }),
    ...(row[16] !== null && { groups: row[16].split('\n') }),
    ...(row[17] !== null && { source: row[17] }),
  };
}

type CodeRow = [
  id: number,
  userId: number,
  kind: CodeKind,
  digestHex: string,
  client: string | null,
  label: string,
  createdAtMs: number,
  expiresAtMs: number,
];

function code(row: CodeRow): Code {
  return {
    id: row[0],
    userId: row[1],
    kind: row[2],
    digest: Buffer.from(row[3], 'hex'),
    ...(row[4] !== null && { client: row[4] }),
    label: row[5],
    expiresAtMs: row[7],
  };
}

// The secret as text: each blob that SQLite hands over is a memory of its own, which the collector has to track.
const tokenColumns = 'id, user_id, type, serial, hex(secret), digits, algorithm, period_seconds';

type TokenRow = [
  id: number,
  userId: number,
  type: PasscodeType,
  serial: string,
  sealedHex: string,
  digits: number,
  algorithm: OtpAlgorithm,
  periodSeconds: number,
];

// What each login changes is never kept.
type UseRow = [lastCounter: number, driftSteps: number];

function useRow({ counter, driftSteps }: TokenUse): UseRow {
  return [counter, driftSteps];
}

/** A token whose secret is decrypted when it is first asked for: half of the reads only want to know that it is there. */
class StoredToken implements PasscodeToken {
  readonly id: number;
  readonly userId: number;
  readonly type: PasscodeType;
  readonly serial: string;
  readonly digits: number;
  readonly algorithm: OtpAlgorithm;
  readonly periodSeconds: number;
  readonly lastCounter: number;
  readonly driftSteps: number;
  readonly #sealedHex: string;
  readonly #box: SecretBox;
  #secret: Secret | undefined;

  constructor(row: TokenRow, use: UseRow, box: SecretBox) {
    this.id = row[0];
    this.userId = row[1];
    this.type = row[2];
    this.serial = row[3];
    this.#sealedHex = row[4];
    this.digits = row[5];
    this.algorithm = row[6];
    this.periodSeconds = row[7];
    this.lastCounter = use[0];
    this.driftSteps = use[1];
    this.#box = box;
  }

  get secret(): Secret {
    return (this.#secret ??= this.#open());
  }

  #open(): Secret {
    return this.#box.open(Buffer.from(this.#sealedHex, 'hex'), tokenIdentity(this.serial, this.userId));
  }
}

/** The record a token's secret is sealed for: moved to another user or serial, it opens no more. */
export function tokenIdentity(serial: string, userId: number): string {
  return `token:${serial}:${userId}`;
}
