import { createHash, createHmac } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import radius, { type DecodedPacket, type RadiusAttribute } from 'radius';

/** How a reply differs from the right one. */
export interface Forgery {
  readonly secret?: string;
  readonly identifier?: number;
  readonly requestAuthenticator?: Buffer;
  /** `false` leaves Message-Authenticator out. Default: signed. */
  readonly messageAuthenticator?: boolean;
}

/** One packet that a scripted home server was asked with. */
export class AskedPacket {
  readonly octets: Buffer;
  /** Decoded by the independent implementation. */
  readonly decoded: DecodedPacket;
  readonly from: RemoteInfo;
  readonly #secret: string;
  readonly #socket: Socket;

  constructor(octets: Buffer, from: RemoteInfo, secret: string, socket: Socket) {
    this.octets = octets;
    this.from = from;
    this.#secret = secret;
    this.#socket = socket;
    this.decoded = radius.decode_without_secret({ packet: octets });
  }

  get code(): string {
    return this.decoded.code;
  }

  /** Types of the attributes in their order. */
  get types(): number[] {
    return this.decoded.raw_attributes.map(([type]) => type);
  }

  /** Octets of all attributes of that type. */
  values(type: number): Buffer[] {
    return this.decoded.raw_attributes.filter(([found]) => found === type).map(([, value]) => value);
  }

  get username(): string {
    return this.values(1)[0]?.toString() ?? '';
  }

  /** User-Password as octets, padding off; the package reads it as text and would lose some. */
  get password(): Buffer | undefined {
    const [hidden] = this.values(2);
    if (hidden === undefined) return undefined;
    const clear = Buffer.alloc(hidden.length);
    let previous: Buffer = this.decoded.authenticator;
    for (let at = 0; at < hidden.length; at += 16) {
      const stream = createHash('md5').update(this.#secret).update(previous).digest();
      for (let index = 0; index < 16; index += 1) clear[at + index] = hidden[at + index]! ^ stream[index]!;
      previous = hidden.subarray(at, at + 16);
    }
    let length = clear.length;
    while (length > 0 && clear[length - 1] === 0) length -= 1;
    return clear.subarray(0, length);
  }

  /** Whether its one Message-Authenticator is right, computed here, octet by octet. */
  get isSigned(): boolean {
    const signatures = this.values(80);
    if (signatures.length !== 1) return false;
    const zeroed = Buffer.from(this.octets);
    const at = this.octets.indexOf(Buffer.concat([Buffer.from([80, 18]), signatures[0]!])) + 2;
    zeroed.fill(0, at, at + 16);
    return createHmac('md5', this.#secret).update(zeroed).digest().equals(signatures[0]!);
  }

  /** Whether its Request Authenticator is the hash that RFC 2866 §3 wants, computed here. */
  get isHashed(): boolean {
    const zeroed = Buffer.from(this.octets);
    zeroed.fill(0, 4, 20);
    return createHash('md5').update(zeroed).update(this.#secret).digest().equals(this.decoded.authenticator);
  }

  /** The octets of a reply, by the package: Message-Authenticator last. */
  craft(code: string, attributes: readonly RadiusAttribute[] = [], forgery: Forgery = {}): Buffer {
    return radius.encode({
      code,
      identifier: forgery.identifier ?? this.decoded.identifier,
      authenticator: forgery.requestAuthenticator ?? this.decoded.authenticator,
      secret: forgery.secret ?? this.#secret,
      add_message_authenticator: forgery.messageAuthenticator ?? true,
      attributes: [...attributes],
    });
  }

  reply(code: string, attributes: readonly RadiusAttribute[] = [], forgery: Forgery = {}): void {
    this.send(this.craft(code, attributes, forgery));
  }

  accept(attributes: readonly RadiusAttribute[] = []): void {
    this.reply('Access-Accept', attributes);
  }

  reject(attributes: readonly RadiusAttribute[] = []): void {
    this.reply('Access-Reject', attributes);
  }

  /** Sends octets to whoever asked, from the server's own address. */
  send(octets: Buffer): void {
    this.#socket.send(octets, this.from.port, this.from.address);
  }

  /** A salted value (RFC 2868 §3.5), which the package cannot make: salt, then the hidden string. */
  salted(clear: Buffer, salt = Buffer.from([0x80, 0x01])): Buffer {
    const padded = Buffer.alloc(Math.ceil((clear.length + 1) / 16) * 16);
    padded[0] = clear.length;
    clear.copy(padded, 1);
    let previous: Buffer = Buffer.concat([this.decoded.authenticator, salt]);
    for (let at = 0; at < padded.length; at += 16) {
      const stream = createHash('md5').update(this.#secret).update(previous).digest();
      for (let index = 0; index < 16; index += 1) padded[at + index] = padded[at + index]! ^ stream[index]!;
      previous = padded.subarray(at, at + 16);
    }
    return Buffer.concat([salt, padded]);
  }
}

/** What a scripted home server does with a packet; `count` is 1 for the first one. */
export type Script = (packet: AskedPacket, count: number) => void;

export interface ScriptedHomeServerOptions {
  readonly secret?: string;
  readonly address?: string;
  readonly port?: number;
}

/** Answers nothing. */
export const silence: Script = () => undefined;

/** Accepts every login and every Status-Server. */
export const acceptAll: Script = (packet) => packet.accept();

/** A home server on loopback that does what the test says. It remembers every packet. */
export class ScriptedHomeServer {
  readonly address: string;
  readonly port: number;
  readonly secret: string;
  readonly asked: AskedPacket[] = [];
  /** May be exchanged at any time. */
  script: Script;
  readonly #socket: Socket;
  readonly #expectations: { readonly count: number; readonly resolve: () => void }[] = [];

  private constructor(socket: Socket, secret: string, script: Script) {
    this.#socket = socket;
    this.address = socket.address().address;
    this.port = socket.address().port;
    this.secret = secret;
    this.script = script;
    socket.on('message', (octets, from) => this.#receive(octets, from));
  }

  /** Listens on a free port of 127.0.0.1 unless told otherwise. */
  static async start(script: Script, options: ScriptedHomeServerOptions = {}): Promise<ScriptedHomeServer> {
    const { address = '127.0.0.1', port = 0, secret = 'home-server-secret' } = options;
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: 1 << 22 });
    socket.bind(port, address);
    await once(socket, 'listening');
    return new ScriptedHomeServer(socket, secret, script);
  }

  /** Packets of that code so far. */
  count(code: string): number {
    return this.asked.filter((packet) => packet.code === code).length;
  }

  /** Resolves when that many packets have come in all. */
  async hasBeenAsked(count: number): Promise<AskedPacket> {
    if (this.asked.length < count) {
      await new Promise<void>((resolve) => this.#expectations.push({ count, resolve }));
    }
    return this.asked[count - 1]!;
  }

  async stop(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #receive(octets: Buffer, from: RemoteInfo): void {
    const packet = new AskedPacket(octets, from, this.secret, this.#socket);
    this.asked.push(packet);
    this.script(packet, this.asked.length);
    for (const { count, resolve } of this.#expectations) if (count <= this.asked.length) resolve();
  }
}
