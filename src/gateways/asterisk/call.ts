import type { CallStep, PhoneCall } from '../../factors/index.ts';
import { delay, type Clock, type Timer } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { problemOf } from '../within.ts';
import type { AriEvent } from './event.ts';
import type { MediaOf } from './media.ts';
import type { AriRequest } from './requests.ts';

/** A comma in an extension. */
const COMMA_MS = 2_000;

/** Time for one key to be heard, pause included. */
const KEY_MS = 250;

/** How a call ends. */
type Ending = Parameters<PhoneCall['dialog']['ended']>[0];

/** Q.850 causes of calls that nobody took; every other one is a failure of the line. */
const CAUSES: ReadonlyMap<number, Ending> = new Map([
  [16, 'no-answer'],
  [17, 'busy'],
  [18, 'no-answer'],
  [19, 'no-answer'],
  [21, 'busy'],
]);

export interface AsteriskCallDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mediaOf: MediaOf;
  readonly ask: (request: AriRequest) => Promise<void>;
  /** The call is over; told once. */
  readonly over: () => void;
}

export interface AsteriskCallOptions {
  readonly channelId: string;
  readonly maxRingMs: number;
  /** Once it is answered. */
  readonly maxTalkMs: number;
}

/** One call that Asterisk has been asked for: turns its events into what the dialog wants to know, and speaks. */
export class AsteriskCall {
  readonly #call: PhoneCall;
  readonly #deps: AsteriskCallDeps;
  readonly #options: AsteriskCallOptions;
  #limit: Timer;
  #isAnswered = false;
  #isOver = false;
  #playbacks = 0;
  #playbackId: string | undefined;
  #gather: CallStep['gather'];
  #keys = '';
  #keyTimer: Timer | undefined;

  constructor(call: PhoneCall, deps: AsteriskCallDeps, options: AsteriskCallOptions) {
    this.#call = call;
    this.#deps = deps;
    this.#options = options;
    this.#limit = deps.clock.setTimer(options.maxRingMs, () => void this.hangUp('no-answer'));
  }

  /** Whether somebody has taken it. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Whether it has ended, and the dialog knows. */
  get isOver(): boolean {
    return this.#isOver;
  }

  happened(event: AriEvent): void {
    if (this.#isOver) return;
    switch (event.kind) {
      case 'answered':
        this.#answered();
        return;
      case 'key':
        this.#key(event.key);
        return;
      case 'played':
        if (event.playbackId === this.#playbackId) this.#played();
        return;
      case 'ended':
        this.#finish(this.#isAnswered ? 'hung-up' : (CAUSES.get(event.cause ?? 0) ?? 'failed'));
        return;
      case 'replaced':
        return;
    }
  }

  /** Ends the call; when this resolves, Asterisk has been told or cannot be. */
  async hangUp(how: Ending): Promise<void> {
    if (this.#isOver) return;
    this.#finish(how);
    await this.#tell({ method: 'DELETE', path: ['channels', this.#options.channelId] });
  }

  /** The call never came about, and somebody else sees to it: nobody is told. */
  forget(): void {
    this.#isOver = true;
    this.#cancelTimers();
  }

  #answered(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#limit.cancel();
    this.#limit = this.#deps.clock.setTimer(this.#options.maxTalkMs, () => void this.hangUp('hung-up'));
    this.#work(async () => {
      await this.#dialExtension();
      if (!this.#isOver) await this.#perform(this.#call.dialog.answered());
    });
  }

  async #dialExtension(): Promise<void> {
    const { clock, ask } = this.#deps;
    for (const keys of this.#call.extension?.match(/,|[\d*#A-D]+/g) ?? []) {
      if (this.#isOver) return;
      if (keys === ',') {
        await delay(clock, COMMA_MS);
      } else {
        await ask({ method: 'POST', path: ['channels', this.#options.channelId, 'dtmf'], query: { dtmf: keys } });
        await delay(clock, keys.length * KEY_MS);
      }
    }
  }

  async #perform({ say, gather }: CallStep): Promise<void> {
    if (this.#isOver) return;
    this.#gather = gather;
    this.#keys = '';
    if (say.length === 0) {
      this.#played();
      return;
    }
    const { channelId } = this.#options;
    const playbackId = `${channelId}-${String(++this.#playbacks)}`;
    this.#playbackId = playbackId;
    const media = say.map((phrase) => this.#deps.mediaOf(phrase, this.#call.language));
    await this.#deps.ask({ method: 'POST', path: ['channels', channelId, 'play', playbackId], body: { media } });
  }

  #played(): void {
    this.#playbackId = undefined;
    if (this.#gather === undefined) void this.hangUp('hung-up');
    else if (this.#keyTimer === undefined) this.#awaitKey(this.#gather.timeoutSeconds);
  }

  #key(key: string): void {
    if (this.#gather === undefined) return;
    if (key !== '#') this.#keys += key;
    if (key === '#' || this.#keys.length >= this.#gather.maxKeys) {
      this.#gathered(this.#keys);
      return;
    }
    this.#awaitKey(this.#gather.timeoutSeconds);
    this.#silence();
  }

  #awaitKey(seconds: number): void {
    this.#keyTimer?.cancel();
    this.#keyTimer = this.#deps.clock.setTimer(seconds * 1000, () =>
      this.#gathered(this.#keys === '' ? undefined : this.#keys),
    );
  }

  #gathered(keys: string | undefined): void {
    this.#gather = undefined;
    this.#keyTimer?.cancel();
    this.#keyTimer = undefined;
    this.#silence();
    this.#work(async () => this.#perform(await this.#call.dialog.pressed(keys)));
  }

  /** Whoever presses a key has heard enough. */
  #silence(): void {
    if (this.#playbackId === undefined) return;
    void this.#tell({ method: 'DELETE', path: ['playbacks', this.#playbackId] });
    this.#playbackId = undefined;
  }

  #work(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      this.#deps.logger.warn({ problem: problemOf(error) }, 'a call cannot go on');
      void this.hangUp('failed');
    });
  }

  /** Asks for something that may be too late. */
  #tell(request: AriRequest): Promise<void> {
    return this.#deps.ask(request).catch((error: unknown) => {
      this.#deps.logger.debug({ problem: problemOf(error) }, 'Asterisk has not done what it was asked for a call');
    });
  }

  #finish(how: Ending): void {
    if (this.#isOver) return;
    this.forget();
    this.#deps.over();
    this.#call.dialog.ended(how);
  }

  #cancelTimers(): void {
    this.#limit.cancel();
    this.#keyTimer?.cancel();
    this.#keyTimer = undefined;
  }
}
