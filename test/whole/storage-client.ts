// A process that spends passcodes and records events as fast as it can, and says on standard output what was acknowledged:
// `node storage-client.ts FILE NAME`. It runs until it is killed, or until standard input ends.
import { silentLogger } from '../../src/lib/logger.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { openSqliteStorage, StorageError } from '../../src/storage/index.ts';
import type { PasscodeTokenRecord } from '../../src/storage/index.ts';
import { event } from '../contract/storage.ts';

const [file = '', name = ''] = process.argv.slice(2);
const masterKey = Secret.fromOctets(Buffer.alloc(32, 0x5a));
const deps = { masterKey, clock: systemClock, random: createSystemRandom(), logger: silentLogger };
const storage = await openSqliteStorage({ file }, deps);

let isStopping = false;
process.stdin.once('end', () => (isStopping = true)).resume();

/** Does something until it is done, saying what it fails of. */
async function persist<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      process.stdout.write(`failed ${error.code}\n`);
    }
  }
}

async function spendOn(token: PasscodeTokenRecord): Promise<void> {
  for (let counter = token.lastCounter + 1; !isStopping; counter += 1) {
    const accepted = event('accept', 'both-doors', { id: `${token.serial}/${counter}`, username: token.username });
    const replayed = event('reject', 'passcode-replayed', { id: `${token.serial}/${counter}` });
    const locked = event('reject', 'locked-out', { id: `${token.serial}/${counter}` });
    const claim = { userId: token.userId, tokenId: token.id, counter, driftSteps: 0, accepted, replayed, locked };
    const outcome = await persist(() => storage.ledger.spend(claim));
    process.stdout.write(`${outcome} ${token.serial} ${counter}\n`);
  }
}

async function record(worker: number): Promise<void> {
  for (let number = 0; !isStopping; number += 1) {
    const id = `${name}/${worker}/${number}`;
    await persist(() => storage.ledger.record(event('challenge', 'passcode-asked', { id })));
    process.stdout.write(`recorded ${id}\n`);
  }
}

const tokens = (await storage.tokens.listTokens())
  .filter((token) => token.type !== 'push')
  .filter((token) => token.serial.startsWith(name));
await Promise.all([...tokens.map(spendOn), ...Array.from({ length: 8 }, (_, worker) => record(worker))]);
await storage.close();
