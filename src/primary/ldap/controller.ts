import type { Clock } from '../../lib/clock.ts';
import { hostAndPort } from '../../lib/ip.ts';
import type { Secret } from '../../lib/secret.ts';
import { Connection, type Target } from './connection.ts';
import { DirectoryError } from './error.ts';
import type { LdapResult } from './messages.ts';
import { shortened } from './search.ts';

/** Our own account; `undefined`: searches are anonymous. */
export interface ServiceAccount {
  readonly dn: string;
  readonly password: Secret;
}

export interface ControllerOptions {
  readonly target: Target;
  readonly account: ServiceAccount | undefined;
  readonly poolSize: number;
  readonly timeoutMs: number;
  /** Whether users’ binds ask what a password policy has against them. */
  readonly asksPolicy: boolean;
}

/** Works on a connection of the service account, until the deadline (monotonic milliseconds). */
export type ServiceWork<T> = (connection: Connection, deadlineMs: number) => Promise<T>;

// Questions on one connection are answered one after the other by many a server.
const MAX_OPEN_ON_ONE = 50;
const MAX_BINDS = 100;

/** One server of a directory: a pool of connections that are the service account's, and binds of users beside it. */
export class Controller {
  /** `host:port`. */
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  #pool: Connection[] = [];
  readonly #openings = new Set<Promise<Connection>>();
  #waiting = 0;
  #binds = 0;
  readonly #private = new Set<Connection>();
  #isStopped = false;

  constructor(options: ControllerOptions, clock: Clock) {
    const { host, port } = options.target;
    this.name = hostAndPort(host, port);
    this.#options = options;
    this.#clock = clock;
  }

  /** Works on a pooled connection. One that the server has closed meanwhile is replaced once. */
  async work<T>(use: ServiceWork<T>): Promise<T> {
    const deadlineMs = this.#deadline();
    const kept = this.#choose();
    if (kept === undefined) return use(await this.#open(deadlineMs), deadlineMs);
    try {
      return await use(kept, deadlineMs);
    } catch (error) {
      const isStale = error instanceof DirectoryError && error.code === 'closed' && !kept.isOpen;
      if (!isStale || this.#isStopped) throw error;
      return use(await this.#open(deadlineMs), deadlineMs);
    }
  }

  /** Binds as a user, on a connection that is closed afterwards. */
  async bind(dn: string, password: string): Promise<LdapResult> {
    if (this.#binds >= MAX_BINDS) throw new DirectoryError('busy', 'too many users bind at the same time');
    this.#binds += 1;
    const deadlineMs = this.#deadline();
    try {
      return await this.#privately(deadlineMs, (connection) =>
        connection.bind(dn, password, deadlineMs, this.#options.asksPolicy),
      );
    } finally {
      this.#binds -= 1;
    }
  }

  /** The same as `work`, on a connection that nobody else uses: for a server that is asked once. */
  workAlone<T>(use: ServiceWork<T>): Promise<T> {
    const deadlineMs = this.#deadline();
    return this.#privately(deadlineMs, async (connection) => {
      await this.#bindService(connection, deadlineMs);
      return use(connection, deadlineMs);
    });
  }

  /** Connects and says nothing. */
  connectOnce(): Promise<void> {
    return this.#privately(this.#deadline(), () => Promise.resolve());
  }

  /** Closes what is open. */
  disconnect(): void {
    for (const connection of [...this.#pool, ...this.#private]) connection.close();
    this.#pool = [];
  }

  stop(): void {
    this.#isStopped = true;
    this.disconnect();
  }

  async #privately<T>(deadlineMs: number, use: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#connect(deadlineMs);
    this.#private.add(connection);
    try {
      return await use(connection);
    } finally {
      this.#private.delete(connection);
      connection.close();
    }
  }

  // The one with the least to do; `undefined`: a new one is due.
  #choose(): Connection | undefined {
    this.#pool = this.#pool.filter(({ isOpen }) => isOpen);
    const [least] = this.#pool.toSorted((a, b) => a.openCount - b.openCount);
    const mayOpen = this.#pool.length + this.#openings.size < this.#options.poolSize;
    if (least === undefined || (least.openCount > 0 && mayOpen)) return undefined;
    if (least.openCount >= MAX_OPEN_ON_ONE) throw tooBusy();
    return least;
  }

  // Opens one, or waits for one that is being opened.
  async #open(deadlineMs: number): Promise<Connection> {
    const [opening] = this.#openings;
    if (opening === undefined || this.#openings.size < this.#options.poolSize) return this.#openOne(deadlineMs);
    if (this.#waiting >= MAX_OPEN_ON_ONE) throw tooBusy();
    this.#waiting += 1;
    try {
      return await opening;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #openOne(deadlineMs: number): Promise<Connection> {
    const opening = this.#connectAsService(deadlineMs);
    this.#openings.add(opening);
    try {
      const connection = await opening;
      this.#pool.push(connection);
      return connection;
    } finally {
      this.#openings.delete(opening);
    }
  }

  async #connectAsService(deadlineMs: number): Promise<Connection> {
    const connection = await this.#connect(deadlineMs);
    await this.#bindService(connection, deadlineMs);
    return connection;
  }

  async #connect(deadlineMs: number): Promise<Connection> {
    const connection = await Connection.open(this.#options.target, deadlineMs, this.#clock);
    if (!this.#isStopped) return connection;
    connection.close();
    throw new DirectoryError('closed', 'the primary is not running');
  }

  async #bindService(connection: Connection, deadlineMs: number): Promise<void> {
    const { account } = this.#options;
    if (account === undefined) return;
    const { code, message } = await connection.bind(account.dn, account.password.reveal().toString('utf8'), deadlineMs);
    if (code === 0) return;
    connection.close();
    throw new DirectoryError('service-refused', `our own account is refused (result ${code}: ${shortened(message)})`);
  }

  #deadline(): number {
    if (this.#isStopped) throw new DirectoryError('closed', 'the primary is not running');
    return this.#clock.monotonicMs() + this.#options.timeoutMs;
  }
}

function tooBusy(): DirectoryError {
  return new DirectoryError('busy', 'too many questions wait for the directory');
}
