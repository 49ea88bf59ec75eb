import { accessSync, constants, statSync } from 'node:fs';
import type { Config, GatewayConfig } from '../../config/index.ts';
import { tryMailServer } from '../../gateways/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { causeOf } from '../../lib/file-cause.ts';
import { hostAndPort, hostOf } from '../../lib/ip.ts';
import type { ProbeReport } from './probe.ts';
import { reach } from './reach.ts';
import type { Place } from './reach.ts';

/** Tries every gateway as far as that costs nothing and reaches nobody's phone. */
export async function probeGateways({ gateways, factors }: Config, clock: Clock): Promise<ProbeReport[]> {
  const { ntfy } = factors.push;
  const pushServers = ntfy === undefined ? [] : [probePlace('ntfy', webPlace(ntfy.server), NTFY_WAIT_MS, clock)];
  const named = Object.entries(gateways).flatMap(([name, gateway]) => probe(name, gateway, clock));
  return Promise.all([...named, ...pushServers]);
}

// As long as a question to it may take.
const NTFY_WAIT_MS = 10_000;

function probe(name: string, gateway: GatewayConfig, clock: Clock): Promise<ProbeReport>[] {
  const waitMs = gateway.timeoutSeconds * 1000;
  const at = (places: readonly Place[]) => places.map((place) => probePlace(name, place, waitMs, clock));
  switch (gateway.type) {
    case 'http':
    case 'asterisk':
      return at([webPlace(gateway.url)]);
    case 'twilio':
      return at([webPlace(gateway.apiUrl)]);
    case 'vonage':
      return at([gateway.smsUrl, ...(gateway.applicationId === undefined ? [] : [gateway.voiceUrl])].map(webPlace));
    case 'smpp':
      return at([gateway]);
    case 'smtp':
      return [timed(name, gateway, clock, () => tryMailServer(gateway))];
    case 'script':
      return [Promise.resolve(probeProgram(name, gateway.command))];
  }
}

function webPlace(url: string): Place {
  const parsed = new URL(url);
  const { protocol, port } = parsed;
  const tls = protocol === 'https:';
  return { host: hostOf(parsed), port: port === '' ? (tls ? 443 : 80) : Number(port), tls };
}

function probePlace(name: string, place: Place, waitMs: number, clock: Clock): Promise<ProbeReport> {
  return timed(name, place, clock, () => reach(place, waitMs, clock));
}

async function timed(
  name: string,
  { host, port }: Pick<Place, 'host' | 'port'>,
  clock: Clock,
  attempt: () => Promise<string | undefined>,
): Promise<ProbeReport> {
  const startMs = clock.monotonicMs();
  const problem = await attempt();
  const tookMs = Math.round(clock.monotonicMs() - startMs);
  return {
    kind: 'gateway',
    subject: `${name} ${hostAndPort(host, port)}`,
    isGood: problem === undefined,
    message: problem ?? `answers after ${tookMs} ms; nothing was sent`,
  };
}

function probeProgram(name: string, command: string): ProbeReport {
  const report = { kind: 'gateway', subject: `${name} ${command}` };
  try {
    accessSync(command, constants.X_OK);
    if (statSync(command).isFile()) return { ...report, isGood: true, message: 'may be run; it was not' };
    return { ...report, isGood: false, message: 'cannot be run: it is no file' };
  } catch (error) {
    return { ...report, isGood: false, message: `cannot be run: ${causeOf(error)}` };
  }
}
