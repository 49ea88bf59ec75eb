import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';
import { answerCall } from './telephone.ts';
import { ACCOUNT } from './config.ts';

/** An SMS as the phone shows it. */
export interface ShownMessage {
  readonly to: string;
  readonly text: string;
}

/** The telephone network of the demo: it takes what the gateways hand over, on loopback. */
export interface World {
  /** The next SMS. Rejects with an `Error` when none comes in time. */
  nextMessage(): Promise<ShownMessage>;
  close(): Promise<void>;
}

/** What the network is made of. */
export interface WorldOptions {
  readonly clock: Clock;
  readonly port: number;
  /** Under which callbacks of calls are signed. */
  readonly authToken: Secret;
  /** Prints a line on the phone. */
  readonly show: (text: string) => void;
}

const PATIENCE_MS = 10_000;
const MAX_OCTETS = 16_384;
const CALL = `CA${'0'.repeat(32)}`;
const CALLS_PATH = `/2010-04-01/Accounts/${ACCOUNT}/Calls.json`;

/** Listens on 127.0.0.1; close it. */
export async function startWorld(options: WorldOptions): Promise<World> {
  let take: (message: ShownMessage) => void = () => undefined;
  const server = createServer((request, response) => {
    const answer = (form: URLSearchParams): void => {
      if (request.url === '/messages') {
        response.writeHead(202).end();
        take({ to: form.get('to') ?? '', text: form.get('text') ?? '' });
      } else if (request.url === CALLS_PATH) {
        response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ sid: CALL }));
        ring(form, options);
      } else {
        response.writeHead(404).end();
      }
    };
    readForm(request).then(answer, () => request.destroy());
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    nextMessage: () =>
      new Promise((resolve, reject) => {
        const timer = options.clock.setTimer(PATIENCE_MS, () => reject(new Error('no message came')));
        take = (message) => {
          timer.cancel();
          resolve(message);
        };
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// The call goes on by itself, after Twilio's answer that it will be placed.
function ring(form: URLSearchParams, { authToken, show }: WorldOptions): void {
  const [to, url, statusUrl] = [form.get('To') ?? '', form.get('Url') ?? '', form.get('StatusCallback') ?? ''];
  answerCall({ ...{ authToken, show, to, url, statusUrl }, sid: CALL }).catch((error: unknown) => {
    show(`The call failed: ${error instanceof Error ? error.message : 'for no known reason'}`);
  });
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_OCTETS) throw new Error('that is no message');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
