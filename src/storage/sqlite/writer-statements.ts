import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The user and the token a claim names, as they stand. */
export type ClaimedRow = [
  isUserEnabled: number,
  isTokenEnabled: number,
  lockedAtMs: number,
  lockSeconds: number,
  failures: number,
  lastCounter: number,
  blockedUntilMs: number | null,
];
/** The lock-out of a user. */
export type LockRow = [lockedAtMs: number, lockSeconds: number, failures: number];
/** Whether and how a user may log in. */
export type UserRow = [
  isEnabled: number,
  lockedAtMs: number,
  lockSeconds: number,
  failures: number,
  blockedUntilMs: number | null,
];
/** The end of the log. */
export type HeadRow = [events: number, hash: Uint8Array, seal: Uint8Array];

/**
 * Whether a code can be used at a moment (bound twice): one that expires is void as well before it was made, for then the
 * clock went back, and nobody knows how far.
 */
export const usableCode = '(expires_at_ms = 0 OR (codes.created_at_ms <= ? AND expires_at_ms > ?))';

/** Until when a user of the statement is blocked (0: without end); `null`: they are not. */
export const blockedUntil = '(SELECT until_ms FROM blocks WHERE blocks.user_id = users.id)';

/** The writer's statements. */
export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares what the writer does over and over; rows come as arrays, which is cheaper. */
export function prepareStatements(db: DatabaseSync) {
  const prepare = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    begin: prepare('BEGIN IMMEDIATE'),
    commit: prepare('COMMIT'),
    rollback: prepare('ROLLBACK'),
    findHead: prepare('SELECT events, hash, seal FROM events_head WHERE id = 1'),
    setHead: prepare('UPDATE events_head SET events = ?, hash = ?, seal = ? WHERE id = 1'),
    append: prepare(
      'INSERT INTO event_batches (first_sequence, events, from_ms, to_ms, hash, body) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    findClaimed: prepare(
      `SELECT users.is_enabled, tokens.is_enabled AND tokens.state = 'active', users.locked_at_ms, users.lock_seconds, users.failures, token_uses.last_counter, ${blockedUntil}
         FROM tokens JOIN users ON users.id = tokens.user_id JOIN token_uses ON token_uses.token_id = tokens.id
        WHERE tokens.id = ? AND tokens.user_id = ?`,
    ),
    setCounter: prepare('UPDATE token_uses SET last_counter = ?, drift_steps = ? WHERE token_id = ?'),
    findLock: prepare('SELECT locked_at_ms, lock_seconds, failures FROM users WHERE id = ?'),
    setFailures: prepare('UPDATE users SET failures = ? WHERE id = ?'),
    setLock: prepare('UPDATE users SET failures = 0, locked_at_ms = ?, lock_seconds = ? WHERE id = ?'),
    findUser: prepare(
      `SELECT is_enabled, locked_at_ms, lock_seconds, failures, ${blockedUntil} FROM users WHERE id = ?`,
    ),
    findUsableToken: prepare(
      `SELECT 1 FROM tokens WHERE id = ? AND user_id = ? AND is_enabled = 1 AND state = 'active'`,
    ),
    findUsableCode: prepare(`SELECT 1 FROM codes WHERE id = ? AND user_id = ? AND ${usableCode}`),
    findReached: prepare('SELECT 1 FROM users WHERE id = ? AND ? IN (phone, email)'),
    spendCode: prepare(
      `DELETE FROM codes WHERE id = ? AND user_id = ? AND kind IN ('backup', 'bypass') AND ${usableCode}`,
    ),
    expireCodes: prepare('DELETE FROM codes WHERE user_id = ? AND expires_at_ms > 0 AND expires_at_ms <= ?'),
    deliver: prepare(
      `INSERT INTO deliveries (at_ms, delivery, user_id, client, channel, gateway, country, outcome, reference, price, problem, username, user_key)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, ''), ?8, nullif(?9, ''), nullif(?10, ''), nullif(?11, ''),
              coalesce((SELECT name FROM users WHERE id = ?3), ''), coalesce((SELECT name_key FROM users WHERE id = ?3), '')`,
    ),
    report: prepare(
      `UPDATE deliveries SET reported_at_ms = ?, report = ?, report_problem = nullif(?, '')
        WHERE delivery = ? AND outcome = 'sent'`,
    ),
    ...limitStatements(prepare),
    anchorLock: prepare('UPDATE users SET locked_at_ms = ? WHERE id = ? AND locked_at_ms > ?'),
  };
}

function limitStatements(prepare: (sql: string) => StatementSync) {
  return {
    block: prepare(
      `INSERT INTO blocks (user_id, reason, blocked_by, from_ms, until_ms)
       SELECT id, ?, 'user', ?, ? FROM users WHERE id = ?
       ON CONFLICT (user_id) DO UPDATE
         SET reason = excluded.reason, blocked_by = 'user', from_ms = excluded.from_ms, until_ms = excluded.until_ms
         WHERE blocks.until_ms <> 0 AND blocks.until_ms < excluded.until_ms`,
    ),
    findRemembered: prepare(
      'SELECT 1 FROM remembered WHERE id = ? AND user_id = ? AND created_at_ms <= ? AND expires_at_ms > ?',
    ),
    remember: prepare(
      `INSERT OR REPLACE INTO remembered (digest, client, station, created_at_ms, expires_at_ms, user_id)
       SELECT ?, ?, ?, ?, ?, id FROM users WHERE id = ?`,
    ),
    forgetExpired: prepare('DELETE FROM remembered WHERE expires_at_ms <= ?'),
    forgetOldest: prepare(
      `DELETE FROM remembered WHERE user_id = ? AND id NOT IN
         (SELECT id FROM remembered WHERE user_id = ? ORDER BY id DESC LIMIT ?)`,
    ),
    forgetLogins: prepare('DELETE FROM remembered WHERE user_id = ?'),
    countEpoch: prepare('UPDATE users SET remember_epoch = remember_epoch + 1 WHERE id = ?'),
    forget: prepare(
      `DELETE FROM remembered WHERE user_id = (SELECT id FROM users WHERE name_key = ?) AND client = ? AND station = ?`,
    ),
  };
}
