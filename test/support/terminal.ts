import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { vi } from 'vitest';
import type { ConfigArguments } from '../../src/cli/configuration.ts';
import type { CliIo, ExitStatus } from '../../src/cli/io.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { loadMasterKey, openSqliteStorage } from '../../src/storage/index.ts';
import type { Storage } from '../../src/storage/index.ts';

/** What a command printed and how it ended. */
export interface Played {
  readonly status: ExitStatus;
  readonly out: string;
  readonly err: string;
}

/** What stands around a command. */
export interface Surroundings {
  /** Piped into standard input. */
  readonly stdin?: string;
  /**
   * What a person types at which prompt; standard input is a terminal then, and standard error mocked: call
   * `vi.restoreAllMocks` after the test.
   */
  readonly typed?: readonly (readonly [prompt: string, line: string])[];
  readonly env?: Readonly<Record<string, string>>;
}

const CONFIG = `
server: { dataDir: ../data, listen: [{ protocol: udp, address: 127.0.0.1, port: 0 }] }
clients:
  - { name: vpn, address: 127.0.0.1/32, secret: a-shared-secret-of-enough-octets, primary: local, policy: default }
primaries: { local: { type: local } }
policies: { default: { factors: [totp, hotp] } }
`;

/** A folder with a configuration, in which commands are played against a real store. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
  readonly config = 'config/sallyport.yaml';
  readonly database = join(this.folder, 'data', 'sallyport.db');

  constructor() {
    mkdirSync(join(this.folder, 'config'));
    this.write(this.config, CONFIG);
  }

  /** Writes a file below the folder. */
  write(name: string, content: string | Buffer): void {
    writeFileSync(join(this.folder, name), content);
  }

  /** Runs a command as if typed in this folder. */
  async play<Arguments extends ConfigArguments>(
    run: (args: Arguments, io: CliIo) => Promise<ExitStatus>,
    args: Omit<NoInfer<Arguments>, 'config'>,
    surroundings: Surroundings = {},
  ): Promise<Played> {
    const out: string[] = [];
    const err: string[] = [];
    const io: CliIo = {
      stdin: createStdin(surroundings),
      out: (text) => void out.push(text.endsWith('\n') ? text : `${text}\n`),
      err: (text) => void err.push(text.endsWith('\n') ? text : `${text}\n`),
      env: surroundings.env ?? {},
      isTerminal: false,
      cwd: this.folder,
    };
    const status = await run({ ...args, config: this.config } as Arguments, io);
    return { status, out: out.join(''), err: err.join('') };
  }

  /** Opens the store that the commands work on; nothing else may have it open meanwhile. */
  async useStorage<Result>(use: (storage: Storage) => Promise<Result>): Promise<Result> {
    const random = createSystemRandom();
    const file = join(this.folder, 'data', 'master.key');
    const masterKey = loadMasterKey({ file, random, mayCreate: true }).key;
    const deps = { masterKey, clock: systemClock, random, logger: silentLogger };
    const storage = await openSqliteStorage({ file: this.database }, deps);
    try {
      return await use(storage);
    } finally {
      await storage.close();
    }
  }

  /** Removes the folder. */
  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function createStdin({ stdin, typed }: Surroundings): CliIo['stdin'] {
  if (typed === undefined) return Readable.from(stdin === undefined ? [] : [Buffer.from(stdin)]);
  const keyboard: PassThrough & { isTTY?: boolean } = new PassThrough();
  keyboard.isTTY = true;
  const waiting = [...typed];
  vi.spyOn(process.stderr, 'write').mockImplementation((shown) => {
    const [prompt, line] = waiting[0] ?? [];
    if (prompt === undefined || !String(shown).includes(`? `) || !String(shown).includes(prompt)) return true;
    waiting.shift();
    // The prompt begins to listen only after it is shown.
    setTimeout(() => keyboard.write(`${line ?? ''}\r`), 20);
    return true;
  });
  return keyboard;
}
