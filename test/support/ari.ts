import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** A request that reached the server. */
export interface AriAsked {
  readonly method: string;
  /** Decoded, below `/ari`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the server does instead of saying yes. */
export type AriAnswer = number | 'silent' | 'drop' | undefined;

/** Asterisk's REST interface on loopback, as far as calls go; a test plays the telephone network. */
export interface Ari {
  readonly url: string;
  readonly asked: readonly AriAsked[];
  /** Status of answers; `undefined` says yes. */
  answer(answer: (asked: AriAsked) => AriAnswer): void;
  /** Resolves with the nth request (from 0) of that method whose path matches. */
  request(method: string, path: RegExp, nth?: number): Promise<AriAsked>;
  /** Resolves once the event stream has been opened so many times. */
  streamOpened(times?: number): Promise<void>;
  send(event: object | string): void;
  /** Cuts the event streams, without a word. */
  cut(): void;
  stop(): Promise<void>;
}

const ACCOUNT = `Basic ${Buffer.from('sallyport:s3cret').toString('base64')}`;

/** Starts it; the account is `sallyport` with the password `s3cret`. `port` only to come back where another was. */
export async function startAri(port = 0): Promise<Ari> {
  const asked: AriAsked[] = [];
  const streams = new Set<WebSocket>();
  const sockets = new Set<Socket>();
  let opened = 0;
  let answer: (one: AriAsked) => AriAnswer = () => undefined;
  let wake = Promise.withResolvers<undefined>();
  const changed = () => {
    wake.resolve(undefined);
    wake = Promise.withResolvers();
  };
  const server = createServer((request, response) => {
    void readAsked(request).then((one) => {
      respond(response, request.headers.authorization === ACCOUNT ? answer(one) : 401);
      asked.push(one);
      changed();
    });
  });
  const events = new WebSocketServer({ noServer: true });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '', 'http://ari');
    if (request.headers.authorization !== ACCOUNT) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
    } else if (url.pathname === '/ari/events' && url.searchParams.get('app') === 'sallyport') {
      events.handleUpgrade(request, socket, head, (stream) => {
        streams.add(stream);
        stream.on('close', () => streams.delete(stream));
        stream.on('error', () => stream.terminate());
        opened += 1;
        changed();
      });
    } else {
      socket.destroy();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const until = async <T>(look: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await wake.promise;
    }
  };
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked,
    answer: (given) => (answer = given),
    request: (method, path, nth = 0) =>
      until(() => asked.filter((one) => one.method === method && path.test(one.path))[nth]),
    async streamOpened(times = 1) {
      await until(() => (opened >= times ? true : undefined));
    },
    send(event) {
      for (const stream of streams) stream.send(typeof event === 'string' ? event : JSON.stringify(event));
    },
    cut() {
      for (const stream of streams) stream.terminate();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      events.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readAsked(request: IncomingMessage): Promise<AriAsked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '', 'http://ari');
  const text = Buffer.concat(chunks).toString();
  return {
    method: request.method ?? '',
    path: decodeURIComponent(url.pathname.replace(/^\/ari\//, '')),
    query: Object.fromEntries(url.searchParams),
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

function respond(response: ServerResponse, answer: AriAnswer): void {
  if (answer === 'silent') return;
  if (answer === 'drop') response.destroy();
  else response.writeHead(answer ?? 200, { 'content-type': 'application/json' }).end('{"id":"whatever"}');
}
