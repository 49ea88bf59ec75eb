import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Random } from '../../lib/random.ts';
import type { Secret } from '../../lib/secret.ts';
import { createHeadSeal, FIRST_PREVIOUS } from '../chain.ts';
import { createCodeDigest } from '../code-digest.ts';
import { deriveKey } from '../derive-key.ts';
import { ensurePrivateFolder } from '../private-folder.ts';
import { createSecretBox } from '../secret-box.ts';
import { StorageError } from '../storage-error.ts';
import type { Storage } from '../storage.ts';
import { inTransaction, openConnection } from './connection.ts';
import type { ConnectionOptions } from './connection.ts';
import { createWhole, damaged, isExposed, isPresent, refuseEmpty } from './database-file.ts';
import { createAccountingStore } from './accounting.ts';
import { createBlockStore } from './blocks.ts';
import { createCodeStore } from './codes.ts';
import { createDeliveryStore } from './deliveries.ts';
import { createPeople } from './people.ts';
import { createPushDevices } from './devices.ts';
import { createDirectory } from './directory.ts';
import { createOpeningStore } from './openings.ts';
import { createRememberedStore } from './remembered.ts';
import { createEventStore } from './events.ts';
import { belongsToMasterKey, noteMasterKey } from './key-check.ts';
import { countChanges } from './known-rows.ts';
import { QueuedLedger } from './ledger.ts';
import { migrate } from './migrate.ts';
import { pushExpire } from './operations.ts';
import { storageError } from './sqlite-error.ts';
import { createTokenVault } from './token-vault.ts';
import { createTokenStore } from './tokens.ts';
import { createUserStore } from './users.ts';
import { RecentUses } from './recent-uses.ts';
import { Snapshot } from './snapshot.ts';
import { threadStarter } from './writer-link.ts';
import type { StartWriter } from './writer-link.ts';

/** Where the store is and how it behaves. */
export interface SqliteOptions {
  /** The database file; its directory is made (mode 0700) when absent. */
  readonly file: string;
  /**
   * When the writer's thread starts: `at-once` (a server: the first login must not wait for it) or `on-demand` (a command,
   * which mostly reads). Default `at-once`.
   */
  readonly writer?: 'at-once' | 'on-demand' | undefined;
  /** Ledger operations that may wait for the disk; more are refused with `queue-full`. Default 10,000. */
  readonly maxQueued?: number | undefined;
  /** How long a write waits for another process's. Default 5,000. */
  readonly busyTimeoutMs?: number | undefined;
  /** The size the file may reach, in pages of 4 KiB. Default: as large as the disk. */
  readonly maxPages?: number | undefined;
}

/** What the store is built on. */
export interface SqliteDeps {
  readonly masterKey: Secret;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** For tests. */
  readonly startWriter?: StartWriter | undefined;
}

// A check of every page costs about 1 ms a MiB; a start has a second. Larger databases (their bulk is the log, which
// `audit verify` checks better) have only the tables checked that logins read.
const WHOLE_CHECK_MAX_OCTETS = 64 * 1024 * 1024;
const SMALL_TABLES = ['settings', 'users', 'tokens', 'token_uses', 'codes', 'blocks', 'remembered', 'events_head'];

/**
 * Opens the store in one SQLite file, making it when there is none. Rejects with a `StorageError` whose `code` says why and whose
 * message says what to do: `directory-unusable`, `database-damaged`, `database-unusable`, `schema-newer`,
 * `master-key-wrong`, `read-only`, `disk-full`, `busy`, `io-failed`.
 */
