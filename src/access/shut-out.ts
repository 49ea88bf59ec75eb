import type { Directory, LoginUser } from './directory.ts';
import { otherNamesOf } from './other-names.ts';
import type { Visit } from './visit.ts';

/** Why a user stays outside whatever they know. */
export type Shut = 'user-disabled' | 'blocked' | 'locked-out';

/** Whether a user is shut out at that moment (wall time). */
export function shutFor(user: LoginUser, nowMs: number): Shut | undefined {
  if (!user.isEnabled) return 'user-disabled';
  if ((user.blockedUntilMs ?? 0) > nowMs) return 'blocked';
  return user.lockedUntilMs > nowMs ? 'locked-out' : undefined;
}

/**
 * The same for who is visiting. Who is known to nobody here may be a user of ours to a home server: that user's block holds
 * for both. A lock-out does not: anybody can bring one about, and it guards what only the user themselves has here.
 */
export function shutOf(
  visit: Pick<Visit, 'user' | 'person' | 'username' | 'lookalikes'>,
  directory: Pick<Directory, 'findUser'>,
  nowMs: number,
): Shut | undefined {
  if (visit.user !== undefined) return shutFor(visit.user, nowMs);
  if (visit.person !== undefined) return undefined;
  for (const name of otherNamesOf(visit)) {
    const other = directory.findUser(name);
    const shut = other && shutFor(other, nowMs);
    if (shut !== undefined && shut !== 'locked-out') return shut;
  }
  return undefined;
}
