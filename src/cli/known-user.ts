import type { Storage, UserRecord } from '../storage/index.ts';
import type { CliIo } from './io.ts';
import { printable } from './safe-text.ts';

/** The user of that name; unknown, it is said and `undefined` is given (exit status 1). */
export async function requireUser(storage: Storage, name: string, io: CliIo): Promise<UserRecord | undefined> {
  const user = await storage.users.findUserRecord(name);
  if (user === undefined) io.err(`There is no user ${printable(name)}.`);
  return user;
}

/** Why that text cannot be kept, as a sentence; `undefined` when it can. */
export function textProblem(option: string, text: string): string | undefined {
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return `${option} holds a control character.`;
  return text.length > MAX_CHARACTERS ? `${option} is longer than ${MAX_CHARACTERS} characters.` : undefined;
}

const MAX_CHARACTERS = 256;
