import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock, Timer } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import {
  allValues,
  AttributeType,
  Code,
  createSharedKey,
  decodePacket,
  encodeRequest,
  firstValue,
  hideUserPassword,
  verifyReply,
  type Attribute,
  type Packet,
} from '../radius/index.ts';

/** Where a NAS asks. */
export interface NasOptions {
  readonly address: string;
  readonly port: number;
  readonly secret: Secret;
  /** How long each of the transmissions waits for its answer. */
  readonly timeoutMs: number;
  readonly transmissions: number;
}

/** What the server answered, or that it did not. */
export type NasReply =
  | { readonly kind: 'reply'; readonly packet: Packet; readonly request: Packet }
  | { readonly kind: 'no-answer'; readonly request: Packet; readonly ignored: number };

/** A network access server that asks one question at a time. */
export interface Nas {
  /** Sends an Access-Request, again when nothing comes, and gives the first authentic reply. */
  ask(question: NasQuestion): Promise<NasReply>;
  close(): void;
}

/** One login step of a user. */
export interface NasQuestion {
  readonly user: string;
  readonly password: Buffer;
  /** The State of the Access-Challenge that is answered. */
  readonly state?: Buffer | undefined;
  /** The address or number of the user's station. */
  readonly station?: string | undefined;
}

const NAS_IDENTIFIER = 'sallyport-login';
const NAS_PORT_TYPE_VIRTUAL = Buffer.of(0, 0, 0, 5);

/** A NAS on a socket of its own; close it. */
export async function createNas(options: NasOptions, deps: { clock: Clock; random: Random }): Promise<Nas> {
  const key = createSharedKey(options.secret);
  const socket = await connectedSocket(options.address, options.port);
  let identifier = deps.random.octets(1)[0] ?? 0;
  return { ask, close: () => socket.close() };

  function ask(question: NasQuestion): Promise<NasReply> {
    identifier = (identifier + 1) & 0xff;
    const authenticator = deps.random.octets(16);
    const attributes = attributesOf(question, hideUserPassword(question.password, authenticator, key));
    const datagram = encodeRequest({ code: Code.accessRequest, identifier, authenticator, attributes }, key);
    const request = decodePacket(datagram);
    return new Promise((resolve, reject) => {
      let sent = 0;
      let ignored = 0;
      let timer: Timer | undefined;
      const finish = (reply: NasReply): void => {
        timer?.cancel();
        socket.off('message', take).off('close', fail);
        resolve(reply);
      };
      const transmit = (): void => {
        if (sent >= options.transmissions) {
          finish({ kind: 'no-answer', request, ignored });
          return;
        }
        sent += 1;
        socket.send(datagram, () => undefined);
        timer = deps.clock.setTimer(options.timeoutMs, transmit);
      };
      const take = (octets: Buffer): void => {
        const packet = authentic(octets, request);
        if (packet === undefined) ignored += 1;
        else finish({ kind: 'reply', packet, request });
      };
      const fail = (): void => {
        timer?.cancel();
        reject(new Error('the socket was closed'));
      };
      socket.on('message', take).once('close', fail);
      transmit();
    });
  }

  function authentic(octets: Buffer, request: Packet): Packet | undefined {
    try {
      const packet = decodePacket(octets);
      if (packet.identifier !== request.identifier) return undefined;
      const check = verifyReply(octets, packet, request.authenticator, key);
      return check.isAuthentic && check.messageAuthenticator === 'valid' ? packet : undefined;
    } catch {
      return undefined;
    }
  }
}

/** The text of all Reply-Message attributes, in order. */
export function replyText(packet: Packet): string {
  return allValues(packet.attributes, AttributeType.replyMessage)
    .map((value) => value.toString('utf8'))
    .join('');
}

/** Whether what is typed may be shown: Prompt says echo (RFC 2869 §5.10); without it, it is hidden. */
export function mayEcho(packet: Packet): boolean {
  return firstValue(packet.attributes, AttributeType.prompt)?.at(-1) === 1;
}

function attributesOf(question: NasQuestion, hidden: Buffer): Attribute[] {
  return [
    { type: AttributeType.userName, value: Buffer.from(question.user) },
    { type: AttributeType.userPassword, value: hidden },
    { type: AttributeType.nasIdentifier, value: Buffer.from(NAS_IDENTIFIER) },
    { type: AttributeType.nasPortType, value: NAS_PORT_TYPE_VIRTUAL },
    ...(question.station === undefined
      ? []
      : [{ type: AttributeType.callingStationId, value: Buffer.from(question.station) }]),
    ...(question.state === undefined ? [] : [{ type: AttributeType.state, value: question.state }]),
  ];
}

function connectedSocket(address: string, port: number): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, address, () => {
      socket.off('error', reject);
      // "Connection refused" is a hint that nobody listens; the time-out says it for sure.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
