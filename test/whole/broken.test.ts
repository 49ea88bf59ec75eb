import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

import { phoneShows } from '../support/phone.ts';
import { run, type Finished } from '../support/process.ts';
import { MAIN, startSallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { addCrowd } from '../support/store.ts';
import { enrolAll, openNas, PASSWORD, Visitor } from './visitor.ts';

const SECRET = 'the-shared-secret-of-this-test';

describe('a start that cannot succeed', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-broken-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const serve = (config: string | object, env: Record<string, string> = {}): Promise<Finished> => {
    writeFileSync(join(folder, 'sallyport.yaml'), typeof config === 'string' ? config : JSON.stringify(config));
    return run(process.execPath, [MAIN, 'serve', '--config', 'sallyport.yaml'], { cwd: folder, env });
  };
  const sound = (more: object = {}): object => ({
    server: { id: 'gate-1', dataDir: './data', listen: [{ protocol: 'udp', address: '127.0.0.1', port: 0 }] },
    clients: [{ name: 'vpn', address: '127.0.0.1', secret: SECRET, primary: 'local' }],
    primaries: { local: { type: 'local' } },
    policies: { default: { factors: ['totp'] } },
    ...more,
  });
  const database = (): string => join(folder, 'data', 'sallyport.db');
  const masterKey = (): string => join(folder, 'data', 'master.key');

  it('lists every problem of the configuration with its place, shows no secret, leaves nothing behind', async () => {
    const { status, stdout, stderr } = await serve({
      clients: [
        { name: 'vpn', address: ['10.0.0.0/8', 'not-an-address'], secret: SECRET, primary: 'nobody', timeoutSecond: 3 },
        { name: 'vpn', address: '10.0.0.0/8', secret: { env: 'NOT_SET_ANYWHERE' }, primary: 'local' },
      ],
      primaries: { local: { type: 'local' } },
      policies: { default: { factors: ['pidgeon'], lockout: { failures: 0 } } },
    });
    expect(status).toBe(2);
    expect(stdout).toBe('');
    for (const part of [
      'clients[0].address[1]',
      'nobody',
      'timeoutSecond',
      'name',
      'NOT_SET_ANYWHERE',
      'factors',
      'failures',
    ]) {
      expect(stderr, part).toContain(part);
    }
    for (const line of stderr.trim().split('\n')) expect(line).toMatch(/^\S*sallyport\.yaml:\d+:\d+ /);
    expect(stderr).not.toContain(SECRET);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('says that there is no configuration file', async () => {
    const { status, stderr } = await run(process.execPath, [MAIN, 'serve', '--config', 'nowhere.yaml'], {
      cwd: folder,
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(/nowhere\.yaml.*does not exist/);
  });

  it('says that the data folder cannot be used', async () => {
    writeFileSync(join(folder, 'data'), 'a file stands in its place');
    const { status, stderr } = await serve(sound());
    expect(status).toBe(1);
    expect(stderr).toContain(join(folder, 'data'));
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    ['cut off', (file: string) => truncateSync(file, Math.floor(statSync(file).size / 2) + 100)],
    ['empty', (file: string) => truncateSync(file, 0)],
    ['of other octets', (file: string) => writeFileSync(file, Buffer.alloc(20_000, 'garbage'))],
    ['overwritten in the middle', (file: string) => writeFileSync(file, Buffer.alloc(8192, 0xa5), { flag: 'r+' })],
  ])('refuses a database that is %s, says what to do, and leaves it as it is', async (_, tear) => {
    await addCrowd(folder, { names: Array.from({ length: 50 }, (_, index) => `user-${index}`) });
    tear(database());
    const size = statSync(database()).size;
    const { status, stderr } = await serve(sound());
    expect(status).toBe(1);
    expect(stderr).toMatch(/sallyport\.db.*restore a backup/);
    expect(statSync(database()).size).toBe(size);
  });

  it('does not make a new master key where the one of the database is lost', async () => {
    await addCrowd(folder, { names: ['ada'] });
    rmSync(masterKey());
    const { status, stderr } = await serve(sound());
    expect(status).toBe(1);
    expect(stderr).toContain(masterKey());
    expect(existsSync(masterKey())).toBe(false);
  });

  it('refuses a master key of another database, and one that others may read', async () => {
    await addCrowd(folder, { names: ['ada'] });
    const wrong = await serve(sound(), { SALLYPORT_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') });
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toMatch(/another master key/);
    chmodSync(masterKey(), 0o644);
    const exposed = await serve(sound());
    expect(exposed.status).toBe(1);
    expect(exposed.stderr).toMatch(/chmod/);
  });

  it('names the port that another program has: RADIUS or console', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    const server = createServer().listen(0, '127.0.0.1');
    await Promise.all([once(socket, 'listening'), once(server, 'listening')]);
    const udp = socket.address().port;
    const tcp = (server.address() as { port: number }).port;

    const listen = [{ protocol: 'udp', address: '127.0.0.1', port: udp }];
    const radius = await serve(sound({ server: { id: 'gate-1', dataDir: './data', listen } }));
    expect(radius.status).toBe(1);
    expect(radius.stderr).toContain(`udp 127.0.0.1 port ${udp}: another program listens there`);

    const console = await serve(sound({ console: { address: '127.0.0.1', port: tcp } }));
    expect(console.status).toBe(1);
    expect(console.stderr).toContain(`127.0.0.1 port ${tcp}: another program listens there`);
    // Nothing is wrong with the program: the log says it without the lines of code it was noticed in.
    expect(radius.stdout).toMatch(/"problem":"cannot listen on udp .*","msg":"the server cannot start"/);
    expect(radius.stdout + console.stdout).not.toContain('stack');
    socket.close();
    server.close();
  });
});

describe('a full disk', () => {
  const disk = mountSmallDisk();
  afterAll(() => disk?.unmount());
  const keep = stopAfterwards();

  it.skipIf(disk === undefined)('refuses every login and says so, and goes on when there is room again', async () => {
    const gate = await keep(startSallyport({ parent: disk!.folder }));
    await enrolAll(gate, 'ada');
    const nas = await openNas(gate);
    const ada = new Visitor(nas, 'ada');
    expect((await ada.begin(PASSWORD)).code).toBe('Access-Challenge');

    disk!.fill();
    const passcode = phoneShows();
    const seen: string[] = [];
    // What SQLite has room for in its log yet may still be written.
    for (let round = 0; round < 200 && seen.at(-1) !== 'Access-Reject'; round += 1) {
      seen.push((await new Visitor(nas, 'ada').begin(PASSWORD)).code);
    }
    expect(seen.at(-1)).toBe('Access-Reject');
    expect(await ada.answer(passcode)).toMatchObject({ code: 'Access-Reject' });
    const [line] = await gate.waitForLog(/.*The store cannot be written: every verdict is refused.*/);
    expect(line).toMatch(/"level":"error".*make room on the disk/);
    const readiness = await fetch(`${gate.consoleUrl}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.text()).toContain('make room on the disk');
    expect(await gate.metric('sallyport_storage_healthy')).toBe(0);

    disk!.free();
    expect((await ada.begin(PASSWORD)).code).toBe('Access-Challenge');
    expect((await ada.answer(passcode)).code).toBe('Access-Accept');
    expect((await fetch(`${gate.consoleUrl}/readyz`)).status).toBe(200);
    const verified = await gate.mustRun(['audit', 'verify']);
    expect(verified).toMatch(/intact/i);
    // Every verdict that left is in the log, and nothing that was refused for want of room.
    expect(await gate.events('ada')).toHaveLength(1 + (seen.length - 1) + 2);
    await nas.close();
  });
});

interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left. */
  fill(): void;
  free(): void;
  unmount(): void;
}

/** Needs the right to mount: root, and in a container the capability. */
function mountSmallDisk(): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-disk-'));
  const filler = join(folder, 'filler');
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  return {
    folder,
    fill() {
      for (const size of [65_536, 4096, 1]) {
        try {
          for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
      }
    },
    free: () => rmSync(filler),
    unmount() {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
