import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freeTcpPort, freeUdpPort } from '../../peers/loopback.ts';
import { startServer } from './program.ts';
import type { RunningServer } from './program.ts';
import type { EnrolledUsers } from './users.ts';
import type { Workspace } from './workspace.ts';

/** A Sallyport of the benchmark. */
export interface SallyportPlan {
  /** Also the name of its folder in the workspace. */
  readonly name: string;
  readonly factors: readonly ('hotp' | 'push' | 'totp')[];
  /** Rules of the policy that are looked at for each login, and match none. */
  readonly rules?: number;
  /** With a factor: who may log in. */
  readonly users?: EnrolledUsers;
  /** Added to Node's arguments (`--cpu-prof …`). */
  readonly nodeArgs?: readonly string[];
}

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const MOST_A_MINUTE = 1_000_000;
const MOST_A_MINUTE_AND_USER = 100_000;
const CLIENT_SECRET = 'the-clients-shared-secret';

/** Where a Sallyport's files are: made once, so that it can be started several times on the same data. */
export interface SallyportInstallation {
  /** Where its console answers; empty where it has none. */
  readonly consoleUrl: string;
  start(): Promise<RunningServer>;
}

/** Starts Sallyport in front of `home`, as an operator would run it: default settings wherever nothing else is needed. */
export async function startSallyport(
  workspace: Workspace,
  home: RunningServer,
  plan: SallyportPlan,
): Promise<RunningServer> {
  return (await installSallyport(workspace, home, plan)).start();
}

/** Writes its configuration and data. */
export async function installSallyport(
  workspace: Workspace,
  home: RunningServer,
  plan: SallyportPlan,
): Promise<SallyportInstallation> {
  const folder = await workspace.subfolder(plan.name);
  const dataDir = join(folder, 'data');
  await mkdir(dataDir, { mode: 0o700 });
  await plan.users?.copyTo(dataDir);
  const port = await freeUdpPort();
  const consolePort = plan.factors.includes('push') ? await freeTcpPort() : undefined;
  const file = join(folder, 'sallyport.yaml');
  const content = { ...configuration(dataDir, port, home, plan), ...pushSettings(consolePort) };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(content, null, 2), { mode: 0o600 });
  return {
    consoleUrl: consolePort === undefined ? '' : `http://127.0.0.1:${consolePort}`,
    start: () =>
      startServer({
        name: plan.name,
        command: process.execPath,
        args: [...(plan.nodeArgs ?? []), MAIN, 'serve', '--config', file],
        logFile: join(folder, 'log'),
        readyLine: /"msg":"ready/,
        port,
        sharedSecret: CLIENT_SECRET,
      }),
  };
}

function configuration(
  dataDir: string,
  port: number,
  home: RunningServer,
  { factors, rules = 0 }: SallyportPlan,
): object {
  return {
    server: { id: 'bench-1', dataDir, listen: [{ protocol: 'udp', address: '127.0.0.1', port }] },
    clients: [
      {
        name: 'vpn',
        address: ['127.0.0.0/8'],
        secret: CLIENT_SECRET,
        primary: 'home',
        messageAuthenticator: 'required',
        timeoutSeconds: 600,
        outOfBand: 'hold',
      },
    ],
    primaries: {
      home: {
        type: 'radius',
        servers: [
          { address: '127.0.0.1', port: home.port, secret: home.sharedSecret, messageAuthenticator: 'required' },
        ],
      },
    },
    policies: { default: { factors, ...(rules > 0 && { rules: Array.from({ length: rules }, ruleOf) }) } },
    // All logins are from one address, and may be of ten users.
    limits: { perAddressPerMinute: MOST_A_MINUTE, perUserPerMinute: MOST_A_MINUTE_AND_USER },
    log: { level: 'info', format: 'json' },
  };
}

// Phones that poll: nothing is sent, so that no other program is measured with it. Nobody answers before the end.
function pushSettings(consolePort: number | undefined): object {
  if (consolePort === undefined) return {};
  return {
    console: { address: '127.0.0.1', port: consolePort, publicUrl: 'https://gate.example.com' },
    factors: {
      push: { ttlSeconds: 590, numberMatching: false, privacyidea: {} },
      limits: { perClientInFiveMinutes: 20_000, inFiveMinutes: 20_000 },
    },
  };
}

// By user, group and address in turn, as rules of an organisation are.
function ruleOf(_: unknown, index: number): object {
  const when = [
    { user: `somebody-${index}` },
    { group: `group-${index}` },
    { address: `10.${(index >> 8) & 255}.${index & 255}.0/24`, group: `group-${index}` },
  ][index % 3];
  return { when, then: 'deny' };
}
