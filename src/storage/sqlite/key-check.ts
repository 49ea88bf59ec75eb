import { timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Secret } from '../../lib/secret.ts';
import { deriveKey } from '../derive-key.ts';

const KEY_CHECK = 'key-check';

/** Notes in a new database which master key it belongs to. */
export function noteMasterKey(db: DatabaseSync, masterKey: Secret): void {
  db.prepare('INSERT INTO settings (name, value) VALUES (?, ?)').run(KEY_CHECK, keyCheckOf(masterKey));
}

/** Whether the database belongs to this master key; `undefined` where it does not say. Throws what SQLite throws. */
export function belongsToMasterKey(db: DatabaseSync, masterKey: Secret): boolean | undefined {
  const stored = db.prepare('SELECT value FROM settings WHERE name = ?').get(KEY_CHECK)?.['value'];
  if (!(stored instanceof Uint8Array)) return undefined;
  const expected = keyCheckOf(masterKey);
  return stored.length === expected.length && timingSafeEqual(stored, expected);
}

// Tells master keys apart and reveals nothing of them.
function keyCheckOf(masterKey: Secret): Buffer {
  return deriveKey(masterKey, 'key-check');
}
