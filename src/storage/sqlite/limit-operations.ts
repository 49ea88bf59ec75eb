import type { NewRememberedLogin } from '../../access/index.ts';
import { StorageError } from '../storage-error.ts';
import { Operation } from './operations.ts';
import type { Field } from './operations.ts';
import type { Statements } from './writer-statements.ts';

// The oldest of a user gives way: a station that changes with every login must not fill the disk.
const MAX_REMEMBERED = 20;

/** A login to be remembered, as operations cross to the writer. */
export function pushRemember(fields: Field[], login: NewRememberedLogin, nowMs: number): void {
  const { userId, digest, client, station, expiresAtMs } = login;
  // Refused here: in the writer it would take the logins of its batch with it.
  if (![userId, expiresAtMs, nowMs].every(Number.isSafeInteger))
    throw new StorageError('event-invalid', 'A remembered login needs the number of a user and times in milliseconds.');
  fields.push(Operation.remember, nowMs, userId, digest, client, station, expiresAtMs);
}

/** The end of those of one user, client and station. */
export function pushForget(
  fields: Field[],
  login: { readonly userKey: string; readonly client: string; readonly station: string },
): void {
  fields.push(Operation.forget, login.userKey, login.client, login.station);
}

/** Keeps it, unless the user is gone; what has expired goes, of all users. */
export function remember(statements: Statements, login: NewRememberedLogin & { readonly nowMs: number }): void {
  const { userId, digest, client, station, expiresAtMs, nowMs } = login;
  statements.forgetExpired.run(nowMs);
  statements.remember.run(digest, client, station, nowMs, expiresAtMs, userId);
  statements.forgetOldest.run(userId, userId, MAX_REMEMBERED);
}
