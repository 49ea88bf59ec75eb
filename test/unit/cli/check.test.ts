import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCheck } from '../../../src/cli/check.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { loadMasterKey, openSqliteStorage } from '../../../src/storage/index.ts';
import { captureIo } from '../../support/captured-io.ts';
import { soundConfig, soundExcept } from '../../support/config-text.ts';
import { ScriptedHomeServer } from '../../support/home-server.ts';
import type { Script } from '../../support/home-server.ts';

let folder: string;
const started: ScriptedHomeServer[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-check-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  rmSync(folder, { recursive: true });
});

const SECRET = 'home-server-secret';

async function check(text: string, options: { json?: boolean; env?: Record<string, string> } = {}) {
  writeFileSync(join(folder, 'sallyport.yaml'), text, { mode: 0o600 });
  const io = captureIo({ cwd: folder, env: options.env ?? {} });
  const status = await runCheck({ config: 'sallyport.yaml', json: options.json }, io);
  return { status, io };
}

async function homeServer(script: Script): Promise<ScriptedHomeServer> {
  const server = await ScriptedHomeServer.start(script, { secret: SECRET });
  started.push(server);
  return server;
}

/** `check` with one home server; gives the line that tells of it. */
async function checkWith(port: number, more = '', primary = '') {
  const server = `{ address: 127.0.0.1, port: ${port}, secret: ${SECRET}${more} }`;
  const text = soundExcept('{ type: local }', `{ type: radius, servers: [${server}], timeoutSeconds: 0.1${primary} }`);
  const { status, io } = await check(text);
  const line = io.shown.split('\n').find((shown) => shown.includes('home server local')) ?? '';
  return { status, line: line.replace(`127.0.0.1:${port}`, 'HOST').replace(/\d+ ms/, 'N ms') };
}

describe('check of a wrong configuration', () => {
  it('prints every problem as it would be clicked, and ends with 2', async () => {
    const { status, io } = await check(soundExcept('primary: local', 'primary: locla\n    colour: red'));
    expect(status).toBe(2);
    expect(io.complained).toBe(
      'sallyport.yaml:7:5 clients[0].primary: "locla" is no name under primaries, did you mean "local"?\n' +
        'sallyport.yaml:8:5 clients[0].colour: unknown key\n',
    );
    expect(io.shown).toBe('');
  });

  it('prints them as JSON where that is wanted', async () => {
    const { status, io } = await check(`${soundConfig}extra: 1\n`, { json: true });
    expect(status).toBe(2);
    expect(JSON.parse(io.shown)).toEqual({
      valid: false,
      problems: [{ file: 'sallyport.yaml', line: 12, column: 1, path: 'extra', message: 'unknown key' }],
    });
  });
});

describe('check of a sound configuration', () => {
  it('sums it up without its secrets', async () => {
    const { status, io } = await check(`${soundConfig}console: {}\n`);
    expect(status).toBe(0);
    expect(io.shown).toContain('sallyport.yaml is valid.');
    expect(io.shown).toContain('Listening on udp 127.0.0.1:1812');
    expect(io.shown).toMatch(/│ vpn +│ 127\.0\.0\.1 +│ generic +│ required +│ local +│ default +│ +60 s │/);
    expect(io.shown).toMatch(/│ default │ totp +│ deny/);
    expect(io.shown).not.toContain('Warnings');
    expect(io.shown).not.toContain('sixteen-octets-and-more');
    expect(io.complained).toBe('');
  });

  it('prints warnings with their place, which fail nothing', async () => {
    const { status, io } = await check(soundExcept('sixteen-octets-and-more', 'short'));
    expect(status).toBe(0);
    expect(io.shown).toContain('Warnings\nsallyport.yaml:6:5 clients[0].secret: this shared secret has 5 characters');
  });

  it('prints everything as one JSON value', async () => {
    const { status, io } = await check(soundExcept('sixteen-octets-and-more', 'short'), { json: true });
    expect(status).toBe(0);
    expect(JSON.parse(io.shown)).toMatchObject({
      valid: true,
      server: { id: 'gate-1', listen: ['udp 127.0.0.1:1812'], console: 'off' },
      clients: [{ name: 'vpn', address: ['127.0.0.1'], primary: ['local'] }],
      policies: [{ name: 'default', factors: ['totp'] }],
      warnings: [{ path: 'clients[0].secret', line: 6 }],
      probes: [{ kind: 'listener' }, { kind: 'master key' }, { kind: 'database' }],
    });
  });

  it('makes nothing: neither data folder nor key nor database', async () => {
    const { io } = await check(soundConfig);
    const made = 'not there yet: the first start makes it and its folder';
    expect(io.shown).toContain(`✓ master key ${folder}/data/master.key: ${made}`);
    expect(io.shown).toContain(`✓ database ${folder}/data/sallyport.db: ${made}`);
    expect((await check(soundConfig)).io.shown).toBe(io.shown);
  });

  it('fails for an address that is not this machine’s', async () => {
    const { status, io } = await check(soundExcept('  id: gate-1\n', '  listen: [{ address: 192.0.2.77 }]\n'));
    expect(status).toBe(1);
    expect(io.shown).toContain('✗ listener udp 192.0.2.77 port 1812: the address is none of this machine');
  });
});

