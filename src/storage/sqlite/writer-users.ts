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
  return !isBlocked(row[4], nowMs) && !isLocked(statements, userId, { lockedAtMs: row[1], lockSeconds: row[2] }, nowMs);
}

/** Whether a block until then (0: without end, `null`: there is none) holds now. */
export function isBlocked(untilMs: number | null, nowMs: number): boolean {
  return untilMs !== null && (untilMs === 0 || untilMs > nowMs);
}

/** Whether the token, the code, the remembered login (0: none) and the address ('': none) are the user's and can be used now. */
export function mayUse(
  { findUsableToken, findUsableCode, findRemembered, findReached }: Statements,
  used: {
    readonly userId: number;
    readonly tokenId: number;
    readonly codeId: number;
    readonly rememberedId: number;
    readonly sentTo: string;
    readonly nowMs: number;
  },
): boolean {
  const { userId, tokenId, codeId, rememberedId, sentTo, nowMs } = used;
  if (tokenId !== 0 && findUsableToken.get(tokenId, userId) === undefined) return false;
  if (sentTo !== '' && findReached.get(userId, sentTo) === undefined) return false;
  if (rememberedId !== 0 && findRemembered.get(rememberedId, userId, nowMs, nowMs) === undefined) return false;
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

/** Puts the user on the block list from now on, unless they stand there for longer, and ends their remembered logins. */
export function blockUser(
  statements: Statements,
  block: { readonly userId: number; readonly seconds: number; readonly request: string; readonly nowMs: number },
): void {
  const { userId, seconds, request, nowMs } = block;
  statements.forgetLogins.run(userId);
  statements.countEpoch.run(userId);
  if (seconds === 0) return;
  statements.block.run(`Reported from the phone (request ${request})`, nowMs, nowMs + seconds * 1000, userId);
}
