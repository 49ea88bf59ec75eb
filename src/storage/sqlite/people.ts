import type { DatabaseSync } from 'node:sqlite';
import type { Directory, KnownPerson, LoginUser, People } from '../../access/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { nameKey } from '../../lib/name-key.ts';
import type { Person } from '../../primary/index.ts';
import type { DirectoryUser, PeopleStore } from '../people-store.ts';
import { checkUserName } from '../record-names.ts';
import { inTransaction } from './connection.ts';
import { forgetLogins } from './removals.ts';
import type { Snapshot } from './snapshot.ts';
import { settle, storageError } from './sqlite-error.ts';

export interface PeopleDeps {
  /** For look-ups of logins. */
  readonly readers: DatabaseSync;
  readonly findUser: Directory['findUser'];
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  readonly file: string;
  readonly written: () => void;
}

const fields = ['firstName', 'lastName', 'email', 'phone', 'language'] as const;
const columnOf = {
  firstName: 'first_name',
  lastName: 'last_name',
  email: 'email',
  phone: 'phone',
  language: 'language',
} as const;

type Values = { [Field in (typeof fields)[number]]?: string };

interface Row {
  readonly id: number;
  readonly name: string;
  readonly source: string | null;
  readonly external_id: string | null;
  readonly directory_values: string | null;
  readonly gone_at_ms: number;
}

const columns = 'id, name, source, external_id, directory_values, gone_at_ms';

/** People of directories, on the caller's thread: who logs in for the first time, or changed, costs a commit. */
export function createPeople(db: DatabaseSync, deps: PeopleDeps): People & PeopleStore {
  const { clock, file, written } = deps;
  const byId = deps.readers.prepare(`SELECT ${columns} FROM users WHERE source = ? AND external_id = ?`);
  const byName = deps.readers.prepare(`SELECT ${columns} FROM users WHERE name_key = ?`);
  const asPromised = <Result>(work: () => Result): Promise<Result> =>
    settle(file, () => inTransaction(db, work)).finally(written);

  function userOf(person: Person): KnownPerson {
    try {
      deps.snapshot.enter();
      const row = rowOf(
        person,
        (source, id) => byId.get(source, id),
        (key) => byName.get(key),
      );
      if (row === undefined || row === 'taken') return { kind: row ?? 'new' };
      return { kind: 'known', user: mustLogIn(deps.findUser(row.name)) };
    } catch (error) {
      throw storageError(error, file);
    }
  }

  return {
    userOf,
    async keep(person) {
      const known = userOf(person);
      if (known.kind === 'known' && isCurrent(person, row(known.user))) return known;
      const isTaken = await asPromised(() => keep(db, person, clock) === 'taken');
      const kept = isTaken ? ({ kind: 'taken' } as const) : userOf(person);
      return kept.kind === 'new' ? { kind: 'taken' } : kept;
    },
    keepAll: (people) => asPromised(() => people.map((person) => keep(db, person, clock))),
    listFrom: (source) => asPromised(() => listFrom(db, source)),
    disableGone: (ids) => asPromised(() => disableGone(db, ids, clock)),
  };

  function row({ name }: LoginUser): Row | undefined {
    return byName.get(nameKey(name)) as Row | undefined;
  }
}

function mustLogIn(user: LoginUser | undefined): LoginUser {
  if (user === undefined) throw new Error('a user was there and is not');
  return user;
}

/** The row of a person; `taken`: the one of that name is somebody else's. */
function rowOf(
  { name, source, externalId }: Person,
  byId: (source: string, id: string) => unknown,
  byName: (key: string) => unknown,
): Row | 'taken' | undefined {
  const own = externalId === undefined ? undefined : (byId(source, externalId) as Row | undefined);
  if (own !== undefined) return own;
  const named = byName(nameKey(name)) as Row | undefined;
  if (named === undefined || named.source === null) return named;
  const isOther = named.external_id !== null && externalId !== undefined && named.external_id !== externalId;
  return named.source !== source || isOther ? 'taken' : named;
}

