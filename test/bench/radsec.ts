import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { Code, createSharedKey, encodeRequest, hideUserPassword, PacketStream } from '../../src/radius/index.ts';
import { Authority } from '../support/authority.ts';
import { startSallyport } from '../support/sallyport.ts';
import { median } from './figures.ts';
import { HOME_PASSWORD } from './programs/freeradius-config.ts';
import { startHomeServer } from './programs/freeradius.ts';
import { createWorkspace } from './programs/workspace.ts';

// Logins by one TLS connection against those over UDP, in turn, through one Sallyport to one home server without a second
// factor; then the memory of idle connections: `node test/bench/radsec.ts [--seconds 2] [--rounds 3] [--outstanding 64] [--idle 1000]`.
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    outstanding: { type: 'string', default: '64' },
    idle: { type: 'string', default: '1000' },
  },
});
const [seconds, rounds, outstanding, idle] = [values.seconds, values.rounds, values.outstanding, values.idle].map(
  Number,
) as [number, number, number, number];

const UDP_SECRET = 'the-clients-shared-secret';
const random = createSystemRandom();
const authority = new Authority();
const gatePapers = authority.issue('/CN=gate', { san: 'DNS:localhost' });
const nasPapers = authority.issue('/CN=nas');

/** Sends octets, and hands each reply's identifier to `answered`. */
interface Way {
  readonly secret: string;
  send(octets: Buffer): void;
  answered: (identifier: number) => void;
  close(): void;
}

const workspace = await createWorkspace();
const home = await startHomeServer(workspace);
const common = { primary: 'home', policy: 'open', rejectDelaySeconds: 0 };
const files = { cert: gatePapers.certFile, key: gatePapers.keyFile, clientCa: authority.caFile };
const gate = await startSallyport({
  clients: [
    { name: 'udp', address: '127.0.0.1', secret: UDP_SECRET, ...common },
    { name: 'tls', certificate: { commonName: 'nas' }, ...common },
  ],
  primaries: {
    home: { type: 'radius', servers: [{ address: '127.0.0.1', port: home.port, secret: home.sharedSecret }] },
  },
  sections: {
    policies: { open: { factors: [] } },
    server: {
      id: 'bench-1',
      dataDir: './data',
      listen: [
        { address: '127.0.0.1', port: 0 },
        { protocol: 'radsec', address: '127.0.0.1', port: 0, ...files, maxConnectionsPerClient: 60_000 },
      ],
    },
  },
});
try {
  const ready = gate.logLines().find((line) => 'listening' in line) as unknown as { listening: { port: number }[] };
  const [udpPort = 0, tlsPort = 0] = ready.listening.map(({ port }) => port);
  const rates: { readonly udp: number[]; readonly tls: number[] } = { udp: [], tls: [] };
  for (let round = 0; round < rounds + 1; round += 1) {
    const udp = await measure(await overUdp(udpPort));
    const tls = await measure(await inTls(tlsPort));
    // The first round warms up.
    if (round === 0) continue;
    rates.udp.push(udp);
    rates.tls.push(tls);
    say(`round ${round}: UDP ${Math.round(udp)} logins a second, one TLS connection ${Math.round(tls)}`);
  }
  const share = median(rates.tls) / median(rates.udp);
  say(
    `median: UDP ${Math.round(median(rates.udp))}, TLS ${Math.round(median(rates.tls))}: ${Math.round(share * 100)} %`,
  );
  await measureIdle(tlsPort);
} finally {
  await gate.stop();
  await home.stop();
  await workspace.remove();
  authority.remove();
}

async function measureIdle(port: number): Promise<void> {
  const before = residentMegabytes(gate.pid);
  const sockets: TLSSocket[] = [];
  for (let count = 0; count < idle; count += 1) sockets.push(await open(port));
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const after = residentMegabytes(gate.pid);
  say(`${idle} idle connections: ${(after - before).toFixed(1)} MB (${before.toFixed(0)} → ${after.toFixed(0)} MB)`);
  for (const socket of sockets) socket.destroy();
}

async function measure(way: Way): Promise<number> {
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
  for (let identifier = 0; identifier < outstanding; identifier += 1) ask(identifier);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const [from, fromMs] = [count, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const rate = ((count - from) / (performance.now() - fromMs)) * 1000;
  isOver = true;
  await new Promise((resolve) => setTimeout(resolve, 200));
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

async function inTls(port: number): Promise<Way> {
  const socket = await open(port);
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

async function open(port: number): Promise<TLSSocket> {
  const { cert, key } = nasPapers;
  const socket = connectTls({ host: '127.0.0.1', servername: 'localhost', port, ca: authority.ca, cert, key });
  await once(socket, 'secureConnect');
  return socket;
}

function residentMegabytes(pid: number): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
