import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { phoneShows, TOKEN_SECRET, wrongPasscode } from '../support/phone.ts';
import { Program, run, type Finished } from '../support/process.ts';
import { MAIN } from '../support/sallyport.ts';

const SHIPPED = join(import.meta.dirname, '../../config/sallyport.yaml');
const CONFIG = 'config/sallyport.yaml';
const PASSWORD = 'through-the-looking-glass';

describe('the first start of the configuration as it is shipped', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-first-'));
  const outputs: string[] = [];
  let server: Program;

  const command = async (args: readonly string[], input = ''): Promise<Finished> => {
    const finished = await run(process.execPath, [MAIN, ...args, '--config', CONFIG], { cwd: folder, input });
    outputs.push(finished.stdout, finished.stderr);
    return finished;
  };
  const start = async (): Promise<Program> => {
    const program = await Program.start(process.execPath, [MAIN, 'serve', '--config', CONFIG], { cwd: folder });
    await program.waitFor(/"msg":"ready on /);
    return program;
  };
  const made = (): Record<string, Buffer> =>
    Object.fromEntries(
      ['master.key', 'loopback.secret'].map((name) => [name, readFileSync(join(folder, 'data', name))]),
    );

  beforeAll(async () => {
    cpSync(SHIPPED, join(folder, CONFIG));
    const [udp, tcp] = await freePorts();
    const text = readFileSync(SHIPPED, 'utf8').replace('port: 1812 }', `port: ${udp} }`).replace('8812', String(tcp));
    writeFileSync(join(folder, CONFIG), text);
    server = await start();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('makes a master key and the shared secret of loopback, for their owner only, and says where', () => {
    for (const name of ['master.key', 'loopback.secret', 'sallyport.db']) {
      expect(statSync(join(folder, 'data', name)).mode & 0o777, name).toBe(0o600);
    }
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect(server.output).toContain(join(folder, 'data', 'master.key'));
    expect(server.output).toContain(join(folder, 'data', 'loopback.secret'));
  });

  it('says where it listens, and what is missing', () => {
    expect(server.output).toMatch(/"msg":"ready on 127\.0\.0\.1:\d+\/udp"/);
    expect(server.output).toMatch(/there are no users yet: sallyport user add NAME/);
  });

  it('lets in the first user: added, given a token and logged in with three commands', async () => {
    expect(await command(['user', 'add', 'alice', '--password-stdin'], `${PASSWORD}\n`)).toMatchObject({ status: 0 });
    const token = await command(['token', 'add', 'alice', '--type', 'totp', '--secret-stdin'], `${TOKEN_SECRET}\n`);
    expect(token).toMatchObject({ status: 0 });
    const login = await command(['login', '--user', 'alice'], `${PASSWORD}\n${phoneShows()}\n`);
    expect(login).toMatchObject({ status: 0, stderr: '' });
    expect(login.stdout).toMatch(/^Access-Challenge: Enter the passcode.*\nAccess-Accept/);
  });

  it('refuses wrong passcodes with status 1, and says so', async () => {
    const wrong = [1, 2, 3].map((number) => wrongPasscode(number)).join('\n');
    const login = await command(['login', '--user', 'alice'], `${PASSWORD}\n${wrong}\n`);
    expect(login.status).toBe(1);
    expect(login.stdout).toMatch(/Access-Reject: The passcode is wrong/);
  });

  it('makes nothing new at the second start', async () => {
    const before = made();
    outputs.push(server.output);
    expect(await server.stop()).toEqual({ status: 0, signal: null });
    server = await start();
    expect(made()).toEqual(before);
    expect(server.output).not.toMatch(/made a/);
    expect(server.output).not.toMatch(/no users/);
    expect(
      readdirSync(join(folder, 'data'))
        .filter((name) => !name.startsWith('sallyport.db'))
        .sort(),
    ).toEqual(['loopback.secret', 'master.key']);
  });

  it('shows no secret anywhere', async () => {
    await command(['user', 'show', 'alice']);
    await command(['token', 'list']);
    await command(['report', '--json']);
    await command(['check']);
    const shown = [...outputs, server.output].join('\n');
    const secrets = [...Object.values(made()).map((octets) => octets.toString().trim()), PASSWORD, TOKEN_SECRET];
    expect(secrets.every((secret) => secret.length >= 16)).toBe(true);
    for (const secret of secrets) expect(shown.includes(secret)).toBe(false);
    expect(shown).toContain('alice');
  });
});

async function freePorts(): Promise<[udp: number, tcp: number]> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  const listener = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(socket, 'listening'), once(listener, 'listening')]);
  const ports: [number, number] = [socket.address().port, (listener.address() as { port: number }).port];
  await Promise.all([new Promise<void>((resolve) => socket.close(resolve)), new Promise((resolve) => listener.close(resolve))]); // prettier-ignore
  return ports;
}
