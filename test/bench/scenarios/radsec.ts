import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { Code, createSharedKey, encodeRequest, hideUserPassword, PacketStream } from '../../../src/radius/index.ts';
import { Authority, type Papers } from '../../support/authority.ts';
import { startSallyport, type Sallyport } from '../../support/sallyport.ts';
import { freeTcpPort } from '../../peers/loopback.ts';
import { collectAndMeasure, memoryOf } from '../load/index.ts';
import { HOME_PASSWORD } from '../programs/freeradius-config.ts';
import type { RunningServer } from '../programs/program.ts';
import type { Setting } from './setting.ts';

/** Logins a second of one round, without a second factor. */
export interface RadsecRound {
  readonly udp: number;
  /** By one TLS connection. */
  readonly tls: number;
}

/** Memory of connections on which nothing happens. */
export interface IdleConnections {
  /** The key exchange of their handshakes. */
  readonly keyExchange: string;
  readonly count: number;
  /** Resident, of 1,000,000 octets, once garbage is collected, on a server that has done nothing else. */
  readonly megabytes: number;
}

export interface RadsecFigures {
  readonly rounds: readonly RadsecRound[];
  /** The first: as NAS of today connect. */
  readonly idle: readonly IdleConnections[];
}

const UDP_SECRET = 'the-clients-shared-secret';
// What a server does only once (code is loaded and compiled) is no connection's memory.
const FIRST_CONNECTIONS = 200;
const random = createSystemRandom();

/** Logins by one TLS connection against those over UDP, in turn; then so many idle connections on servers of their own. */
export async function compareRadsec(setting: Setting): Promise<RadsecFigures> {
  const authority = new Authority();
  try {
    const nas = authority.issue('/CN=nas');
    const rounds = await measureRounds(setting, authority, nas);
    const idle: IdleConnections[] = [];
    for (const keyExchange of ['X25519', 'X25519MLKEM768']) {
      setting.progress(`radsec: ${setting.idle} idle connections by ${keyExchange}`);
      idle.push(await measureIdle(setting, authority, nas, keyExchange));
    }
    return { rounds, idle };
  } finally {
    authority.remove();
  }
}

async function measureRounds(setting: Setting, authority: Authority, nas: Papers): Promise<RadsecRound[]> {
  const { gate, ports } = await start(setting.home, authority);
  const [udpPort = 0, tlsPort = 0] = ports;
  const rounds: RadsecRound[] = [];
  try {
    for (let round = 0; round < setting.rounds + 1; round += 1) {
      setting.progress(round === 0 ? 'radsec: warming up' : `radsec: round ${round} of ${setting.rounds}`);
      const udp = await measure(setting, await overUdp(udpPort));
      const tls = await measure(setting, await inTls(tlsPort, nas));
      if (round > 0) rounds.push({ udp, tls });
    }
    return rounds;
  } finally {
    await gate.stop();
  }
}

async function measureIdle(
  { home, idle: count }: Setting,
  authority: Authority,
  nas: Papers,
  keyExchange: string,
): Promise<IdleConnections> {
  const inspectorPort = await freeTcpPort();
  const { gate, ports } = await start(home, authority, inspectorPort);
  const openAll = async (howMany: number): Promise<TLSSocket[]> => {
    const sockets: TLSSocket[] = [];
    for (let at = 0; at < howMany; at += 1) sockets.push(await open(ports[1] ?? 0, nas, { ecdhCurve: keyExchange }));
    await sleep(Math.min(1_000, count * 2));
    return sockets;
  };
  try {
    for (const socket of await openAll(Math.min(count, FIRST_CONNECTIONS))) socket.destroy();
    await sleep(Math.min(500, count));
    await collectAndMeasure(inspectorPort);
    const before = memoryOf(gate.pid).rssMiB;
    const sockets = await openAll(count);
    await collectAndMeasure(inspectorPort);
    const megabytes = (memoryOf(gate.pid).rssMiB - before) * 1.048576;
    for (const socket of sockets) socket.destroy();
    return { keyExchange, count, megabytes };
  } finally {
    await gate.stop();
  }
}

