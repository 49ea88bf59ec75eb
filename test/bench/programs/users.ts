import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { loadMasterKey, openSqliteStorage, type Storage } from '../../../src/storage/index.ts';
import { phoneOwnerOf, tokenSecret, usernameOf } from '../load/index.ts';
import { enrolledPhoneData } from './phone-data.ts';
import type { Workspace } from './workspace.ts';

/** A database of users with a token each, and the master key that opens it: copied to every server that needs it. */
export interface EnrolledUsers {
  readonly count: number;
  /** Of the token secrets. */
  readonly seed: string;
  /** Puts database and key into the data folder of a server that is not running yet. */
  copyTo(dataDir: string): Promise<void>;
}

const DATABASE = 'sallyport.db';
const MASTER_KEY = 'master.key';
const MEMORY_FOLDER = '/dev/shm';

/** Whom to enrol. */
export interface EnrolmentPlan {
  /** With a token each. */
  readonly users: number;
  /** Of that kind; default: `totp`. */
  readonly type?: 'totp' | 'hotp';
  readonly seed: string;
  /** Further users, with a phone that is asked. */
  readonly phones: number;
}

/**
 * Enrols users through the store's own door. A commit for each user and token would take minutes on a disk, so the
 * database is made in memory where there is such a folder, and reaches the disk as a copy.
 */
export async function enrolUsers(workspace: Workspace, plan: EnrolmentPlan): Promise<EnrolledUsers> {
  const { users: count, type = 'totp', seed, phones } = plan;
  const target = await workspace.subfolder(`${count} with ${type}`);
  const folder = existsSync(MEMORY_FOLDER) ? await mkdtemp(join(MEMORY_FOLDER, 'sallyport-bench-')) : target;
  const random = createSystemRandom();
  const { key } = loadMasterKey({ file: join(folder, MASTER_KEY), random, mayCreate: true });
  const storage = await openSqliteStorage(
    { file: join(folder, DATABASE), writer: 'on-demand' },
    { masterKey: key, clock: systemClock, random, logger: silentLogger },
  );
  try {
    for (let index = 0; index < count; index += 1) {
      const { id } = await storage.users.addUser(usernameOf(index), {});
      await storage.tokens.addToken({
        userId: id,
        type,
        serial: `T${index}`,
        secret: Secret.fromOctets(tokenSecret(seed, index)),
        digits: 6,
        algorithm: 'sha1',
        periodSeconds: 30,
        nextCounter: 0,
      });
    }
    if (phones > 0) await addPhones(storage, phones);
  } finally {
    await storage.close();
  }
  if (folder !== target) {
    for (const name of [DATABASE, MASTER_KEY]) await copyFile(join(folder, name), join(target, name));
    await rm(folder, { recursive: true, force: true });
  }
  return {
    count,
    seed,
    async copyTo(dataDir) {
      for (const name of [DATABASE, MASTER_KEY]) await copyFile(join(target, name), join(dataDir, name));
    },
  };
}

// All have the keys of one phone: what a push costs is the same, and keys of 4,096 bits take a second each to make.
async function addPhones({ users, tokens }: Storage, count: number): Promise<void> {
  const data = await enrolledPhoneData();
  for (let index = 0; index < count; index += 1) {
    const { id: userId } = await users.addUser(phoneOwnerOf(index), {});
    await tokens.addPushToken({ userId, serial: `P${index}`, protocol: 'privacyidea', data, state: 'active' });
  }
}