export async function openSqliteStorage(options: SqliteOptions, deps: SqliteDeps): Promise<Storage> {
  const { file, busyTimeoutMs = 5_000, maxPages } = options;
  const connection: ConnectionOptions = { file, busyTimeoutMs, maxPages };
  try {
    ensurePrivateFolder(dirname(file));
    if (!isPresent(file)) await createDatabase(connection, deps);
    refuseEmpty(file);
    if (isExposed(file)) deps.logger.warn({ file }, 'The database can be read by others: chmod 600 it.');
    const db = openConnection(connection);
    try {
      await checkDatabase(db, file, deps.masterKey);
      return await assemble(db, options, connection, deps);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw storageError(error, file);
  }
}

async function assemble(
  db: DatabaseSync,
  options: SqliteOptions,
  connection: ConnectionOptions,
  deps: SqliteDeps,
): Promise<Storage> {
  const { clock, logger, masterKey, random } = deps;
  const headKey = headKeyOf(masterKey);
  const startWriter = deps.startWriter ?? threadStarter({ ...connection, headKey });
  const readers = openConnection(connection);
  const snapshot = new Snapshot(readers);
  const written = snapshot.leave;
  const uses = new RecentUses(snapshot);
  const ledger = new QueuedLedger(
    { maxQueued: options.maxQueued ?? 10_000 },
    { clock, logger, startWriter, written, spent: (claim) => uses.note(claim) },
  );
  const box = createSecretBox(masterKey, 'token', random);
  try {
    if (options.writer !== 'on-demand') await startOrClose(ledger);
  } catch (error) {
    readers.close();
    throw error;
  }
  const directory = createDirectory(readers, {
    ...{ box, clock, snapshot, uses, file: connection.file },
    anchorLock: (userId) => ledger.anchorLock(userId),
    expireCodes: (userId) => ledger.write((fields) => pushExpire(fields, userId, clock.nowMs())),
  });
  const findUser = (name: string) => directory.findUser(name);
  return {
    directory,
    people: createPeople(db, { ...{ readers, findUser, snapshot, clock, written }, file: connection.file }),
    ledger,
    users: createUserStore(db, clock, connection.file, written),
    tokens: createTokenStore(db, { box, clock, file: connection.file, written }),
    codes: createCodeStore(db, clock, connection.file, written),
    devices: createPushDevices(db, { box, file: connection.file, readers, snapshot, written }),
    deliveries: createDeliveryStore(db, {
      ...{ clock, logger, file: connection.file },
      write: (push) => ledger.write(push),
    }),
    accounting: createAccountingStore(db, { file: connection.file, write: (push) => ledger.write(push) }),
    blocks: createBlockStore(db, clock, connection.file, written),
    remembered: createRememberedStore(db, {
      ...{ clock, logger, file: connection.file, readers, snapshot, written },
      key: deriveKey(masterKey, 'remembered'),
      write: (push) => ledger.write(push),
    }),
    openings: createOpeningStore(db, { clock, file: connection.file, readers, snapshot, written }),
    codeDigest: createCodeDigest(masterKey),
    vault: createTokenVault(db, { box, clock, file: connection.file, written }),
    events: createEventStore(db, createHeadSeal(headKey), connection.file),
    health: () => ledger.health(),
    async close() {
      await ledger.close();
      snapshot.leave();
      for (const connected of [readers, db]) if (connected.isOpen) connected.close();
    },
  };
}

async function startOrClose(ledger: QueuedLedger): Promise<void> {
  try {
    await ledger.start();
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

async function createDatabase(connection: ConnectionOptions, { masterKey, random }: SqliteDeps): Promise<void> {
  await createWhole(connection.file, random.octets(6).toString('hex'), async (draft) => {
    const db = openConnection({ ...connection, file: draft });
    try {
      db.exec('PRAGMA journal_mode = WAL');
      await migrate(db, draft);
      inTransaction(db, () => sealBeginning(db, masterKey));
    } finally {
      db.close();
    }
  });
}

function sealBeginning(db: DatabaseSync, masterKey: Secret): void {
  const head = { events: 0, hash: FIRST_PREVIOUS };
  noteMasterKey(db, masterKey);
  db.prepare('INSERT INTO events_head (id, events, hash, seal) VALUES (1, ?, ?, ?)').run(
    head.events,
    head.hash,
    createHeadSeal(headKeyOf(masterKey)).seal(head),
  );
}

async function checkDatabase(db: DatabaseSync, file: string, masterKey: Secret): Promise<void> {
  refuseDamaged(db, file);
  checkMasterKey(db, file, masterKey);
  // Changes nothing, but needs all that a change needs: a database that cannot be written is refused at the start, not
  // at the first login. (BEGIN IMMEDIATE alone settles for reading where the file is read-only.)
  inTransaction(db, () => db.exec('UPDATE settings SET value = value WHERE false'));
  await migrate(db, file);
  countChanges(db);
}

function refuseDamaged(db: DatabaseSync, file: string): void {
  const isSmall = statSync(file).size <= WHOLE_CHECK_MAX_OCTETS;
  const checks = isSmall ? ['PRAGMA quick_check(1)'] : SMALL_TABLES.map((table) => `PRAGMA quick_check(${table})`);
  for (const check of checks) {
    const found = String(db.prepare(check).get()?.['quick_check']);
    if (found !== 'ok') throw damaged(file, `is damaged (${found.replaceAll('\n', ' ')})`);
  }
}

function checkMasterKey(db: DatabaseSync, file: string, masterKey: Secret): void {
  const table = db.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'settings'`).get();
  if (table === undefined) throw damaged(file, 'is not one of Sallyport');
  const belongs = belongsToMasterKey(db, masterKey);
  if (belongs === undefined) throw damaged(file, 'has lost the check of its master key');
  if (belongs) return;
  throw new StorageError(
    'master-key-wrong',
    `The tokens in ${file} were sealed with another master key. Put back the key file or SALLYPORT_MASTER_KEY that belongs to this database.`,
  );
}

function headKeyOf(masterKey: Secret): Buffer {
  return deriveKey(masterKey, 'log-head');
}