describe('check of the data folder', () => {
  async function makeDatabase(): Promise<void> {
    const random = createSystemRandom();
    const file = join(folder, 'data', 'master.key');
    const { key } = loadMasterKey({ file, random, mayCreate: true });
    const storage = await openSqliteStorage(
      { file: join(folder, 'data', 'sallyport.db'), writer: 'on-demand' },
      { masterKey: key, clock: systemClock, random, logger: silentLogger },
    );
    await storage.users.addUser('alice', {});
    await storage.close();
  }

  it('opens the database and counts its users', async () => {
    await makeDatabase();
    const { status, io } = await check(soundConfig);
    expect(status).toBe(0);
    expect(io.shown).toContain(`✓ database ${folder}/data/sallyport.db: opens, 1 user\n`);
    expect(io.shown).toContain(`✓ master key ${folder}/data/master.key: is there\n`);
  });

  it('fails for a database without its key', async () => {
    await makeDatabase();
    rmSync(join(folder, 'data', 'master.key'));
    const { status, io } = await check(soundConfig);
    expect(status).toBe(1);
    expect(io.shown).toMatch(/✗ master key .*no master key/);
  });

  it('fails for the key of another database', async () => {
    await makeDatabase();
    writeFileSync(join(folder, 'data', 'master.key'), Buffer.alloc(32, 1).toString('base64'), { mode: 0o600 });
    const { status, io } = await check(soundConfig);
    expect(status).toBe(1);
    expect(io.shown).toMatch(/✗ master key .*: is another than the database belongs to/);
  });

  it('fails for a folder that cannot be made', async () => {
    const { status, io } = await check(soundExcept('  id: gate-1\n', '  dataDir: ./sallyport.yaml/in/it\n'));
    expect(status).toBe(1);
    const why = `cannot be made: ${folder}/sallyport.yaml may not be written to (a part of its path is no folder)`;
    expect(io.shown).toContain(`✗ master key ${folder}/sallyport.yaml/in/it/master.key: not there yet, and ${why}`);
    expect(io.shown).toContain(`✗ database ${folder}/sallyport.yaml/in/it/sallyport.db: not there yet, and ${why}`);
  });

  // Nothing is closed to root.
  it.skipIf(process.getuid?.() === 0)('fails for a database that can only be read', async () => {
    await makeDatabase();
    for (const closed of [join(folder, 'data', 'sallyport.db'), join(folder, 'data')]) {
      const { mode } = statSync(closed);
      chmodSync(closed, mode & 0o555);
      const { status, io } = await check(soundConfig);
      chmodSync(closed, mode);
      expect(status).toBe(1);
      expect(io.shown).toContain(`can be read only: ${closed} may not be written to (permission denied)`);
    }
  });

  it('fails for a file that is no database', async () => {
    await makeDatabase();
    writeFileSync(join(folder, 'data', 'sallyport.db'), 'not a database at all, only text');
    const { status, io } = await check(soundConfig);
    expect(status).toBe(1);
    expect(io.shown).toMatch(/✗ database .*cannot be read/);
  });

  it('fails for a master key in the environment that is none', async () => {
    const { status, io } = await check(soundConfig, { env: { SALLYPORT_MASTER_KEY: 'short-and-wrong' } });
    expect(status).toBe(1);
    expect(io.shown).toMatch(/✗ master key SALLYPORT_MASTER_KEY: .*not 32 octets/);
    expect(io.shown).not.toContain('short-and-wrong');
  });
});

