import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Callback } from '../../src/factors/index.ts';

/** A web server on loopback that gives requests to callbacks, as the program's own does. */
export interface CallbackServer {
  /** `http://127.0.0.1:PORT`, the public address of what is mounted. */
  readonly url: string;
  /** Puts callbacks below a path (`/push/app/`). */
  mount(prefix: string, callbacks: readonly Callback[]): void;
  stop(): Promise<void>;
}

const MAX_OCTETS = 65_536;

/** Starts one without callbacks. */
export async function startCallbackServer(): Promise<CallbackServer> {
  const mounted = new Map<string, Callback>();
  let url = '';
  const server = createServer((request, response) => void serve(request, response, { url, mounted }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    mount(prefix, callbacks) {
      for (const callback of callbacks) mounted.set(`${callback.method} ${prefix}${callback.path}`, callback);
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { url, mounted }: { readonly url: string; readonly mounted: ReadonlyMap<string, Callback> },
): Promise<void> {
  const whole = new URL(request.url ?? '/', url);
  const callback = mounted.get(`${request.method ?? ''} ${whole.pathname}`);
  const body = await readBody(request);
  if (callback === undefined || body === undefined) {
    response.writeHead(callback === undefined ? 404 : 413).end();
    return;
  }
  const reply = await callback.handle({
    url: whole.href,
    headers: request.headers as Record<string, string | undefined>,
    query: Object.fromEntries(whole.searchParams),
    body,
  });
  response.writeHead(reply.status, reply.contentType === undefined ? {} : { 'content-type': reply.contentType });
  response.end(reply.body);
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let octets = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    octets += chunk.length;
    if (octets <= MAX_OCTETS) chunks.push(chunk);
  }
  return octets <= MAX_OCTETS ? Buffer.concat(chunks) : undefined;
}
