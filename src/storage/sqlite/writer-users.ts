import { readLock } from '../lock.ts';
import type { Lock } from '../lock.ts';
import type { LockRow, Statements, UserRow } from './writer-statements.ts';

/** Whether the lock holds now; one from the future is anchored at this moment. */
export function isLocked(statements: Statements, userId: number, lock: Lock, nowMs: number): boolean {
  const { kind } = readLock(lock, nowMs);
  if (kind === 'locked-ahead') statements.anchorLock.run(nowMs, userId, nowMs);
  return kind !== 'open';
}

/** Whether the user is there, enabled and not locked out. */
export function mayLogIn(statements: Statements, userId: number, nowMs: number): boolean {
  const row = statements.findUser.get(userId) as UserRow | undefined;
  if (row === undefined || row[0] !== 1) return false;
  return !isLocked(statements, userId, { lockedAtMs: row[1], lockSeconds: row[2] }, nowMs);
}

/** Whether the token and the code (0: none) are the user's and can be used now. */
export function mayUse(
  { findUsableToken, findUsableCode }: Statements,
  used: { readonly userId: number; readonly tokenId: number; readonly codeId: number; readonly nowMs: number },
): boolean {
  const { userId, tokenId, codeId, nowMs } = used;
  if (tokenId !== 0 && findUsableToken.get(tokenId, userId) === undefined) return false;
  return codeId === 0 || findUsableCode.get(codeId, userId, nowMs, nowMs) !== undefined;
}

/** Whether the user is locked out now, by this failure or before. A user deleted meanwhile has nothing to count. */
export function countFailure(
  statements: Statements,
  failure: {
    readonly userId: number;
    readonly lockoutFailures: number;
    readonly lockoutSeconds: number;
    readonly nowMs: number;
  },
): boolean {
  const { userId, lockoutFailures, lockoutSeconds, nowMs } = failure;
  const row = statements.findLock.get(userId) as LockRow | undefined;
  if (row === undefined) return false;
  const [lockedAtMs, lockSeconds, failures] = row;
  if (isLocked(statements, userId, { lockedAtMs, lockSeconds }, nowMs)) return true;
  if (failures + 1 < lockoutFailures) {
    statements.setFailures.run(failures + 1, userId);
    return false;
  }
  statements.setLock.run(nowMs, lockoutSeconds, userId);
  return true;
}

/** Locks the user from now on, unless they are locked for longer. */
export function blockUser(
  statements: Statements,
  block: { readonly userId: number; readonly seconds: number; readonly nowMs: number },
): void {
  const { userId, seconds, nowMs } = block;
  const row = statements.findLock.get(userId) as LockRow | undefined;
  if (row === undefined) return;
  const lock = readLock({ lockedAtMs: row[0], lockSeconds: row[1] }, nowMs);
  if (lock.kind === 'open' || lock.untilMs < nowMs + seconds * 1000) statements.setLock.run(nowMs, seconds, userId);
}
