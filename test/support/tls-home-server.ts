import type { Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import { PacketStream } from '../../src/radius/index.ts';
import { AskedPacket } from './home-server.ts';

/** What it does with a packet; `count` is 1 for the first one. */
export type TlsScript = (packet: AskedPacket, count: number, connection: TLSSocket) => void;

/** A home server of RadSec on loopback that does what the test says, in RADIUS/1.0 or, octets alone, in 1.1. */
export class TlsHomeServer {
  readonly address = '127.0.0.1';
  readonly asked: AskedPacket[] = [];
  /** Packets of connections that have agreed on RADIUS/1.1. */
  readonly asked11: Buffer[] = [];
  readonly connections = new Set<TLSSocket>();
  connectionCount = 0;
  script: TlsScript;
  script11: (octets: Buffer, connection: TLSSocket) => void = () => undefined;
  readonly #server: Server;

  private constructor(server: Server, script: TlsScript) {
    this.#server = server;
    this.script = script;
    server.on('secureConnection', (socket) => this.#take(socket));
    server.on('tlsClientError', () => undefined);
  }

  static async start(script: TlsScript, options: TlsOptions & { port?: number }): Promise<TlsHomeServer> {
    const server = createServer({ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', ...options });
    await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
    return new TlsHomeServer(server, script);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection. */
  hangUp(): void {
    for (const socket of this.connections) socket.destroy();
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.hangUp();
    await closed;
  }

  #take(socket: TLSSocket): void {
    const stream = new PacketStream();
    this.connections.add(socket);
    this.connectionCount += 1;
    socket.on('error', () => undefined);
    socket.on('close', () => this.connections.delete(socket));
    const way = { send: (octets: Buffer) => socket.write(octets) } as unknown as Socket;
    socket.on('data', (chunk: Buffer) => {
      for (const octets of stream.push(chunk)) {
        if (socket.alpnProtocol === 'radius/1.1') {
          this.asked11.push(octets);
          this.script11(octets, socket);
          continue;
        }
        const from = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, family: 'IPv4', size: 0 };
        const packet = new AskedPacket(octets, from as never, 'radsec', way);
        this.asked.push(packet);
        this.script(packet, this.asked.length, socket);
      }
    });
  }
}