async function start(
  home: RunningServer,
  authority: Authority,
  inspectorPort?: number,
): Promise<{ gate: Sallyport; ports: number[] }> {
  const papers = authority.issue('/CN=gate', { san: 'DNS:localhost' });
  const files = { cert: papers.certFile, key: papers.keyFile, clientCa: authority.caFile };
  const common = { primary: 'home', policy: 'open', rejectDelaySeconds: 0 };
  const servers = [{ address: '127.0.0.1', port: home.port, secret: home.sharedSecret }];
  const radsec = { protocol: 'radsec', address: '127.0.0.1', port: 0, ...files, maxConnectionsPerClient: 60_000 };
  const gate = await startSallyport({
    ...(inspectorPort === undefined ? {} : { env: { NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}` } }),
    clients: [
      { name: 'udp', address: '127.0.0.1', secret: UDP_SECRET, ...common },
      { name: 'tls', certificate: { commonName: 'nas' }, ...common },
    ],
    primaries: { home: { type: 'radius', servers } },
    sections: {
      policies: { open: { factors: [] } },
      server: { id: 'bench-1', dataDir: './data', listen: [{ address: '127.0.0.1', port: 0 }, radsec] },
    },
  });
  const ready = gate.logLines().find((line) => 'listening' in line) as unknown as { listening: { port: number }[] };
  return { gate, ports: ready.listening.map(({ port }) => port) };
}

/** Sends octets, and hands each reply's identifier to `answered`. */
interface Way {
  readonly secret: string;
  send(octets: Buffer): void;
  answered: (identifier: number) => void;
  close(): void;
}

async function measure({ outstanding, seconds }: Setting, way: Way): Promise<number> {
  const key = createSharedKey(Secret.fromText(way.secret));
  const password = Buffer.from(HOME_PASSWORD);
  const ask = (identifier: number): void => {
    const authenticator = random.octets(16);
    const attributes = [
      { type: 1, value: Buffer.from('alice') },
      { type: 2, value: hideUserPassword(password, authenticator, key) },
    ];
    way.send(encodeRequest({ code: Code.accessRequest, identifier, authenticator, attributes }, key));
  };
  let count = 0;
  let isOver = false;
  way.answered = (identifier) => {
    count += 1;
    if (!isOver) ask(identifier);
  };
  for (let identifier = 0; identifier < Math.min(outstanding, 256); identifier += 1) ask(identifier);
  await sleep(250 * Math.min(seconds, 2));
  const [from, fromMs] = [count, performance.now()];
  await sleep(seconds * 1000);
  const rate = ((count - from) / (performance.now() - fromMs)) * 1000;
  isOver = true;
  await sleep(200);
  way.close();
  return rate;
}

async function overUdp(port: number): Promise<Way> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const way: Way = {
    secret: UDP_SECRET,
    send: (octets) => socket.send(octets),
    answered: () => undefined,
    close: () => socket.close(),
  };
  socket.on('message', (reply) => way.answered(reply[1] ?? 0));
  return way;
}

async function inTls(port: number, nas: Papers): Promise<Way> {
  const socket = await open(port, nas);
  const stream = new PacketStream();
  const way: Way = {
    secret: 'radsec',
    send: (octets) => void socket.write(octets),
    answered: () => undefined,
    close: () => socket.destroy(),
  };
  socket.on('data', (chunk: Buffer) => {
    socket.cork();
    for (const reply of stream.push(chunk)) way.answered(reply[1] ?? 0);
    socket.uncork();
  });
  return way;
}

// Without the authority, which Node would send along: a NAS sends its own certificate, and those between at most.
async function open(port: number, { cert, key }: Papers, more: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port, cert, key, rejectUnauthorized: false, ...more });
  await once(socket, 'secureConnect');
  return socket;
}
