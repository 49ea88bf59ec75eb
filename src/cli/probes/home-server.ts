import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { DgramAsPromised } from 'dgram-as-promised';
import type { SocketAsPromised } from 'dgram-as-promised';
import type { HomeServerConfig } from '../../config/index.ts';
import { delay } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Random } from '../../lib/random.ts';
import {
  AttributeType,
  Code,
  createSharedKey,
  decodePacket,
  encodeRequest,
  hideUserPassword,
  RadiusError,
  verifyReply,
} from '../../radius/index.ts';
import type { Attribute, SharedKey } from '../../radius/index.ts';

/** What a home server did when it was asked whether it is there. */
export type HomeServerAnswer =
  | { readonly kind: 'alive'; readonly to: Question; readonly tookMs: number }
  /** Something answers at that port, but with another shared secret. */
  | { readonly kind: 'wrong-secret' }
  /** The answer lacks the Message-Authenticator that the configuration requires. */
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'silent' }
  /** The network says that nobody is there. */
  | { readonly kind: 'unreachable'; readonly cause: string };

/** Status-Server (RFC 5997), or the login of a user that does not exist: any signed answer to it proves as much. */
export type Question = 'status-server' | 'login';

export interface ProbeOptions {
  /** Questions in order; the next one when there is silence. */
  readonly questions: readonly Question[];
  /** How long each transmission is waited for. */
  readonly waitMs: number;
}

export interface ProbeDeps {
  readonly clock: Clock;
  readonly random: Random;
}

const TRANSMISSIONS = 2;
const PROBE_USER = 'sallyport-check';

/** Asks one home server whether it is there and shares our secret. */
export async function askHomeServer(
  server: HomeServerConfig,
  options: ProbeOptions,
  deps: ProbeDeps,
): Promise<HomeServerAnswer> {
  for (const question of options.questions) {
    const answer = await ask(server, question, options.waitMs, deps);
    if (answer.kind !== 'silent') return answer;
  }
  return { kind: 'silent' };
}

async function ask(
  server: HomeServerConfig,
  question: Question,
  waitMs: number,
  deps: ProbeDeps,
): Promise<HomeServerAnswer> {
  const socket = DgramAsPromised.createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
  try {
    socket.socket.connect(server.port, server.address);
    await once(socket.socket, 'connect');
    return await converse(socket, server, question, waitMs, deps);
  } catch (error) {
    return { kind: 'unreachable', cause: causeOf(error) };
  } finally {
    await socket.close();
  }
}

function converse(
  socket: SocketAsPromised,
  server: HomeServerConfig,
  question: Question,
  waitMs: number,
  { clock, random }: ProbeDeps,
): Promise<HomeServerAnswer> {
  const key = createSharedKey(server.secret);
  const authenticator = random.octets(16);
  const request = encodeQuestion(question, authenticator, key, random);
  const startMs = clock.monotonicMs();
  return new Promise((resolve, reject) => {
    let latest: HomeServerAnswer = { kind: 'silent' };
    socket.socket.on('error', reject);
    socket.socket.on('message', (datagram) => {
      const answer = judge(datagram, request, authenticator, key, server);
      if (answer === undefined) return;
      latest = answer === 'alive' ? { kind: 'alive', to: question, tookMs: clock.monotonicMs() - startMs } : answer;
      if (latest.kind === 'alive') resolve(latest);
    });
    void transmit(socket, request, waitMs, clock).then(() => resolve(latest), reject);
  });
}

// A false answer does not end the wait: the right one may be on its way.
async function transmit(socket: SocketAsPromised, request: Buffer, waitMs: number, clock: Clock): Promise<void> {
  for (let count = 0; count < TRANSMISSIONS; count += 1) {
    await send(socket, request);
    await delay(clock, waitMs);
  }
}

// The socket is connected: Node takes no address then.
function send(socket: SocketAsPromised, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.socket.send(request, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** The octets of a question. */
export function encodeQuestion(question: Question, authenticator: Buffer, key: SharedKey, random: Random): Buffer {
  const identifier = random.octets(1).readUInt8();
  const nas: Attribute = { type: AttributeType.nasIdentifier, value: Buffer.from('sallyport') };
  if (question === 'status-server') {
    return encodeRequest({ code: Code.statusServer, identifier, authenticator, attributes: [nas] }, key);
  }
  const password = Buffer.from(random.octets(12).toString('base64url'));
  const attributes = [
    { type: AttributeType.userName, value: Buffer.from(PROBE_USER) },
    { type: AttributeType.userPassword, value: hideUserPassword(password, authenticator, key) },
    nas,
  ];
  return encodeRequest({ code: Code.accessRequest, identifier, authenticator, attributes }, key);
}

/** What a packet says that came in answer to `request`; `undefined`: nothing. */
export function judge(
  datagram: Buffer,
  request: Buffer,
  authenticator: Buffer,
  key: SharedKey,
  server: HomeServerConfig,
): 'alive' | { kind: 'wrong-secret' } | { kind: 'unsigned' } | undefined {
  try {
    const packet = decodePacket(datagram);
    if (packet.identifier !== request[1]) return undefined;
    const check = verifyReply(datagram, packet, authenticator, key);
    if (!check.isAuthentic) return { kind: 'wrong-secret' };
    if (check.messageAuthenticator === 'valid') return 'alive';
    const isExcused = check.messageAuthenticator === 'missing' && server.messageAuthenticator === 'when-present';
    return isExcused ? 'alive' : { kind: 'unsigned' };
  } catch (error) {
    if (error instanceof RadiusError) return undefined;
    throw error;
  }
}

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no program listens on that port',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  EAFNOSUPPORT: 'this machine does not speak that family of addresses',
  EADDRNOTAVAIL: 'this machine has no address that leads there',
};

function causeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return causes[code] ?? code;
}
