import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isIPv6 } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { DgramAsPromised } from 'dgram-as-promised';
import type { Config, ListenConfig } from '../../config/index.ts';
import type { Random } from '../../lib/random.ts';
import { loadMasterKey, StorageError } from '../../storage/index.ts';
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

/** Whether the database opens, for reading only; one that is not there yet will be made by the first start. */
export function probeDatabase({ storage }: Config): ProbeReport {
  const report = { kind: 'database', subject: storage.file };
  if (!existsSync(storage.file)) return { ...report, ...probeFolder(dirname(storage.file)) };
  try {
    const users = countUsers(storage.file);
    return { ...report, isGood: true, message: `opens, ${users} ${users === 1 ? 'user' : 'users'}` };
  } catch (error) {
    const cause = error instanceof Error ? error.message : 'unknown error';
    return { ...report, isGood: false, message: `cannot be read: ${cause}` };
  }
}

function countUsers(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const row = database.prepare('SELECT count(*) AS users FROM users').get();
    return Number(row?.['users']);
  } finally {
    database.close();
  }
}

function probeFolder(folder: string): { isGood: boolean; message: string } {
  if (!existsSync(folder)) return { isGood: true, message: 'not there yet: the first start makes it and its folder' };
  try {
    accessSync(folder, constants.W_OK);
    return { isGood: true, message: 'not there yet: the first start makes it' };
  } catch {
    return { isGood: false, message: `not there yet, and the folder ${folder} may not be written to` };
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
    return { ...report, isGood: true, message: 'not there yet: the first start makes it' };
  }
  try {
    loadMasterKey({ environmentValue, file, random, mayCreate: false });
    return { ...report, isGood: true, message: 'is there' };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { ...report, isGood: false, message: error.message.replace(/\.$/, '') };
  }
}
