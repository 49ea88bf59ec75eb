import type { DatabaseSync } from 'node:sqlite';
import type { OtpAlgorithm, PasscodeType } from '../../factors/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { NewToken, TokenRecord, TokenStore } from '../admin.ts';
import { nameKey } from '../../lib/name-key.ts';
import { checkSerial } from '../record-names.ts';
import type { SecretBox } from '../secret-box.ts';
import { StorageError } from '../storage-error.ts';
import { inTransaction } from './connection.ts';
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
    listTokens: (username) => asPromised(() => listTokens(db, username)),
    setTokenEnabled: (serial, isEnabled) =>
      asPromised(() =>
        mustChange(
          serial,
          db.prepare('UPDATE tokens SET is_enabled = ? WHERE serial = ?').run(Number(isEnabled), serial).changes,
        ),
      ),
    deleteToken: (serial) =>
      asPromised(() => mustChange(serial, db.prepare('DELETE FROM tokens WHERE serial = ?').run(serial).changes)),
  };
}

const selectRecords = `SELECT tokens.*, users.name AS username, last_counter, drift_steps
   FROM tokens JOIN users ON users.id = tokens.user_id JOIN token_uses ON token_uses.token_id = tokens.id`;

function addToken(db: DatabaseSync, { box, clock }: TokenStoreDeps, token: NewToken): TokenRecord {
  checkSerial(token.serial);
  if (db.prepare('SELECT 1 FROM users WHERE id = ?').get(token.userId) === undefined) {
    throw new StorageError('user-unknown', 'The user the token is for does not exist.');
  }
  const tokenId = insertToken(
    db,
    token,
    box.seal(token.secret, tokenIdentity(token.serial, token.userId)),
    clock.nowMs(),
  );
  db.prepare('INSERT INTO token_uses (token_id, last_counter) VALUES (?, ?)').run(tokenId, token.nextCounter - 1);
  return toRecord(db.prepare(`${selectRecords} WHERE tokens.id = ?`).get(tokenId) as unknown as TokenRow);
}

function insertToken(db: DatabaseSync, token: NewToken, sealed: Buffer, nowMs: number): number {
  const statement = db.prepare(
    `INSERT INTO tokens (user_id, type, serial, secret, digits, algorithm, period_seconds, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const { userId, type, serial, digits, algorithm, periodSeconds } = token;
  try {
    return Number(statement.run(userId, type, serial, sealed, digits, algorithm, periodSeconds, nowMs).lastInsertRowid);
  } catch (error) {
    if (!isConstraintError(error)) throw error;
    throw new StorageError('serial-exists', `There is a token with the serial ${serial} already.`, { cause: error });
  }
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

interface TokenRow {
  readonly id: number;
  readonly user_id: number;
  readonly type: PasscodeType;
  readonly serial: string;
  readonly digits: number;
  readonly algorithm: OtpAlgorithm;
  readonly period_seconds: number;
  readonly is_enabled: number;
  readonly created_at_ms: number;
  readonly username: string;
  readonly last_counter: number;
  readonly drift_steps: number;
}

function toRecord(row: TokenRow): TokenRecord {
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
    username: row.username,
    isEnabled: row.is_enabled === 1,
    createdAtMs: row.created_at_ms,
  };
}
