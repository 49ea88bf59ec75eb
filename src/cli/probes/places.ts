import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isIPv6 } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { DgramAsPromised } from 'dgram-as-promised';
import type { Config, ListenConfig } from '../../config/index.ts';
import { causeOf } from '../../lib/file-cause.ts';
import type { Random } from '../../lib/random.ts';
import type { Secret } from '../../lib/secret.ts';
import { belongsToMasterKey, loadMasterKey, StorageError } from '../../storage/index.ts';
import { masterKeyFile } from '../configuration.ts';
import type { ProbeReport } from './probe.ts';

/** Whether the addresses to listen on are this machine's. A port in use is no fault: a running server has it. */
export function probeListeners({ server }: Config): Promise<ProbeReport[]> {
  return Promise.all(server.listen.map(probeListener));
}

async function probeListener({ protocol, address, port }: ListenConfig): Promise<ProbeReport> {
  const report = { kind: 'listener', subject: `${protocol} ${address} port ${port}` };
  const socket = DgramAsPromised.createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    await socket.bind({ address, port: 0 });
    return { ...report, isGood: true, message: 'the address is one of this machine' };
  } catch {
    return { ...report, isGood: false, message: 'the address is none of this machine' };
  } finally {
    await socket.close();
  }
}

/** Whether the database opens, and may be written to; one that is not there yet will be made by the first start. */
export function probeDatabase({ storage }: Config): ProbeReport {
  const report = { kind: 'database', subject: storage.file };
  if (!existsSync(storage.file)) return { ...report, ...probeFolder(dirname(storage.file)) };
  try {
    const users = countUsers(storage.file);
    const problem = writeProblem(storage.file) ?? folderProblem(dirname(storage.file));
    if (problem !== undefined) return { ...report, isGood: false, message: `can be read only: ${problem}` };
    return { ...report, isGood: true, message: `opens, ${users} ${users === 1 ? 'user' : 'users'}` };
  } catch (error) {
    const cause = error instanceof Error ? error.message : 'unknown error';
    return { ...report, isGood: false, message: `cannot be read: ${cause}` };
  }
}

function countUsers(file: string): number {
  return reading(file, (database) => Number(database.prepare('SELECT count(*) AS users FROM users').get()?.['users']));
}

// A database that cannot be read is told by its own probe.
function isKeyOf(file: string, key: Secret): boolean | undefined {
  try {
    return reading(file, (database) => belongsToMasterKey(database, key));
  } catch {
    return undefined;
  }
}

function reading<Result>(file: string, read: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function probeFolder(folder: string): { isGood: boolean; message: string } {
  const isThere = existsSync(folder);
  const problem = folderProblem(isThere ? folder : nearestFolder(folder));
  if (problem !== undefined) return { isGood: false, message: `not there yet, and cannot be made: ${problem}` };
  return { isGood: true, message: `not there yet: the first start makes it${isThere ? '' : ' and its folder'}` };
}

// What is there of the path to a folder that is to be made.
function nearestFolder(folder: string): string {
  const parent = dirname(folder);
  return existsSync(parent) ? parent : nearestFolder(parent);
}

// The stroke at the end makes the kernel refuse what is no folder.
function folderProblem(folder: string): string | undefined {
  return writeProblem(folder, `${folder}/`, constants.W_OK | constants.X_OK);
}

function writeProblem(path: string, asked = path, mode: number = constants.W_OK): string | undefined {
  try {
    accessSync(asked, mode);
    return undefined;
  } catch (error) {
    return `${path} may not be written to (${causeOf(error)})`;
  }
}

/** Whether the master key is there; without a database the first start makes one. */
export function probeMasterKey(
  { server, storage }: Config,
  environmentValue: string | undefined,
  random: Random,
): ProbeReport {
  const file = masterKeyFile(server.dataDir);
  const isGiven = environmentValue !== undefined && environmentValue !== '';
  const report = { kind: 'master key', subject: isGiven ? 'SALLYPORT_MASTER_KEY' : file };
  if (!isGiven && !existsSync(file) && !existsSync(storage.file)) {
    return { ...report, ...probeFolder(dirname(file)) };
  }
  try {
    const { key } = loadMasterKey({ environmentValue, file, random, mayCreate: false });
    const isForeign = isKeyOf(storage.file, key) === false;
    return {
      ...report,
      isGood: !isForeign,
      message: isForeign ? 'is another than the database belongs to' : 'is there',
    };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { ...report, isGood: false, message: error.message.replace(/\.$/, '') };
  }
}
