import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Program } from '../support/process.ts';
import type { Section } from '../support/sallyport.ts';
import { eapServerConfig, makeCertificates, type EapServerRules } from './freeradius-eap.ts';
import { serverConfig, usersFile, type HomeServerRules } from './freeradius-config.ts';
import { freeUdpPort, makeFolder } from './loopback.ts';
import { peerPath } from './presence.ts';

export type { HomeUser } from './freeradius-config.ts';

export interface FreeRadiusOptions extends Partial<HomeServerRules> {
  /** Default: any free one. A server that comes back takes the port of the one that was killed. */
  readonly port?: number;
  /** Whether it narrates every packet, which `requests` needs; switch it off under load. */
  readonly narrates?: boolean;
  /** Speaks CHAP, MS-CHAP and EAP too; its certificates are in `folder`. */
  readonly eap?: Pick<EapServerRules, 'namesInner'>;
}

/** A request as the home server saw it. */
export interface SeenRequest {
  /** `Access-Request`, `Status-Server` … */
  readonly code: string;
  readonly identifier: number;
  /** As FreeRADIUS prints them, the password in clear: `User-Name = "alice"`. */
  readonly attributes: readonly string[];
}

/** Debian's FreeRADIUS as a home server on 127.0.0.1. */
export interface FreeRadius {
  readonly port: number;
  readonly secret: string;
  /** Its files. */
  readonly folder: string;
  /** Everything it received so far, in order. */
  requests(): readonly SeenRequest[];
  /** What it printed. */
  log(): string;
  /** SIGKILL: it is gone without a word. */
  kill(): Promise<void>;
  /** Stops it, if it still runs, and removes its files. */
  stop(): Promise<void>;
}

const defaultRules: HomeServerRules = {
  secret: 'the-home-servers-shared-secret',
  users: [],
  signsReplies: true,
  requiresMessageAuthenticator: false,
  answersStatusServer: true,
  answersLogins: true,
};

/** Starts a home server with its own configuration and users; resolves once it answers. */
export async function startFreeRadius(options: FreeRadiusOptions = {}): Promise<FreeRadius> {
  const rules = { ...defaultRules, ...options };
  const port = options.port ?? (await freeUdpPort());
  const folder = await makeFolder('freeradius');
  const { eap } = options;
  if (eap !== undefined) await makeCertificates(folder);
  const config =
    eap === undefined
      ? serverConfig(folder, port, rules)
      : eapServerConfig(folder, port, { secret: rules.secret, ...eap });
  await writeFile(join(folder, 'radiusd.conf'), config, { mode: 0o600 });
  await writeFile(join(folder, 'users'), usersFile(rules.users), { mode: 0o600 });
  const verbosity = (options.narrates ?? true) ? ['-x'] : [];
  const program = await Program.start(peerPath('freeradius'), ['-f', '-l', 'stdout', ...verbosity, '-d', folder]);
  const stop = async (): Promise<void> => {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await program.waitFor(/Ready to process requests/);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    secret: rules.secret,
    folder,
    requests: () => readRequests(program.output),
    log: () => program.output,
    kill: async () => {
      await program.kill();
    },
    stop,
  };
}

/** What our configuration says of it, under `primaries.….servers`. */
export function homeServerSection({ port, secret }: FreeRadius, more: Section = {}): Section {
  return { address: '127.0.0.1', port, secret, ...more };
}

/** Reads `(3) Received Access-Request Id 7 from …` and the attributes below it; other requests' lines may lie between. */
function readRequests(narration: string): SeenRequest[] {
  const found: { code: string; identifier: number; attributes: string[] }[] = [];
  const open = new Map<string, { attributes: string[] }>();
  for (const line of narration.split('\n')) {
    const [, number = '', text = ''] = /^\((\d+)\) (.*)$/.exec(line) ?? [];
    const [, code, identifier] = /^Received (\S+) Id (\d+) from /.exec(text) ?? [];
    if (code !== undefined) {
      const request = { code, identifier: Number(identifier), attributes: [] };
      found.push(request);
      open.set(number, request);
    } else if (/^ {2}\S+ = /.test(text)) open.get(number)?.attributes.push(text.trim());
    else open.delete(number);
  }
  return found;
}
