import { WebSocket } from 'ws';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Connection } from '../kept-open.ts';
import { within } from '../within.ts';
import { readEvent, type AriEvent } from './event.ts';
import { ariUrl, authorization, type AriPlace } from './requests.ts';

/** Asterisk's longest event is some kilobytes. */
const MAX_EVENT_OCTETS = 256 * 1024;

const CLOSE_MS = 2_000;

export interface AriStreamOptions extends AriPlace {
  /** Name of our application in Asterisk. */
  readonly app: string;
  /** Between two questions whether Asterisk is still there. */
  readonly pingMs: number;
}

export interface AriStreamDeps {
  readonly clock: Clock;
  readonly happened: (event: AriEvent) => void;
}

/** Connects to the event stream of our application, which registers it. Rejects with a sentence. */
export async function openAriStream(
  deps: AriStreamDeps,
  options: AriStreamOptions,
  signal: AbortSignal,
): Promise<AriStream> {
  const url = ariUrl(options, ['events'], { app: options.app });
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, {
    headers: { authorization: authorization(options) },
    maxPayload: MAX_EVENT_OCTETS,
    perMessageDeflate: false,
    followRedirects: false,
  });
  const stream = new AriStream(socket, deps, options);
  try {
    const problem = 'Asterisk’s event stream has not opened in time';
    await within(stream.opened, { clock: deps.clock, ms: options.timeoutMs, signal, problem });
    return stream;
  } catch (error) {
    stream.drop('the event stream has not opened');
    throw error;
  }
}

/** The open event stream. */
export class AriStream implements Connection {
  readonly opened: Promise<undefined>;
  readonly lost: Promise<string>;
  readonly #lose: (problem: string) => void;
  readonly #socket: WebSocket;
  readonly #deps: AriStreamDeps;
  readonly #options: AriStreamOptions;
  #problem: string | undefined;
  #ping: Timer | undefined;

  constructor(socket: WebSocket, deps: AriStreamDeps, options: AriStreamOptions) {
    this.#socket = socket;
    this.#deps = deps;
    this.#options = options;
    ({ promise: this.lost, resolve: this.#lose } = Promise.withResolvers<string>());
    const { promise: opened, resolve, reject } = Promise.withResolvers<undefined>();
    this.opened = opened;
    socket.on('open', () => {
      this.#pingLater();
      resolve(undefined);
    });
    socket.on('unexpected-response', (_request, { statusCode }) => {
      const isRefused = statusCode === 401;
      this.drop(isRefused ? 'Asterisk refuses the credentials' : `Asterisk has answered ${String(statusCode)}`);
    });
    socket.on('message', (data, isBinary) => this.#received(data as Buffer, isBinary));
    socket.on('error', (error) => this.drop(problemOfSocket(error)));
    socket.on('close', () => this.drop('Asterisk has closed the event stream'));
    void this.lost.then((problem) => reject(new Error(problem)));
  }

  async close(): Promise<void> {
    if (this.#problem !== undefined) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.close();
    const patience = { clock: this.#deps.clock, ms: CLOSE_MS, problem: '' };
    await within(closed, patience).catch(() => undefined);
    this.drop('the gateway has been stopped');
  }

  /** Ends it at once. */
  drop(problem: string): void {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#ping?.cancel();
    this.#socket.terminate();
    this.#lose(problem);
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#problem !== undefined || isBinary) return;
    const event = readEvent(data.toString('utf8'));
    if (event !== undefined) this.#deps.happened(event);
  }

  // A line that is cut tells nobody: who is silent is asked.
  #pingLater(): void {
    const { clock } = this.#deps;
    this.#ping = clock.setTimer(this.#options.pingMs, () => {
      const heard = () => {
        this.#ping?.cancel();
        this.#pingLater();
      };
      this.#ping = clock.setTimer(this.#options.timeoutMs, () => {
        this.#socket.off('pong', heard);
        this.drop('Asterisk is silent');
      });
      this.#socket.once('pong', heard);
      this.#socket.ping();
    });
  }
}

function problemOfSocket(error: Error): string {
  return `Asterisk’s event stream has failed: ${(error as NodeJS.ErrnoException).code ?? error.message}`;
}