function isCurrent(person: Person, row: Row | undefined): boolean {
  if (row?.source !== person.source || row.external_id !== (person.externalId ?? row.external_id)) return false;
  return row.name === person.name.normalize('NFC') && row.directory_values === JSON.stringify(valuesOf(person));
}

function valuesOf(person: Person): Values {
  return Object.fromEntries(fields.flatMap((field) => (person[field] === undefined ? [] : [[field, person[field]]])));
}

/** `added`, `changed`, `same`, or `taken`, where nothing is written. */
function keep(db: DatabaseSync, person: Person, clock: Clock): 'added' | 'changed' | 'same' | 'taken' {
  checkUserName(person.name);
  const row = rowOf(
    person,
    (source, id) => db.prepare(`SELECT ${columns} FROM users WHERE source = ? AND external_id = ?`).get(source, id),
    (key) => db.prepare(`SELECT ${columns} FROM users WHERE name_key = ?`).get(key),
  );
  if (row === 'taken') return 'taken';
  if (row === undefined) {
    add(db, person, clock);
    return 'added';
  }
  if (row.gone_at_ms === 0 && isCurrent(person, row)) return 'same';
  return change(db, person, row);
}

function add(db: DatabaseSync, person: Person, clock: Clock): void {
  const values = valuesOf(person);
  db.prepare(
    `INSERT INTO users (name, name_key, created_at_ms, source, external_id, directory_values,
                        first_name, last_name, email, phone, language)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    person.name.normalize('NFC'),
    nameKey(person.name),
    clock.nowMs(),
    person.source,
    person.externalId ?? null,
    JSON.stringify(values),
    ...fields.map((field) => values[field] ?? null),
  );
}

function change(db: DatabaseSync, person: Person, row: Row): 'changed' | 'taken' {
  const key = nameKey(person.name);
  const holder = db.prepare('SELECT id FROM users WHERE name_key = ?').get(key);
  // Renamed to a name that another user has here.
  if (holder !== undefined && holder['id'] !== row.id) return 'taken';
  const [before, after] = [JSON.parse(row.directory_values ?? '{}') as Values, valuesOf(person)];
  db.prepare(
    `UPDATE users SET name = ?, name_key = ?, source = ?, external_id = ?, directory_values = ?,
            is_enabled = CASE WHEN gone_at_ms > 0 THEN 1 ELSE is_enabled END, gone_at_ms = 0 WHERE id = ?`,
  ).run(
    ...[person.name.normalize('NFC'), key, person.source],
    person.externalId ?? row.external_id,
    JSON.stringify(after),
    row.id,
  );
  for (const field of fields) changeField(db, row.id, field, { before: before[field], after: after[field] });
  return 'changed';
}

// One that the directory no longer has goes, unless it was set by hand meanwhile.
function changeField(
  db: DatabaseSync,
  userId: number,
  field: (typeof fields)[number],
  { before, after }: { readonly before: string | undefined; readonly after: string | undefined },
): void {
  if (before === after) return;
  const column = columnOf[field];
  if (after !== undefined) db.prepare(`UPDATE users SET ${column} = ? WHERE id = ?`).run(after, userId);
  else db.prepare(`UPDATE users SET ${column} = NULL WHERE id = ? AND ${column} = ?`).run(userId, before ?? '');
}

function listFrom(db: DatabaseSync, source: string): DirectoryUser[] {
  const rows = db
    .prepare('SELECT id, name, external_id, is_enabled, gone_at_ms FROM users WHERE source = ? ORDER BY name_key')
    .all(source);
  return rows.map((row) => ({
    id: Number(row['id']),
    name: String(row['name']),
    externalId: row['external_id'] === null ? undefined : String(row['external_id']),
    isGone: Number(row['gone_at_ms']) > 0 || row['is_enabled'] === 0,
  }));
}

function disableGone(db: DatabaseSync, ids: readonly number[], clock: Clock): void {
  const disable = db.prepare('UPDATE users SET is_enabled = 0, gone_at_ms = ? WHERE id = ? AND is_enabled = 1');
  for (const id of ids) if (disable.run(clock.nowMs(), id).changes > 0) forgetLogins(db, id);
}
