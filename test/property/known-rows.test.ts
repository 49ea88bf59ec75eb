import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureClaim, newToken, passcodeClaim } from '../contract/storage.ts';
import { openTestStore, type SqliteUnderTest } from '../unit/storage/sqlite-store.ts';

const NAMES = ['alice', 'bob', 'carol'] as const;
const name = fc.constantFrom(...NAMES);

// What the tables can go through, whoever writes: commands, servers, and whoever has a SQLite shell.
const whose = fc.tuple(name, fc.nat(3)).map(([who, value]) => ({ who, value }));
const statement = whose.chain(({ who, value }) => {
  const user = `(SELECT id FROM users WHERE name_key = '${who}')`;
  return fc.constantFrom(
    `INSERT OR IGNORE INTO users (name, name_key, created_at_ms) VALUES ('${who}', '${who}', 0)`,
    `INSERT OR REPLACE INTO users (name, name_key, created_at_ms, failures) VALUES ('${who}', '${who}', 0, ${value})`,
    `UPDATE users SET is_enabled = ${value % 2} WHERE name_key = '${who}'`,
    `UPDATE users SET failures = ${value}, phone = '${value}' WHERE name_key = '${who}'`,
    `UPDATE OR IGNORE users SET name_key = 'carol' WHERE name_key = '${who}'`,
    `DELETE FROM users WHERE name_key = '${who}'`,
    `INSERT OR REPLACE INTO blocks (user_id, reason, blocked_by, from_ms, until_ms) SELECT id, '', '', 0, 0 FROM users WHERE name_key = '${who}'`,
    `DELETE FROM blocks WHERE user_id = ${user}`,
    `INSERT OR REPLACE INTO tokens (user_id, type, serial, secret, digits, algorithm, period_seconds, created_at_ms)
       SELECT id, 'hotp', 'T${value}', x'', 6, 'sha1', 30, 0 FROM users WHERE name_key = '${who}'`,
    `INSERT OR REPLACE INTO token_uses (token_id, last_counter) SELECT id, ${value} FROM tokens WHERE user_id = ${user}`,
    `UPDATE tokens SET state = 'pending' WHERE serial = 'T${value}'`,
    `UPDATE tokens SET user_id = ${user}, is_enabled = 1 WHERE serial = 'T${value}' AND ${user} IS NOT NULL`,
    `DELETE FROM tokens WHERE serial = 'T${value}'`,
    'BEGIN; UPDATE users SET is_enabled = 0; ROLLBACK',
    'PRAGMA foreign_keys = ON',
    'PRAGMA foreign_keys = OFF',
  );
});

describe('rows that are kept', () => {
  let store: SqliteUnderTest;
  let other: DatabaseSync;
  beforeAll(async () => {
    store = await openTestStore();
    other = new DatabaseSync(store.file);
  });
  afterAll(async () => {
    other.close();
    await store.remove();
  });

  // As a login reads, after a commit of anything has ended the snapshot.
  async function seen(): Promise<unknown[]> {
    const { directory, blocks } = store.storage;
    await blocks.list();
    return NAMES.map((one) => {
      const user = directory.findUser(one);
      return [
        user?.id,
        user?.isEnabled,
        user?.phone,
        user?.blockedUntilMs,
        user && directory.passcodeTokens(user.id).map(({ serial, lastCounter }) => [serial, lastCounter]),
      ];
    });
  }

  function there(): unknown[] {
    const user = other.prepare('SELECT * FROM users WHERE name_key = ?');
    const block = other.prepare('SELECT 1 FROM blocks WHERE user_id = ?');
    const tokens = other.prepare(
      `SELECT serial, last_counter FROM tokens JOIN token_uses ON token_id = id
        WHERE user_id = ? AND is_enabled = 1 AND state = 'active' ORDER BY id`,
    );
    return NAMES.map((one) => {
      const row = user.get(one);
      if (row === undefined) return [undefined, undefined, undefined, undefined, undefined];
      const id = Number(row['id']);
      return [
        id,
        row['is_enabled'] === 1,
        row['phone'] ?? undefined,
        block.get(id) && Infinity,
        tokens.all(id).map((token) => [token['serial'], token['last_counter']]),
      ];
    });
  }

  it('are what the tables hold, whatever another process does to them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 12 }), async (statements) => {
        for (const one of statements) {
          other.exec(one);
          expect(await seen()).toEqual(there());
        }
      }),
    );
  });

  it('show each passcode that was spent, in the order in which they were, and none is spent twice', async () => {
    const { users, tokens, ledger, directory } = store.storage;
    other.exec('PRAGMA foreign_keys = ON; DELETE FROM users');
    const user = await users.addUser('alice', {});
    const token = await tokens.addToken(newToken(user.id));
    const lastCounter = () => directory.passcodeTokens(user.id)[0]?.lastCounter ?? Number.NaN;
    const claims = fc.array(fc.nat(5_000), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(claims, fc.boolean(), async (counters, isOneWrong) => {
        let expected = lastCounter();
        const spending = counters.map((counter) => ledger.spend(passcodeClaim(user, token, counter)));
        if (isOneWrong) await ledger.fail(failureClaim(user, Infinity, 1));
        const outcomes = await Promise.all(spending);
        for (const [index, counter] of counters.entries()) {
          expect(outcomes[index]).toBe(counter > expected ? 'spent' : 'replayed');
          expected = Math.max(expected, counter);
        }
        expect(lastCounter()).toBe(expected);
      }),
    );
  });
});
