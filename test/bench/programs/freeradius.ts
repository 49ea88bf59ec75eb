import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeUdpPort } from '../../peers/loopback.ts';
import { homeServerConfig, proxyConfig } from './freeradius-config.ts';
import type { FreeradiusPlan } from './freeradius-config.ts';
import { startServer } from './program.ts';
import type { RunningServer } from './program.ts';
import type { Workspace } from './workspace.ts';

const PLACES = ['/usr/sbin/freeradius', '/usr/sbin/radiusd'];
const HOME_SECRET = 'the-home-servers-shared-secret';
const PROXY_SECRET = 'the-clients-shared-secret';

/** Threads a FreeRADIUS proxy works with; `none` handles all in its one main thread (`-t`). */
export type FreeradiusThreads = number | 'none';

/** Where FreeRADIUS is installed; `undefined` when it is not. */
export function findFreeradius(): string | undefined {
  return PLACES.find((place) => existsSync(place));
}

/** The home server behind every proxy of the benchmark; one thread, which is its cheapest. */
export async function startHomeServer(workspace: Workspace): Promise<RunningServer> {
  const plan = await makePlan(workspace, 'home', HOME_SECRET);
  return start('home server', plan, homeServerConfig(plan), 'none');
}

/** FreeRADIUS as a proxy in front of `home`. */
export async function startFreeradiusProxy(
  workspace: Workspace,
  home: RunningServer,
  threads: FreeradiusThreads,
  folder = 'freeradius',
): Promise<RunningServer> {
  const plan = await makePlan(workspace, `${folder}-${threads}`, PROXY_SECRET);
  const behind = { folder: '', port: home.port, sharedSecret: home.sharedSecret };
  const config = proxyConfig(plan, behind, threads === 'none' ? 1 : threads);
  return start(threads === 'none' ? 'FreeRADIUS, no threads' : `FreeRADIUS, ${threads} threads`, plan, config, threads);
}

async function makePlan(workspace: Workspace, name: string, sharedSecret: string): Promise<FreeradiusPlan> {
  return { folder: await workspace.subfolder(name), port: await freeUdpPort(), sharedSecret };
}

async function start(
  name: string,
  plan: FreeradiusPlan,
  config: string,
  threads: FreeradiusThreads,
): Promise<RunningServer> {
  const command = findFreeradius();
  if (command === undefined) throw new Error('FreeRADIUS is not installed (Debian: apt-get install freeradius)');
  await writeFile(join(plan.folder, 'radiusd.conf'), config, { mode: 0o600 });
  return startServer({
    name,
    command,
    args: ['-f', '-l', 'stdout', '-d', plan.folder, ...(threads === 'none' ? ['-t'] : [])],
    logFile: join(plan.folder, 'log'),
    readyLine: /Ready to process requests/,
    port: plan.port,
    sharedSecret: plan.sharedSecret,
  });
}
