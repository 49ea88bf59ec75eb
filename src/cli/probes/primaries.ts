import type { Config, HomeServerConfig, RadiusPrimaryConfig } from '../../config/index.ts';
import { hostAndPort } from '../../lib/ip.ts';
import { askInTls } from './home-server-tls.ts';
import { askHomeServer } from './home-server.ts';
import type { HomeServerAnswer, ProbeDeps } from './home-server.ts';
import type { ProbeReport } from './probe.ts';

// Longer than a living server on the same network takes; `check` should not keep an operator waiting.
const MAX_WAIT_MS = 2000;

/** Asks every home server of every primary, all at the same time. */
export async function probePrimaries({ primaries }: Config, deps: ProbeDeps): Promise<ProbeReport[]> {
  const asked = Object.entries(primaries).flatMap(([name, primary]) =>
    primary.type === 'radius' ? primary.servers.map((server) => probeOne(name, primary, server, deps)) : [],
  );
  return Promise.all(asked);
}

async function probeOne(
  name: string,
  primary: RadiusPrimaryConfig,
  server: HomeServerConfig,
  deps: ProbeDeps,
): Promise<ProbeReport> {
  const waitMs = Math.min(primary.timeoutSeconds * 1000, MAX_WAIT_MS);
  const questions = primary.statusServer ? (['status-server', 'login'] as const) : (['login'] as const);
  const ask = server.tls === undefined ? askHomeServer : askInTls;
  const answer = await ask(server, { questions, waitMs }, deps);
  return {
    kind: 'home server',
    subject: `${name} ${hostAndPort(server.address, server.port)}`,
    isGood: answer.kind === 'alive',
    message: describe(answer, primary),
  };
}

function describe(answer: HomeServerAnswer, primary: RadiusPrimaryConfig): string {
  switch (answer.kind) {
    case 'alive':
      return alive(answer.to, Math.round(answer.tookMs), primary.statusServer);
    case 'wrong-secret':
      return 'it answers, but with another shared secret: compare the secret on both sides';
    case 'unsigned':
      return (
        'it answers without a valid Message-Authenticator (CVE-2024-3596): update it, ' +
        'or set `messageAuthenticator: when-present` for this server'
      );
    case 'silent':
      return (
        'no answer: it is down, a firewall is between, it does not know this machine as a client, ' +
        'or the shared secret differs'
      );
    case 'unreachable':
      return `cannot be reached: ${answer.cause}`;
  }
}

function alive(to: 'status-server' | 'login', tookMs: number, isStatusServerOn: boolean): string {
  if (to === 'status-server') return `alive, answered Status-Server after ${tookMs} ms`;
  const advice = isStatusServerOn ? '; it does not answer Status-Server: set `statusServer: false`' : '';
  return `alive, refused a made-up user after ${tookMs} ms${advice}`;
}
