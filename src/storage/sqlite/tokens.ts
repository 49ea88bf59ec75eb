import type { DatabaseSync } from 'node:sqlite';
import type { OtpAlgorithm, PasscodeToken, PasscodeType, PushProtocol } from '../../factors/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type {
  NewPushToken,
  NewToken,
  PasscodeTokenRecord,
  PushTokenRecord,
  TokenRecord,
  TokenState,
  TokenStore,
} from '../admin.ts';
import { nameKey } from '../../lib/name-key.ts';
import { checkSerial } from '../record-names.ts';
import type { SecretBox } from '../secret-box.ts';
import { StorageError } from '../storage-error.ts';
import { forgetLogins } from './removals.ts';
import { inTransaction } from './connection.ts';
import { deviceIdentity } from './device-row.ts';
import { tokenIdentity } from './directory.ts';
import { isConstraintError, settle } from './sqlite-error.ts';

export interface TokenStoreDeps {
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly file: string;
  /** Called after each write. */
  readonly written: () => void;
}

/** Tokens on the caller's thread: for commands and the console. */
export function createTokenStore(db: DatabaseSync, deps: TokenStoreDeps): TokenStore {
  const asPromised = <Result>(work: () => Result): Promise<Result> => settle(deps.file, work).finally(deps.written);
  return {
    addToken: (token) => asPromised(() => inTransaction(db, () => addToken(db, deps, token))),
    addPushToken: (token) => asPromised(() => inTransaction(db, () => addPushToken(db, deps, token))),
    listTokens: (username) => asPromised(() => listTokens(db, username)),
    setTokenEnabled: (serial, isEnabled) =>
      asPromised(() =>
        inTransaction(db, () => {
          if (!isEnabled) forgetLoginsBy(db, serial);
          const update = db.prepare('UPDATE tokens SET is_enabled = ? WHERE serial = ?');
          mustChange(serial, update.run(Number(isEnabled), serial).changes);
        }),
      ),
    deleteToken: (serial) =>
      asPromised(() =>
        inTransaction(db, () => {
          forgetLoginsBy(db, serial);
          mustChange(serial, db.prepare('DELETE FROM tokens WHERE serial = ?').run(serial).changes);
        }),
      ),
    findPending: (serial) => asPromised(() => findPending(db, deps.box, serial)),
    activateToken: (serial, proof) => asPromised(() => inTransaction(db, () => activate(db, serial, proof))),
  };
}

const selectRecords = `SELECT tokens.*, users.name AS username, last_counter, drift_steps
   FROM tokens JOIN users ON users.id = tokens.user_id JOIN token_uses ON token_uses.token_id = tokens.id`;

// A token that is taken away may have let in whom it should not: they are not let in by what was remembered of it.
function forgetLoginsBy(db: DatabaseSync, serial: string): void {
  const owner = db.prepare('SELECT user_id FROM tokens WHERE serial = ?').get(serial)?.['user_id'];
  if (typeof owner === 'number') forgetLogins(db, owner);
}

/** Adds a token inside the caller's transaction. */
export function addToken(db: DatabaseSync, { box, clock }: TokenStoreDeps, token: NewToken): PasscodeTokenRecord {
  const { userId, serial, state = 'active', nextCounter } = token;
  const secret = box.seal(token.secret, tokenIdentity(serial, userId));
  const columns = { ...passcodeColumns(token), protocol: null, secret, data: null, state };
  const tokenId = insertToken(db, { ...columns, lastCounter: nextCounter - 1, nowMs: clock.nowMs() });
  return findRecord(db, tokenId) as PasscodeTokenRecord;
}

function passcodeColumns({ userId, type, serial, digits, algorithm, periodSeconds }: NewToken) {
  return { userId, type, serial, digits, algorithm, periodSeconds };
}

function addPushToken(db: DatabaseSync, { box, clock }: TokenStoreDeps, token: NewPushToken): PushTokenRecord {
  const { userId, serial, protocol, state = 'pending' } = token;
  const data = box.seal(token.data, deviceIdentity(serial, userId));
  const columns = { userId, type: 'push', serial, digits: 0, algorithm: '', periodSeconds: 0, protocol } as const;
  const secret = Buffer.alloc(0);
  const tokenId = insertToken(db, { ...columns, secret, data, state, lastCounter: -1, nowMs: clock.nowMs() });
  return findRecord(db, tokenId) as PushTokenRecord;
}

interface TokenColumns {
  readonly userId: number;
  readonly type: TokenRow['type'];
  readonly serial: string;
  readonly secret: Buffer;
  readonly digits: number;
  readonly algorithm: string;
  readonly periodSeconds: number;
  readonly protocol: string | null;
  readonly data: Buffer | null;
  readonly state: TokenState;
  readonly lastCounter: number;
  readonly nowMs: number;
}

