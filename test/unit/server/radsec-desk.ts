import type { CertificateConfig, ClientConfig } from '../../../src/config/index.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { createPromMetrics } from '../../../src/lib/prom-metrics.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { microsoftSaltedTypes } from '../../../src/radius/index.ts';
import { createClientTable, type ClientTable } from '../../../src/server/clients.ts';
import {
  createRadsecListener,
  type RadsecListenerDeps,
  type RadsecListenerOptions,
} from '../../../src/server/listener-radsec.ts';
import type { Listener } from '../../../src/server/listener.ts';
import type { Authority, Papers } from '../../support/authority.ts';
import { clientConfig, rememberingLogger } from './desk.ts';

type ClientFields = Partial<Omit<ClientConfig, 'address'>> & { address?: string[] };

/** A client known by its certificate. */
export function certificateClient(certificate: Partial<CertificateConfig>, fields: ClientFields = {}): ClientConfig {
  const all = { dns: [], commonName: [], fingerprint: [], ...certificate };
  return inTls({ certificate: all, psk: undefined }, fields);
}

/** A client known by a key shared in advance. */
export function pskClient(identity: string, key: string, fields: ClientFields = {}): ClientConfig {
  return inTls({ certificate: undefined, psk: { identity, key: Secret.fromText(key) } }, fields);
}

function inTls(tls: NonNullable<ClientConfig['tls']>, fields: ClientFields): ClientConfig {
  const secret = Secret.fromText('radsec');
  return clientConfig({ name: 'nas', address: [], secret, messageAuthenticator: 'when-present', ...fields, tls });
}

/** Options of a listener on a free port of 127.0.0.1. */
export function radsecOptions(
  authority: Authority,
  papers: Papers,
  more: Partial<RadsecListenerOptions> = {},
): RadsecListenerOptions {
  return {
    protocol: 'radsec',
    address: '127.0.0.1',
    port: 0,
    files: { cert: papers.certFile, key: papers.keyFile, ca: authority.caFile },
    radiusVersions: ['1.0', '1.1'],
    handshakeSeconds: 10,
    idleSeconds: 600,
    maxConnections: 100,
    maxConnectionsPerClient: 10,
    ipv6Only: false,
    ...more,
  };
}

/** A listener with a table of clients, and what it logged and counted. */
export class RadsecDesk {
  readonly logger = rememberingLogger();
  readonly metrics = createPromMetrics({ ofProcess: false });
  readonly clients: ClientTable;
  readonly listener: Listener;

  constructor(
    clients: readonly ClientConfig[],
    options: RadsecListenerOptions,
    receive: RadsecListenerDeps['receive'],
    clock = systemClock,
  ) {
    this.clients = createClientTable(clients);
    const { logger, metrics } = this;
    const deps = { clock, random: createSystemRandom(), logger, metrics, receive };
    this.listener = createRadsecListener(
      { ...deps, clients: this.clients, saltedTypes: microsoftSaltedTypes },
      options,
    );
  }

  /** The value of one series; 0 when it is not there. */
  async count(series: string): Promise<number> {
    const line = (await this.metrics.expose()).split('\n').find((text) => text.startsWith(`sallyport_${series} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  /** Resolves once the series has that value. */
  async hasCounted(series: string, value: number): Promise<void> {
    const deadline = performance.now() + 5_000;
    while ((await this.count(series)) !== value) {
      if (performance.now() > deadline) throw new Error(`${series} is ${await this.count(series)}, not ${value}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
