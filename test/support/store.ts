import { join } from 'node:path';

import type { AuditEvent } from '../../src/access/index.ts';
import type { LiveSession } from '../../src/accounting/index.ts';
import { decodeBase32 } from '../../src/factors/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { hashPassword } from '../../src/primary/index.ts';
import { loadMasterKey, openSqliteStorage, type Storage } from '../../src/storage/index.ts';

/** The store below a server's folder, as a command opens it, but without starting a program for it. */
export async function withStoreOf<Result>(folder: string, use: (storage: Storage) => Promise<Result>): Promise<Result> {
  const random = createSystemRandom();
  const file = join(folder, 'data', 'master.key');
  const masterKey = loadMasterKey({ environmentValue: undefined, file, random, mayCreate: true }).key;
  const storage = await openSqliteStorage(
    { file: join(folder, 'data', 'sallyport.db'), writer: 'on-demand' },
    { masterKey, clock: systemClock, random, logger: silentLogger },
  );
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}

/** The authentication log, the newest event first. */
export function readEvents(folder: string, user?: string): Promise<AuditEvent[]> {
  return withStoreOf(folder, async ({ events }) => {
    const found: AuditEvent[] = [];
    for await (const event of events.events({ user })) found.push(event);
    return found;
  });
}

/** Sessions that NAS have told of and that go on. */
export function sessionsOf(folder: string, sessionId?: string): Promise<readonly LiveSession[]> {
  return withStoreOf(folder, ({ accounting }) => accounting.sessions({ sessionId }));
}

/** Users to be; each has the same password and a TOTP token of the same Base32 secret, where these are given. */
export interface Crowd {
  readonly names: readonly string[];
  readonly password?: string;
  readonly secret?: string;
}

/** Adds many users at once. */
export async function addCrowd(folder: string, { names, password, secret }: Crowd): Promise<void> {
  const random = createSystemRandom();
  const passwordHash = password === undefined ? undefined : await hashPassword(Buffer.from(password), random);
  await withStoreOf(folder, async ({ users, tokens }) => {
    for (const name of names) {
      const { id: userId } = await users.addUser(name, { passwordHash });
      if (secret === undefined) continue;
      await tokens.addToken({
        userId,
        type: 'totp',
        serial: `phone-${name}`,
        secret: decodeBase32(secret),
        digits: 6,
        algorithm: 'sha1',
        periodSeconds: 30,
        nextCounter: 0,
      });
    }
  });
}