function insertToken(db: DatabaseSync, token: TokenColumns): number {
  checkSerial(token.serial);
  if (db.prepare('SELECT 1 FROM users WHERE id = ?').get(token.userId) === undefined) {
    throw new StorageError('user-unknown', 'The user the token is for does not exist.');
  }
  const tokenId = insertRow(db, token);
  db.prepare('INSERT INTO token_uses (token_id, last_counter) VALUES (?, ?)').run(tokenId, token.lastCounter);
  if (token.state === 'active') becomeActive(db, tokenId);
  return tokenId;
}

function insertRow(db: DatabaseSync, token: TokenColumns): number {
  const statement = db.prepare(
    `INSERT INTO tokens (user_id, type, serial, secret, digits, algorithm, period_seconds, protocol, data, state, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const { userId, type, serial, secret, digits, algorithm, periodSeconds, protocol, data, state, nowMs } = token;
  try {
    return Number(
      statement.run(userId, type, serial, secret, digits, algorithm, periodSeconds, protocol, data, state, nowMs)
        .lastInsertRowid,
    );
  } catch (error) {
    if (!isConstraintError(error)) throw error;
    throw new StorageError('serial-exists', `There is a token with the serial ${serial} already.`, { cause: error });
  }
}

/** Makes a token active, and with it forgets why its owner had to enrol again. Call it inside a transaction. */
export function becomeActive(db: DatabaseSync, tokenId: number): void {
  db.prepare(`UPDATE tokens SET state = 'active' WHERE id = ?`).run(tokenId);
  db.prepare('UPDATE users SET reset_reason = NULL WHERE id = (SELECT user_id FROM tokens WHERE id = ?)').run(tokenId);
}

const pending = `FROM tokens JOIN token_uses ON token_uses.token_id = tokens.id
  WHERE serial = ? AND type <> 'push' AND state = 'pending' AND is_enabled = 1`;

function findPending(db: DatabaseSync, box: SecretBox, serial: string): PasscodeToken | undefined {
  const row = db.prepare(`SELECT * ${pending}`).get(serial) as unknown as
    (PasscodeTokenRow & { readonly secret: Uint8Array }) | undefined;
  return row && { ...passcodeToken(row), secret: box.open(row.secret, tokenIdentity(serial, row.user_id)) };
}

function activate(
  db: DatabaseSync,
  serial: string,
  { counter, driftSteps }: { readonly counter: number; readonly driftSteps: number },
): 'activated' | 'replayed' | 'not-pending' {
  const row = db.prepare(`SELECT tokens.id, last_counter ${pending}`).get(serial) as
    { readonly id: number; readonly last_counter: number } | undefined;
  if (row === undefined) return 'not-pending';
  if (counter <= row.last_counter) return 'replayed';
  db.prepare('UPDATE token_uses SET last_counter = ?, drift_steps = ? WHERE token_id = ?').run(
    counter,
    driftSteps,
    row.id,
  );
  becomeActive(db, row.id);
  return 'activated';
}

function findRecord(db: DatabaseSync, tokenId: number): TokenRecord {
  return toRecord(db.prepare(`${selectRecords} WHERE tokens.id = ?`).get(tokenId) as unknown as TokenRow);
}

function listTokens(db: DatabaseSync, username: string | undefined): TokenRecord[] {
  const rows =
    username === undefined
      ? db.prepare(`${selectRecords} ORDER BY users.name_key, tokens.id`).all()
      : db.prepare(`${selectRecords} WHERE users.name_key = ? ORDER BY tokens.id`).all(nameKey(username));
  return (rows as unknown as TokenRow[]).map(toRecord);
}

function mustChange(serial: string, changes: number | bigint): void {
  if (changes === 0) throw new StorageError('token-unknown', `There is no token with the serial ${serial}.`);
}

interface AnyTokenRow {
  readonly id: number;
  readonly user_id: number;
  readonly serial: string;
  readonly is_enabled: number;
  readonly state: TokenState;
  readonly created_at_ms: number;
  readonly username: string;
}

interface PasscodeTokenRow extends AnyTokenRow {
  readonly type: PasscodeType;
  readonly digits: number;
  readonly algorithm: OtpAlgorithm;
  readonly period_seconds: number;
  readonly last_counter: number;
  readonly drift_steps: number;
}

interface PushTokenRow extends AnyTokenRow {
  readonly type: 'push';
  readonly protocol: PushProtocol;
}

type TokenRow = PasscodeTokenRow | PushTokenRow;

function toRecord(row: TokenRow): TokenRecord {
  const common = {
    id: row.id,
    userId: row.user_id,
    serial: row.serial,
    username: row.username,
    isEnabled: row.is_enabled === 1,
    state: row.state,
    createdAtMs: row.created_at_ms,
  };
  if (row.type === 'push') return { ...common, type: row.type, protocol: row.protocol };
  return { ...common, ...passcodeToken(row) };
}

function passcodeToken(row: PasscodeTokenRow): Omit<PasscodeToken, 'secret'> {
  return {
    id: row.id,
    userId: row.user_id,
    type: row.type,
    serial: row.serial,
    digits: row.digits,
    algorithm: row.algorithm,
    periodSeconds: row.period_seconds,
    lastCounter: row.last_counter,
    driftSteps: row.drift_steps,
  };
}
