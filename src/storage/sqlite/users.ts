import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Clock } from '../../lib/clock.ts';
import type { UserFields, UserRecord, UserStore } from '../admin.ts';
import { blockOf, readLock } from '../lock.ts';
import { nameKey } from '../../lib/name-key.ts';
import { checkUserName } from '../record-names.ts';
import { StorageError } from '../storage-error.ts';
import { inTransaction } from './connection.ts';
import { forgetLogins, forgetPhone, resetUser } from './removals.ts';
import { isConstraintError, settle } from './sqlite-error.ts';
import { blockedUntil } from './writer-statements.ts';

/** Users on the caller's thread: for commands and the console, where a commit's milliseconds do no harm. */
export function createUserStore(db: DatabaseSync, clock: Clock, file: string, written: () => void): UserStore {
  const asPromised = <Result>(work: () => Result): Promise<Result> => settle(file, work).finally(written);
  return {
    addUser: (name, fields) => asPromised(() => addUser(db, clock, name, fields)),
    findUserRecord: (name) => asPromised(() => findRecord(db, clock, name)),
    listUsers: () =>
      asPromised(() =>
        db
          .prepare(`${selectRecords} ORDER BY name_key`)
          .all()
          .map((row) => toRecord(row, clock)),
      ),
    countUsers: () => asPromised(() => Number(db.prepare('SELECT count(*) AS users FROM users').get()?.['users'])),
    setUser: (name, fields) => asPromised(() => inTransaction(db, () => setUser(db, clock, name, fields))),
    unlockUser: (name) =>
      asPromised(() => mustChange(db, 'UPDATE users SET failures = 0, locked_at_ms = 0, lock_seconds = 0', name)),
    deleteUser: (name) => asPromised(() => mustChange(db, 'DELETE FROM users', name)),
    resetUser: (name, reason) => asPromised(() => inTransaction(db, () => resetUser(db, name, reason))),
    forgetPhone: (name) => asPromised(() => inTransaction(db, () => forgetPhone(db, name))),
  };
}

const columnOf: Readonly<Record<keyof UserFields, string>> = {
  isEnabled: 'is_enabled',
  passwordHash: 'password_hash',
  firstName: 'first_name',
  lastName: 'last_name',
  email: 'email',
  phone: 'phone',
  language: 'language',
  pinHash: 'pin_hash',
  preferred: 'preferred',
  groups: 'group_names',
};

const selectRecords = `SELECT users.*, (SELECT count(*) FROM tokens WHERE tokens.user_id = users.id) AS token_count,
   ${blockedUntil} AS blocked_until_ms FROM users`;

/** Adds a user inside the caller's transaction, if there is one. */
export function addUser(db: DatabaseSync, clock: Clock, name: string, fields: UserFields): UserRecord {
  checkUserName(name);
  const set = setColumns(fields);
  const columns = ['name', 'name_key', 'created_at_ms', ...set.keys()];
  const values = [name.normalize('NFC'), nameKey(name), clock.nowMs(), ...set.values()];
  try {
    db.prepare(`INSERT INTO users (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(
      ...values,
    );
  } catch (error) {
    if (isConstraintError(error))
      throw new StorageError('user-exists', `There is a user ${name} already.`, { cause: error });
    throw error;
  }
  return mustFind(db, clock, name);
}

function setUser(db: DatabaseSync, clock: Clock, name: string, fields: UserFields): UserRecord {
  const set = setColumns(fields);
  if (set.size > 0) {
    const assignments = [...set.keys()].map((column) => `${column} = ?`).join(', ');
    db.prepare(`UPDATE users SET ${assignments} WHERE name_key = ?`).run(...set.values(), nameKey(name));
  }
  const record = mustFind(db, clock, name);
  // Whoever changes what proves the user, or shuts them out, means the stations that are remembered too.
  if (fields.passwordHash !== undefined || fields.pinHash !== undefined || fields.isEnabled === false)
    forgetLogins(db, record.id);
  return record;
}

function setColumns(fields: UserFields): Map<string, SQLInputValue> {
  const set = new Map<string, SQLInputValue>();
  for (const [field, column] of Object.entries(columnOf)) {
    const value = fields[field as keyof UserFields];
    if (value !== undefined) set.set(column, columnValue(value, field === 'groups' ? '\n' : ','));
  }
  // From now on it is as an administrator says, whatever a directory does.
  if (fields.isEnabled !== undefined) set.set('gone_at_ms', 0);
  return set;
}

function columnValue(value: NonNullable<UserFields[keyof UserFields]> | null, between: string): SQLInputValue {
  if (typeof value === 'boolean') return Number(value);
  if (value === null || typeof value === 'string') return value;
  return value.length === 0 ? null : value.join(between);
}

function findRecord(db: DatabaseSync, clock: Clock, name: string): UserRecord | undefined {
  const row = db.prepare(`${selectRecords} WHERE name_key = ?`).get(nameKey(name));
  return row === undefined ? undefined : toRecord(row, clock);
}

function mustFind(db: DatabaseSync, clock: Clock, name: string): UserRecord {
  const record = findRecord(db, clock, name);
  if (record === undefined) throw unknown(name);
  return record;
}

function mustChange(db: DatabaseSync, statement: string, name: string): void {
  if (db.prepare(`${statement} WHERE name_key = ?`).run(nameKey(name)).changes === 0) throw unknown(name);
}

function unknown(name: string): StorageError {
  return new StorageError('user-unknown', `There is no user ${name}.`);
}

interface UserRow {
  readonly id: number;
  readonly name: string;
  readonly is_enabled: number;
  readonly password_hash: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly language: string | null;
  readonly pin_hash: string | null;
  readonly preferred: string | null;
  readonly group_names: string | null;
  readonly reset_reason: string | null;
  readonly failures: number;
  readonly locked_at_ms: number;
  readonly lock_seconds: number;
  readonly created_at_ms: number;
  readonly token_count: number;
  readonly blocked_until_ms: number | null;
}

function toRecord(found: object, clock: Clock): UserRecord {
  const row = found as UserRow;
  const lock = readLock({ lockedAtMs: row.locked_at_ms, lockSeconds: row.lock_seconds }, clock.nowMs());
  return {
    id: row.id,
    name: row.name,
    isEnabled: row.is_enabled === 1,
    lockedUntilMs: lock.kind === 'open' ? 0 : lock.untilMs,
    createdAtMs: row.created_at_ms,
    failures: row.failures,
    tokenCount: row.token_count,
    ...blockOf(row.blocked_until_ms, clock.nowMs()),
    ...(row.password_hash !== null && { passwordHash: row.password_hash }),
    ...(row.first_name !== null && { firstName: row.first_name }),
    ...(row.last_name !== null && { lastName: row.last_name }),
    ...(row.email !== null && { email: row.email }),
    ...(row.phone !== null && { phone: row.phone }),
    ...(row.language !== null && { language: row.language }),
    ...(row.pin_hash !== null && { pinHash: row.pin_hash }),
    ...(row.preferred !== null && { preferred: row.preferred.split(',') }),
    ...(row.group_names !== null && { groups: row.group_names.split('\n') }),
    ...(row.reset_reason !== null && { resetReason: row.reset_reason }),
  };
}
