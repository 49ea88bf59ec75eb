import type { DatabaseSync } from 'node:sqlite';
import type { CodeKind } from '../../access/index.ts';
import type { Removed } from '../admin.ts';
import { nameKey } from '../../lib/name-key.ts';
import { StorageError } from '../storage-error.ts';

/** Takes every token and code, and keeps why. Call it inside a transaction. */
export function resetUser(db: DatabaseSync, name: string, reason: string): Removed {
  const user = mustFind(db, name);
  db.prepare('UPDATE users SET reset_reason = ? WHERE id = ?').run(reason, user.id);
  forgetLogins(db, user.id);
  return { hadPhone: false, ...removeTokens(db, user.id, ['passcode', 'push']), codes: removeCodes(db, user.id) };
}

/** Takes what a lost phone may give away. Call it inside a transaction. */
export function forgetPhone(db: DatabaseSync, name: string): Removed {
  const user = mustFind(db, name);
  db.prepare('UPDATE users SET phone = NULL WHERE id = ?').run(user.id);
  forgetLogins(db, user.id);
  const removed = { ...removeTokens(db, user.id, ['push']), codes: removeCodes(db, user.id) };
  return { hadPhone: user.phone !== null, ...removed };
}

/** Ends the remembered logins of a user, those included that are being written down just now. */
export function forgetLogins(db: DatabaseSync, userId: number): void {
  db.prepare('DELETE FROM remembered WHERE user_id = ?').run(userId);
  db.prepare('UPDATE users SET remember_epoch = remember_epoch + 1 WHERE id = ?').run(userId);
}

function mustFind(db: DatabaseSync, name: string): { readonly id: number; readonly phone: string | null } {
  const row = db.prepare('SELECT id, phone FROM users WHERE name_key = ?').get(nameKey(name));
  if (row === undefined) throw new StorageError('user-unknown', `There is no user ${name}.`);
  return row as { id: number; phone: string | null };
}

function removeTokens(
  db: DatabaseSync,
  userId: number,
  sorts: readonly ('passcode' | 'push')[],
): Pick<Removed, 'passcodeTokens' | 'pushTokens'> {
  const remove = (sort: 'passcode' | 'push', condition: string): string[] => {
    if (!sorts.includes(sort)) return [];
    const rows = db.prepare(`DELETE FROM tokens WHERE user_id = ? AND ${condition} RETURNING serial`).all(userId);
    return rows.map((row) => String(row['serial']));
  };
  return { passcodeTokens: remove('passcode', `type <> 'push'`), pushTokens: remove('push', `type = 'push'`) };
}

function removeCodes(db: DatabaseSync, userId: number): Removed['codes'] {
  const counts: Record<CodeKind, number> = { backup: 0, bypass: 0, 'app-password': 0 };
  const rows = db.prepare('DELETE FROM codes WHERE user_id = ? RETURNING kind').all(userId);
  for (const row of rows) counts[row['kind'] as CodeKind] += 1;
  return counts;
}
