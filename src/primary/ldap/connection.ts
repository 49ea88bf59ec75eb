import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { DirectoryEntry } from './entry.ts';
import { DirectoryError } from './error.ts';
import type { PasswordChange } from '../primary.ts';
import { Frames } from './frames.ts';
import {
  Answer,
  bindMessage,
  decodeMessage,
  searchMessage,
  startTlsMessage,
  type LdapResult,
  type Received,
  type SearchQuestion,
} from './messages.ts';
import { changeMessage } from './unicode-pwd.ts';

/** One server of a directory, and how it is spoken to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** `plain` is what an operator has allowed by name. */
  readonly security: 'tls' | 'start-tls' | 'plain';
  /** PEM; without it the authorities this machine trusts. */
  readonly ca: string | undefined;
  /** The name its certificate must have, where that is not `host`. */
  readonly serverName: string | undefined;
}

/** What a search brought. */
export interface Found {
  readonly entries: readonly DirectoryEntry[];
  /** Where the directory says that more may be. */
  readonly references: readonly string[];
  readonly result: LdapResult;
}

interface Waiting {
  readonly operation: number;
  readonly entries: DirectoryEntry[];
  readonly references: string[];
  octets: number;
  readonly maxEntries: number;
  readonly timer: Timer;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: DirectoryError) => void;
}

// A page of a thousand entries has about a megabyte.
const MAX_MESSAGE_OCTETS = 4 * 1024 * 1024;
const MAX_ANSWER_OCTETS = 32 * 1024 * 1024;
// Of a search without a limit: a directory that knows no pages gives everybody at once.
const MAX_ENTRIES = 100_000;
const MAX_MESSAGE_ID = 0x7fffffff;

/**
 * One connection to a directory, over the messages of `ldapts`. Its own client connects again by itself, in clear and
 * unbound, and carries what came before StartTLS over into the session: here a connection that is lost is lost, and
 * nothing that came in clear is read under TLS.
 */
export class Connection {
  readonly #clock: Clock;
  #socket: Socket | TLSSocket;
  #frames = new Frames(MAX_MESSAGE_OCTETS);
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #lost: DirectoryError | undefined;

  private constructor(socket: Socket | TLSSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#listen();
  }

  /** Connects, and is under TLS where it has to be, before the deadline (monotonic milliseconds). */
  static async open(target: Target, deadlineMs: number, clock: Clock): Promise<Connection> {
    const isTls = target.security === 'tls';
    const { host, port } = target;
    const socket = isTls ? connectTls({ host, port, ...tlsOptions(target) }) : connectTcp({ host, port });
    await connected(socket, isTls ? 'secureConnect' : 'connect', deadlineMs, clock);
    const connection = new Connection(socket, clock);
    if (target.security === 'start-tls') await connection.#startTls(target, deadlineMs);
    return connection;
  }

  get isOpen(): boolean {
    return this.#lost === undefined;
  }

  /** Operations that wait for their answer. */
  get openCount(): number {
    return this.#waiting.size;
  }

