import { createHash, createHmac } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** A Disconnect-Request as a NAS got it. */
export interface SeenDisconnect {
  readonly octets: Buffer;
  readonly code: number;
  readonly pairs: readonly (readonly [type: number, value: Buffer])[];
  /** Whether Request Authenticator and Message-Authenticator are right (RFC 5176 §2.3, §3.4), computed here. */
  readonly isAuthentic: boolean;
}

/** What it says: an ACK, a NAK with that Error-Cause, nothing, or an ACK that anybody could have made. */
export type Attitude = 'ack' | number | 'silent' | 'forged';

/** The part of a NAS that takes Disconnect-Requests, built with `node:crypto` alone. */
export class DisconnectableNas {
  readonly port: number;
  readonly seen: SeenDisconnect[] = [];
  attitude: Attitude = 'ack';
  readonly #socket: Socket;
  readonly #secret: string;

  private constructor(socket: Socket, secret: string) {
    this.#socket = socket;
    this.#secret = secret;
    this.port = socket.address().port;
    socket.on('message', (octets, { address, port }) => {
      const request = takeApart(octets, secret);
      this.seen.push(request);
      const reply = request.isAuthentic ? this.#replyTo(octets) : undefined;
      if (reply !== undefined) socket.send(reply, port, address);
    });
  }

  static async start(address: string, secret: string): Promise<DisconnectableNas> {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4').bind(0, address);
    await once(socket, 'listening');
    return new DisconnectableNas(socket, secret);
  }

  async stop(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #replyTo(request: Buffer): Buffer | undefined {
    const { attitude } = this;
    if (attitude === 'silent') return undefined;
    const cause =
      typeof attitude === 'number' ? Buffer.from([101, 6, 0, 0, attitude >> 8, attitude & 0xff]) : Buffer.alloc(0);
    const reply = Buffer.concat([Buffer.from([cause.length > 0 ? 42 : 41, request[1]!, 0, 20 + cause.length]), request.subarray(4, 20), cause]); // prettier-ignore
    const secret = attitude === 'forged' ? 'a-guess' : this.#secret;
    createHash('md5').update(reply).update(secret).digest().copy(reply, 4);
    return reply;
  }
}

function takeApart(octets: Buffer, secret: string): SeenDisconnect {
  const pairs: (readonly [number, Buffer])[] = [];
  let signatureAt = -1;
  for (let at = 20; at < octets.length; at += octets[at + 1]!) {
    if (octets[at] === 80) signatureAt = at + 2;
    pairs.push([octets[at]!, octets.subarray(at + 2, at + octets[at + 1]!)]);
  }
  const zeroed = Buffer.from(octets);
  zeroed.fill(0, 4, 20);
  const isHashed = createHash('md5').update(zeroed).update(secret).digest().equals(octets.subarray(4, 20));
  const signature = octets.subarray(signatureAt, signatureAt + 16);
  zeroed.fill(0, signatureAt, signatureAt + 16);
  const isSigned = signatureAt > 0 && createHmac('md5', secret).update(zeroed).digest().equals(signature);
  return { octets, code: octets[0]!, pairs, isAuthentic: isHashed && isSigned };
}
