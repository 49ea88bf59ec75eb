import type { Socket } from 'node:net';
import smpp, { type Pdu, type Session } from 'smpp';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Connection } from '../kept-open.ts';
import { problemOf, within } from '../within.ts';
import { Pace } from './pace.ts';
import { openSocket, type SmppPlace } from './socket.ts';
import { statusName } from './status.ts';
import type { TextFields } from './split-text.ts';
import { Window } from './window.ts';

/** SMPP 3.4 §5.2.4. */
const INTERFACE_VERSION = 0x34;

/** Answers that the SMSC has not read: beyond that it will not. */
const MAX_UNREAD_OCTETS = 65_536;

/** What a session is for: both ways, sending, or hearing. */
export type Bind = 'transceiver' | 'transmitter' | 'receiver';

export interface SmppLinkOptions extends SmppPlace {
  readonly systemId: string;
  readonly password: Secret;
  readonly systemType: string;
  readonly bind: Bind;
  /** For the connection, the bind and each answer. */
  readonly timeoutMs: number;
  /** Between two questions whether the SMSC is still there. */
  readonly enquireMs: number;
  /** Messages that may wait for their answer at a time. */
  readonly window: number;
}

export interface SmppLinkDeps {
  readonly clock: Clock;
  /** A message or a receipt came in; answered when this returns. Must not throw. */
  readonly delivered: (pdu: Pdu) => void;
}

/** What goes into a `submit_sm` besides its text. */
export type SubmitFields = TextFields & Readonly<Record<string, unknown>>;

/** Connects and binds. Rejects with a sentence. */
export async function openSmppLink(
  deps: SmppLinkDeps,
  options: SmppLinkOptions,
  signal: AbortSignal,
): Promise<SmppLink> {
  const { clock } = deps;
  const inTime = new AbortController();
  const timer = clock.setTimer(options.timeoutMs, () => inTime.abort());
  const socket = await openSocket(options, AbortSignal.any([signal, inTime.signal])).finally(() => timer.cancel());
  const link = new SmppLink(socket, deps, options);
  try {
    await link.bind(signal);
    return link;
  } catch (error) {
    link.drop(problemOf(error));
    throw error;
  }
}

/** One bound connection to an SMSC. */
export class SmppLink implements Connection {
  readonly lost: Promise<string>;
  readonly #lose: (problem: string) => void;
  readonly #deps: SmppLinkDeps;
  readonly #options: SmppLinkOptions;
  readonly #session: Session;
  readonly #window: Window;
  readonly #pace: Pace;
  /** By sequence number. */
  readonly #open = new Map<number, { answered: (pdu: Pdu) => void; failed: (error: Error) => void }>();
  #problem: string | undefined;
  #enquiry: Timer | undefined;

  constructor(socket: Socket, deps: SmppLinkDeps, options: SmppLinkOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#window = new Window(options.window);
    ({ promise: this.lost, resolve: this.#lose } = Promise.withResolvers<string>());
    this.#session = new smpp.Session({ socket });
    this.#pace = new Pace(deps.clock, this.#session);
    this.#session.on('pdu', (pdu: Pdu) => this.#received(pdu));
    this.#session.on('error', (error: Error) => this.drop(error.message));
    this.#session.on('close', () => this.drop('the SMSC has closed the connection'));
  }

  async bind(signal: AbortSignal): Promise<void> {
    const { systemId, password, systemType, bind } = this.#options;
    const answer = await this.#ask(
      new smpp.PDU(`bind_${bind}`, {
        system_id: systemId,
        password: password.reveal().toString('latin1'),
        system_type: systemType,
        interface_version: INTERFACE_VERSION,
      }),
      { signal },
    );
    if (answer.command_status !== 0) throw new Error(`the SMSC refuses the bind: ${statusName(answer.command_status)}`);
    this.#enquireLater();
  }

  /**
   * Hands a message over and gives the status it was answered with. `taken` is called with the SMSC's name for it
   * before anything else that came in is looked at: a receipt may follow in the same breath.
   */
  submit(fields: SubmitFields, signal: AbortSignal, taken: (messageId: string) => void): Promise<number> {
    const submitInTurn = async () => {
      const answered = (pdu: Pdu) => {
        if (pdu.command_status === 0) taken(pdu.message_id ?? '');
      };
      return (await this.#ask(new smpp.PDU('submit_sm', fields), { signal, answered })).command_status;
    };
    return this.#window.run(submitInTurn, () => !signal.aborted);
  }

  async close(): Promise<void> {
    if (this.#problem !== undefined) return;
    await this.#ask(new smpp.PDU('unbind', {})).catch(() => undefined);
    this.drop('the gateway has been stopped');
  }

  /** Ends it at once; whoever waits for an answer is told why. */
  drop(problem: string): void {
    if (this.#problem !== undefined) return;
    this.#problem = problem;
    this.#enquiry?.cancel();
    this.#pace.stop();
    this.#session.destroy();
    for (const { failed } of this.#open.values()) failed(new Error(problem));
    this.#open.clear();
    this.#lose(problem);
  }

  #ask(pdu: Pdu, { signal, answered }: { signal?: AbortSignal; answered?: (pdu: Pdu) => void } = {}): Promise<Pdu> {
    if (this.#problem !== undefined) return Promise.reject(new Error(this.#problem));
    const { clock } = this.#deps;
    const { promise, resolve, reject } = Promise.withResolvers<Pdu>();
    if (!this.#session.send(pdu)) return Promise.reject(new Error('the connection takes nothing any more'));
    const number = pdu.sequence_number;
    this.#open.set(number, {
      failed: reject,
      answered: (answer) => {
        if (answer.command_status === 0 && answer.command !== `${pdu.command}_resp`) {
          reject(new Error(`the SMSC has answered ${pdu.command} with something else`));
          return;
        }
        answered?.(answer);
        resolve(answer);
      },
    });
    const problem = `the SMSC has not answered ${pdu.command} in time`;
    return within(promise, { clock, ms: this.#options.timeoutMs, signal, problem }).finally(() =>
      this.#open.delete(number),
    );
  }

  #received(pdu: Pdu): void {
    if (this.#problem !== undefined) return;
    this.#pace.count();
    if (pdu.isResponse()) this.#open.get(pdu.sequence_number)?.answered(pdu);
    else this.#requested(pdu);
  }

  #requested(pdu: Pdu): void {
    switch (pdu.command) {
      case 'deliver_sm':
        this.#deps.delivered(pdu);
        this.#answer(pdu.response());
        return;
      case 'enquire_link':
        this.#answer(pdu.response());
        return;
      case 'unbind':
        this.#session.send(pdu.response());
        this.#session.close();
        this.drop('the SMSC has ended the session');
        return;
      default:
        this.#answer(
          new smpp.PDU('generic_nack', {
            sequence_number: pdu.sequence_number,
            command_status: smpp.errors['ESME_RINVCMDID'],
          }),
        );
    }
  }

  #answer(pdu: Pdu): void {
    this.#session.send(pdu);
    if (this.#session.socket.writableLength > MAX_UNREAD_OCTETS) this.drop('the SMSC reads no answers');
  }

  #enquireLater(): void {
    this.#enquiry = this.#deps.clock.setTimer(this.#options.enquireMs, () => {
      this.#ask(new smpp.PDU('enquire_link', {})).then(
        () => this.#enquireLater(),
        (error: unknown) => this.drop(problemOf(error)),
      );
    });
  }
}