  /** A simple bind; the result says what became of it. */
  async bind(dn: string, password: string, deadlineMs: number, asksPolicy = false): Promise<LdapResult> {
    const send = (id: number): Buffer => bindMessage(id, dn, password, asksPolicy);
    return (await this.#ask(Answer.bind, send, deadlineMs)).result;
  }

  /** One search, or one page of it. */
  search(question: SearchQuestion, deadlineMs: number): Promise<Found> {
    const seconds = Math.max(1, Math.ceil((deadlineMs - this.#clock.monotonicMs()) / 1000));
    const maxEntries = question.sizeLimit === 0 ? MAX_ENTRIES : question.sizeLimit;
    return this.#ask(Answer.search, (id) => searchMessage(id, question, seconds), deadlineMs, maxEntries);
  }

  /** Changes a password (see `changeMessage`): under TLS only. */
  async changePassword(dn: string, change: PasswordChange, deadlineMs: number): Promise<LdapResult> {
    if (!(this.#socket instanceof TLSSocket)) throw new DirectoryError('tls', 'no password is changed without TLS');
    return (await this.#ask(Answer.modify, (id) => changeMessage(id, dn, change), deadlineMs)).result;
  }

  /** Ends it at once; what waits is rejected. */
  close(): void {
    this.#fail(new DirectoryError('closed', 'the connection was closed'));
  }

  async #startTls(target: Target, deadlineMs: number): Promise<void> {
    const { result } = await this.#ask(Answer.extended, startTlsMessage, deadlineMs);
    if (result.code !== 0 || this.#frames.held > 0) {
      this.close();
      throw new DirectoryError('tls', `the directory refuses StartTLS (result ${result.code})`);
    }
    this.#socket.removeAllListeners();
    const socket = connectTls({ socket: this.#socket, host: target.host, ...tlsOptions(target) });
    this.#frames = new Frames(MAX_MESSAGE_OCTETS);
    await connected(socket, 'secureConnect', deadlineMs, this.#clock);
    this.#socket = socket;
    this.#listen();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('error', (error: Error) =>
      this.#fail(new DirectoryError('closed', `the connection was lost: ${error.message}`)),
    );
    socket.on('close', () => this.#fail(new DirectoryError('closed', 'the directory closed the connection')));
  }

  #ask(operation: number, message: (id: number) => Buffer, deadlineMs: number, maxEntries = 0): Promise<Found> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    this.#lastId = this.#lastId === MAX_MESSAGE_ID ? 1 : this.#lastId + 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const octets = message(id);
      const waitMs = Math.max(0, deadlineMs - this.#clock.monotonicMs());
      const timer = this.#clock.setTimer(waitMs, () =>
        this.#fail(new DirectoryError('late', 'the directory did not answer in time')),
      );
      this.#waiting.set(id, { operation, entries: [], references: [], octets: 0, maxEntries, timer, resolve, reject });
      this.#socket.write(octets);
    });
  }

  #received(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#take(decodeMessage(frame), frame.length);
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      this.#fail(error);
    }
  }

  #take(received: Received, octets: number): void {
    // Number 0: the directory is about to close (RFC 4511 §4.4.1). Any other that nobody waits for: likewise no LDAP.
    const waiting = this.#waiting.get(received.id);
    if (waiting === undefined) throw new DirectoryError('closed', 'the directory ended the conversation');
    waiting.octets += octets;
    const isTooMuch = waiting.octets > MAX_ANSWER_OCTETS || waiting.entries.length > waiting.maxEntries;
    if (isTooMuch) throw new DirectoryError('malformed', 'the directory answers without end');
    switch (received.kind) {
      case 'entry':
        waiting.entries.push(received.entry);
        return;
      case 'reference':
        waiting.references.push(...received.urls);
        return;
      case 'result':
        if (received.operation !== waiting.operation)
          throw new DirectoryError('malformed', 'an answer of another kind');
        this.#settle(received.id, waiting);
        waiting.resolve({ entries: waiting.entries, references: waiting.references, result: received.result });
    }
  }

  #settle(id: number, { timer }: Waiting): void {
    timer.cancel();
    this.#waiting.delete(id);
  }

  #fail(error: DirectoryError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    for (const [id, waiting] of this.#waiting) {
      this.#settle(id, waiting);
      waiting.reject(error);
    }
    this.#socket.destroy();
  }
}

function tlsOptions({ ca, host, serverName }: Target) {
  const name = serverName ?? host;
  return {
    ...(ca !== undefined && { ca }),
    ...(isIP(name) === 0 && { servername: name }),
    minVersion: 'TLSv1.2' as const,
    // Said here, so that no variable of the environment can say otherwise.
    rejectUnauthorized: true,
    checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(name, certificate),
  };
}

function connected(socket: Socket, event: string, deadlineMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      timer.cancel();
      socket.removeListener('error', failed).removeListener('close', closed);
      settle();
    };
    const refuse = (error: DirectoryError): void => {
      // What a socket says after its end concerns nobody.
      end(() => socket.on('error', () => undefined).destroy());
      reject(error);
    };
    const failed = (error: NodeJS.ErrnoException): void => refuse(openingError(error));
    const closed = (): void => refuse(new DirectoryError('unreachable', 'the connection was closed at once'));
    const late = (): void => refuse(new DirectoryError('late', 'no connection came about in time'));
    const timer = clock.setTimer(Math.max(0, deadlineMs - clock.monotonicMs()), late);
    socket.once('error', failed).once('close', closed);
    socket.once(event, () => end(resolve));
  });
}

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no program listens on that port',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  ETIMEDOUT: 'no connection came about in time',
  ECONNRESET: 'the connection was closed at once',
};

function openingError(error: NodeJS.ErrnoException): DirectoryError {
  const cause = causes[error.code ?? ''];
  if (cause !== undefined) return new DirectoryError('unreachable', cause, { cause: error });
  return new DirectoryError('tls', `TLS failed: ${error.message}`, { cause: error });
}
