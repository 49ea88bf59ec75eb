import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import radius, { type DecodedPacket, type RadiusAttribute } from 'radius';

export interface NasOptions {
  readonly secret: string;
  readonly port: number;
  /** Of the server; the NAS sends from the same family. Default: 127.0.0.1. */
  readonly address?: string;
  /** The address the NAS sends from. Default: 127.0.0.1 or ::1. */
  readonly from?: string;
}

/** A question as a NAS asks it. */
export interface Question {
  readonly code?: string;
  readonly identifier?: number;
  readonly attributes?: readonly RadiusAttribute[];
  /** `false` leaves Message-Authenticator out. Default: appended last. */
  readonly isSigned?: boolean;
  /** Random when missing. */
  readonly authenticator?: Buffer;
}

/** A NAS that speaks with the npm package `radius`: an implementation that is not ours. */
export class Nas {
  readonly #socket: Socket;
  readonly #options: NasOptions;
  readonly #received: Buffer[] = [];
  #identifier = 0;

  private constructor(socket: Socket, options: NasOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (reply) => {
      this.#received.push(reply);
      socket.emit('reply');
    });
  }

  /** Opens one socket; every question comes from its port. */
  static async open(options: NasOptions): Promise<Nas> {
    const isOverIpv6 = isIPv6(options.address ?? '');
    const socket = createSocket(isOverIpv6 ? 'udp6' : 'udp4');
    socket.bind(0, options.from ?? (isOverIpv6 ? '::1' : '127.0.0.1'));
    await once(socket, 'listening');
    return new Nas(socket, options);
  }

  /** The octets of a question, not yet sent. */
  encode(question: Question): Buffer {
    const { code = 'Access-Request', isSigned = true } = question;
    return radius.encode({
      code,
      identifier: question.identifier ?? this.#nextIdentifier(),
      ...(question.authenticator && { authenticator: question.authenticator }),
      secret: this.#options.secret,
      attributes: [...(question.attributes ?? [])],
      add_message_authenticator: isSigned,
    });
  }

  send(octets: Buffer): void {
    this.#socket.send(octets, this.#options.port, this.#options.address ?? '127.0.0.1');
  }

  /** The next reply as octets, whenever it comes. */
  async nextReply(): Promise<Buffer> {
    while (this.#received.length === 0) await once(this.#socket, 'reply');
    return this.#received.shift()!;
  }

  /** Asks and waits for the reply; throws when the package does not believe it. */
  async ask(question: Question): Promise<DecodedPacket> {
    const request = this.encode(question);
    this.send(request);
    return this.verify(request, await this.nextReply());
  }

  /** The reply taken apart, once the package has found both authenticators right. */
  verify(request: Buffer, reply: Buffer): DecodedPacket {
    const { secret } = this.#options;
    if (!radius.verify_response({ request, response: reply, secret })) throw new Error('the reply is not authentic');
    return radius.decode_without_secret({ packet: reply });
  }

  /**
   * Whether the server is silent about these octets, without waiting for nothing: a Status-Server sent after them is
   * the first thing that is answered.
   */
  async isSilentAbout(octets: Buffer): Promise<boolean> {
    const probe = this.encode({ code: 'Status-Server' });
    this.send(octets);
    this.send(probe);
    const reply = await this.nextReply();
    return (
      reply[1] === probe[1] && radius.verify_response({ request: probe, response: reply, secret: this.#options.secret })
    );
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #nextIdentifier(): number {
    this.#identifier = (this.#identifier + 1) % 256;
    return this.#identifier;
  }
}