describe('check of a home server', () => {
  const status: Script = (packet) => {
    if (packet.code === 'Status-Server') packet.accept();
  };

  it('that answers Status-Server finds it alive, and asked with a signed packet', async () => {
    const server = await homeServer(status);
    expect(await checkWith(server.port)).toEqual({
      status: 0,
      line: '✓ home server local HOST: alive, answered Status-Server after N ms',
    });
    expect(server.asked.map(({ code, isSigned }) => ({ code, isSigned }))).toEqual([
      { code: 'Status-Server', isSigned: true },
    ]);
  });

  it('that knows only logins finds it alive by the login of nobody, and says what to set', async () => {
    const server = await homeServer((packet) => {
      if (packet.code === 'Access-Request') packet.reject();
    });
    expect(await checkWith(server.port)).toEqual({
      status: 0,
      line: '✓ home server local HOST: alive, refused a made-up user after N ms; it does not answer Status-Server: set `statusServer: false`',
    });
    expect(server.asked.at(-1)).toMatchObject({ username: 'sallyport-check', isSigned: true });
  });

  it('does not ask for its status where the configuration says that it has none', async () => {
    const server = await homeServer((packet) => packet.reject());
    expect(await checkWith(server.port, '', ', statusServer: false')).toEqual({
      status: 0,
      line: '✓ home server local HOST: alive, refused a made-up user after N ms',
    });
    expect(server.count('Status-Server')).toBe(0);
  });

  it('that has another secret says so', async () => {
    const server = await homeServer((packet) => packet.reply('Access-Accept', [], { secret: 'another' }));
    expect(await checkWith(server.port)).toEqual({
      status: 1,
      line: '✗ home server local HOST: it answers, but with another shared secret: compare the secret on both sides',
    });
  });

  it('believes the right answer that comes after a false one', async () => {
    const server = await homeServer((packet) => {
      packet.reply('Access-Accept', [], { secret: 'another' });
      packet.accept();
    });
    expect((await checkWith(server.port)).status).toBe(0);
  });

  it('does not believe an answer to another question', async () => {
    const server = await homeServer((packet) => {
      packet.reply('Access-Accept', [], { identifier: (packet.decoded.identifier + 1) % 256 });
    });
    expect((await checkWith(server.port)).line).toContain('no answer');
  });

  it('that does not sign fails where it must sign, and only there', async () => {
    const server = await homeServer((packet) => packet.reply('Access-Accept', [], { messageAuthenticator: false }));
    const { status: required, line } = await checkWith(server.port);
    expect(required).toBe(1);
    expect(line).toContain('without a valid Message-Authenticator (CVE-2024-3596)');
    expect((await checkWith(server.port, ', messageAuthenticator: when-present')).status).toBe(0);
  });

  it('that stays silent names what may be wrong, after four transmissions', async () => {
    const server = await homeServer(() => undefined);
    expect(await checkWith(server.port)).toEqual({
      status: 1,
      line: '✗ home server local HOST: no answer: it is down, a firewall is between, it does not know this machine as a client, or the shared secret differs',
    });
    expect(server.asked.map(({ code }) => code)).toEqual([
      'Status-Server',
      'Status-Server',
      'Access-Request',
      'Access-Request',
    ]);
  });

  it('that is not running says that nobody listens', async () => {
    const server = await homeServer(() => undefined);
    await started.pop()?.stop();
    expect(await checkWith(server.port)).toEqual({
      status: 1,
      line: '✗ home server local HOST: cannot be reached: no program listens on that port',
    });
  });

  it('is not upset by octets that are no packet', async () => {
    const server = await homeServer((packet) => {
      packet.send(Buffer.from('nonsense'));
      packet.accept();
    });
    expect((await checkWith(server.port)).status).toBe(0);
  });
});
