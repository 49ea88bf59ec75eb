import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStorage } from '../../src/storage/index.ts';
import type { Storage } from '../../src/storage/index.ts';
import { collect, newToken, passcodeClaim } from '../contract/storage.ts';
import { Program } from '../support/process.ts';
import { sqliteDeps, temporaryFolder } from '../unit/storage/sqlite-store.ts';

const CLIENT = join(import.meta.dirname, 'storage-client.ts');
const TOKENS = 8;

/** What a process said had been done: no line is cut, for the last may be. */
function acknowledged(program: Program): {
  readonly spent: [serial: string, counter: number][];
  readonly ids: string[];
} {
  const lines = program.stdout.split('\n').slice(0, -1);
  const spent = lines.flatMap((line): [string, number][] => {
    const [, serial, counter] = /^spent (\S+) (\d+)$/.exec(line) ?? [];
    return serial === undefined ? [] : [[serial, Number(counter)]];
  });
  const recorded = lines.flatMap((line) => /^recorded (\S+)$/.exec(line)?.[1] ?? []);
  return { spent, ids: [...recorded, ...spent.map(([serial, counter]) => `${serial}/${counter}`)] };
}

describe('processes that share a SQLite store', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;
  const programs: Program[] = [];

  beforeEach(async () => {
    folder = temporaryFolder();
    file = join(folder.path, 'sallyport.db');
    const storage = await open();
    for (const name of ['one', 'two']) {
      const user = await storage.users.addUser(name, {});
      for (let number = 0; number < TOKENS; number += 1) {
        await storage.tokens.addToken(newToken(user.id, { type: 'hotp', serial: `${name}-${number}` }));
      }
    }
    await storage.close();
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) await program.kill();
    folder.remove();
  });

  const open = (): Promise<Storage> => openSqliteStorage({ file }, sqliteDeps());
  const start = async (name: string): Promise<Program> => {
    const program = await Program.start(process.execPath, [CLIENT, file, name]);
    programs.push(program);
    return program;
  };
  const expectKept = async (storage: Storage, ids: readonly string[]): Promise<void> => {
    expect(await storage.events.verifyChain()).toMatchObject({ kind: 'intact' });
    const kept = new Set((await collect(storage)).map(({ id }) => id));
    expect(ids.filter((id) => !kept.has(id))).toEqual([]);
  };
  const expectSpentOnce = async (storage: Storage): Promise<void> => {
    const accepted = (await collect(storage, { verdict: 'accept' })).map(({ id }) => id);
    expect(new Set(accepted).size).toBe(accepted.length);
  };

  it(
    'keep every acknowledged event, and let no acknowledged passcode pass again, when killed at any moment',
    { timeout: 120_000 },
    async () => {
      const ids: string[] = [];
      for (let round = 0; round < 6; round += 1) {
        const program = await start('one');
        await program.waitFor(new RegExp(`(?:.*\\n){${randomInt(1, 3_000)}}`), { timeoutMs: 30_000 });
        expect(await program.kill()).toMatchObject({ signal: 'SIGKILL' });
        const said = acknowledged(program);
        expect(said.ids.length).toBeGreaterThan(0);
        ids.push(...said.ids);

        const storage = await open();
        await expectKept(storage, said.ids);
        await expectSpentOnce(storage);
        const tokens = new Map((await storage.tokens.listTokens()).map((token) => [token.serial, token]));
        for (const [serial, counter] of said.spent) {
          const token = tokens.get(serial);
          expect(token?.type === 'push' ? -1 : token?.lastCounter).toBeGreaterThanOrEqual(counter);
        }
        for (const [serial, counter] of said.spent.slice(-TOKENS)) {
          const token = tokens.get(serial)!;
          const again = storage.ledger.spend(passcodeClaim({ id: token.userId }, token, counter));
          expect(await again).toBe('replayed');
        }
        await storage.close();
      }
      expect(ids.length).toBeGreaterThan(6);
    },
  );

  it('write, read and administer it at the same time', { timeout: 60_000 }, async () => {
    const [one, two] = [await start('one'), await start('two')];
    const storage = await open();
    for (let number = 0; number < 30; number += 1) {
      const user = await storage.users.addUser(`user-${number}`, {});
      const token = await storage.tokens.addToken(newToken(user.id, { serial: `T-${number}` }));
      expect(await storage.ledger.spend(passcodeClaim(user, token, 1))).toBe('spent');
      expect(await storage.events.verifyChain()).toMatchObject({ kind: 'intact' });
      expect(storage.directory.findUser(`USER-${number}`)).toMatchObject({ id: user.id });
    }
    for (const program of [one, two]) {
      await program.waitFor(/spent/);
      program.closeInput();
      expect(await program.exited).toEqual({ status: 0, signal: null });
      expect(program.stderr).toBe('');
      await expectKept(storage, acknowledged(program).ids);
    }
    const spends = (await collect(storage, { reason: 'both-doors' })).length;
    expect(spends).toBe(acknowledged(one).spent.length + acknowledged(two).spent.length + 30);
    await storage.close();
  });

  it(
    'fail closed while the disk refuses writes, half-write nothing, and go on afterwards',
    { timeout: 60_000 },
    async () => {
      const program = await start('one');
      await program.waitFor(/spent one-0 20\n/, { timeoutMs: 20_000 });
      await limitFileSize(program.pid, '4096');
      await program.waitFor(/(?:failed io-failed\n){100}/);
      await limitFileSize(program.pid, 'unlimited');
      await program.waitFor(/spent/, { from: program.output.lastIndexOf('failed') });
      program.closeInput();
      expect(await program.exited).toEqual({ status: 0, signal: null });
      const storage = await open();
      await expectKept(storage, acknowledged(program).ids);
      await expectSpentOnce(storage);
      await storage.close();
    },
  );
});

/** The kernel refuses the process any write beyond that many octets into a file. */
async function limitFileSize(pid: number, octets: string): Promise<void> {
  const limiter = await Program.start('prlimit', ['--pid', String(pid), `--fsize=${octets}:unlimited`]);
  expect(await limiter.exited).toMatchObject({ status: 0 });
}
