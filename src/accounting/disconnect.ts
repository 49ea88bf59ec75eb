import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import {
  AttributeType,
  Code,
  createSharedKey,
  decodePacket,
  encodeHashedRequest,
  firstValue,
  verifyHashedReply,
  type Packet,
  type SharedKey,
} from '../radius/index.ts';
import type { LiveSession } from './session.ts';

/** What a NAS said to a Disconnect-Request (RFC 5176). */
export type DisconnectReply =
  | { readonly kind: 'ack' }
  /** `cause`: its Error-Cause (RFC 5176 §3.5), where it gave one. */
  | { readonly kind: 'nak'; readonly cause?: number }
  /** `ignored`: replies that were not authentic. */
  | { readonly kind: 'no-answer'; readonly ignored: number };

/** Where a NAS takes Disconnect-Requests. */
export interface DisconnectTarget {
  readonly address: string;
  readonly port: number;
  readonly secret: Secret;
}

/** What asking is built on. */
export interface DisconnectDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** How long the first transmission waits; each further one twice as long. Default 1,000. */
  readonly timeoutMs?: number;
}

const TRANSMISSIONS = 3;
const TIMEOUT_MS = 1_000;

/** The NAS does not know the session (any more): it has ended. */
export const SESSION_NOT_FOUND = 503;

/**
 * Asks the NAS to end a session: named as the NAS itself names it, with Message-Authenticator and Event-Timestamp, under a
 * hash of the secret (RFC 5176 §2.3, §3). The same octets are sent again when nothing comes. Rejects only where no
 * socket can be opened.
 */
export async function disconnectSession(
  session: LiveSession,
  target: DisconnectTarget,
  deps: DisconnectDeps,
): Promise<DisconnectReply> {
  const key = createSharedKey(target.secret);
  const timestamp = Buffer.alloc(4);
  timestamp.writeUInt32BE(Math.floor(deps.clock.nowMs() / 1000));
  const attributes = [...session.naming, { type: AttributeType.eventTimestamp, value: timestamp }];
  const identifier = deps.random.octets(1)[0] ?? 0;
  const request = { code: Code.disconnectRequest, identifier, attributes };
  const datagram = encodeHashedRequest(request, key, { messageAuthenticator: true });
  const socket = await connect(target);
  try {
    return await converse(socket, { datagram, key, deps });
  } finally {
    socket.close();
  }
}

function converse(
  socket: Socket,
  { datagram, key, deps }: { datagram: Buffer; key: SharedKey; deps: DisconnectDeps },
): Promise<DisconnectReply> {
  const request = decodePacket(datagram);
  return new Promise((resolve) => {
    let sent = 0;
    let ignored = 0;
    let timer: Timer | undefined;
    const finish = (reply: DisconnectReply): void => {
      timer?.cancel();
      resolve(reply);
    };
    const transmit = (): void => {
      if (sent >= TRANSMISSIONS) {
        finish({ kind: 'no-answer', ignored });
        return;
      }
      socket.send(datagram, () => undefined);
      timer = deps.clock.setTimer((deps.timeoutMs ?? TIMEOUT_MS) * 2 ** sent, transmit);
      sent += 1;
    };
    socket.on('message', (octets: Buffer) => {
      const reply = replyTo(request, octets, key);
      if (reply === undefined) ignored += 1;
      else finish(reply);
    });
    transmit();
  });
}

function replyTo(request: Packet, octets: Buffer, key: SharedKey): DisconnectReply | undefined {
  try {
    const packet = decodePacket(octets);
    const isOurs = packet.identifier === request.identifier;
    if (!isOurs || !verifyHashedReply(octets, packet, request.authenticator, key)) return undefined;
    if (packet.code === Code.disconnectAck) return { kind: 'ack' };
    if (packet.code !== Code.disconnectNak) return undefined;
    const cause = firstValue(packet.attributes, AttributeType.errorCause);
    return cause?.length === 4 ? { kind: 'nak', cause: cause.readUInt32BE(0) } : { kind: 'nak' };
  } catch {
    return undefined;
  }
}

// Connected: nobody but the NAS is heard.
function connect({ address, port }: DisconnectTarget): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.connect(port, address, () => {
      socket.removeAllListeners('error');
      // "Connection refused" is a hint that nobody listens; the time-out says it for sure.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
