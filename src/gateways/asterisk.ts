import type { AsteriskGatewayConfig } from '../config/index.ts';
import type { Delivery, Gateway, PhoneCall } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import { AsteriskCall } from './asterisk/call.ts';
import type { AriEvent } from './asterisk/event.ts';
import { createMediaOf, folderOf, type MediaOf } from './asterisk/media.ts';
import { request, type AriPlace, type AriRequest } from './asterisk/requests.ts';
import { openAriStream, type AriStream, type AriStreamOptions } from './asterisk/stream.ts';
import { KeptOpen } from './kept-open.ts';
import { problemOf } from './within.ts';

/** Our channels begin with it: one that is answered after we have given it up is hung up. */
const CHANNEL_PREFIX = 'sallyport-';

const CHANNEL_OCTETS = 12;

const PING_MS = 30_000;

/** Asterisk itself ends the ringing; this is for when nobody tells us. */
const RING_GRACE_MS = 5_000;

/** An Asterisk that places calls, by its REST interface (ARI). */
export interface AsteriskGatewayOptions extends Omit<AsteriskGatewayConfig, 'type' | 'failures' | 'asideSeconds'> {
  readonly name: string;
}

/** What the Asterisk gateway works with. */
export interface AsteriskGatewayDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Named after the gateway. */
  readonly logger: Logger;
}

/** Places calls through an Asterisk. */
export function createAsteriskGateway(deps: AsteriskGatewayDeps, options: AsteriskGatewayOptions): Gateway {
  return new AsteriskGateway(deps, options);
}

class AsteriskGateway implements Gateway {
  readonly name: string;
  readonly channels = ['call'] as const;
  readonly #deps: AsteriskGatewayDeps;
  readonly #options: AsteriskGatewayOptions;
  readonly #place: AriPlace;
  readonly #mediaOf: MediaOf;
  readonly #kept: KeptOpen<AriStream>;
  /** By channel. */
  readonly #calls = new Map<string, AsteriskCall>();

  constructor(deps: AsteriskGatewayDeps, options: AsteriskGatewayOptions) {
    this.name = options.name;
    this.#deps = deps;
    this.#options = options;
    const { url, username, password, app, timeoutSeconds } = options;
    this.#place = { url, username, password, timeoutMs: timeoutSeconds * 1000 };
    this.#mediaOf = createMediaOf(options.speech);
    const streamOptions = { ...this.#place, app, pingMs: PING_MS };
    this.#kept = new KeptOpen(deps, (signal) => this.#openStream(streamOptions, signal));
  }

  start(): Promise<void> {
    return this.#kept.start();
  }

  async stop(): Promise<void> {
    await this.#endCalls();
    await this.#kept.stop();
    await this.#endCalls();
  }

  async placeCall(call: PhoneCall, signal: AbortSignal): Promise<Delivery> {
    if (!/^\+\d{4,15}$/.test(call.to)) return { kind: 'refused', problem: 'the number is not in E.164' };
    if (this.#kept.current === undefined) return { kind: 'failed', problem: `not connected: ${this.#kept.problem}` };
    if (this.#calls.size >= this.#options.maxCalls) return { kind: 'failed', problem: 'too many calls are under way' };
    const channelId = `${CHANNEL_PREFIX}${this.#deps.random.octets(CHANNEL_OCTETS).toString('hex')}`;
    const placed = this.#add(call, channelId);
    try {
      await this.#ask(this.#originate(call, channelId), signal);
    } catch (error) {
      // The answer may be lost although the phone rings, has been taken, or the call has already come to its end.
      if (!placed.isAnswered && !placed.isOver) return this.#giveUp(placed, channelId, problemOf(error));
    }
    return { kind: 'sent', reference: channelId };
  }

  #add(call: PhoneCall, channelId: string): AsteriskCall {
    const { clock, logger } = this.#deps;
    const { ringSeconds, maxSeconds } = this.#options;
    const added = new AsteriskCall(
      call,
      {
        clock,
        logger,
        mediaOf: this.#mediaOf,
        ask: (asked) => this.#ask(asked),
        over: () => this.#calls.delete(channelId),
      },
      { channelId, maxRingMs: ringSeconds * 1000 + RING_GRACE_MS, maxTalkMs: maxSeconds * 1000 },
    );
    this.#calls.set(channelId, added);
    return added;
  }

  #originate(call: PhoneCall, channelId: string): AriRequest {
    const { endpoint, app, ringSeconds, callerId } = this.#options;
    const from = call.from ?? callerId;
    return {
      method: 'POST',
      path: ['channels', channelId],
      body: {
        endpoint: endpoint.replaceAll('{{number}}', call.to).replaceAll('{{digits}}', call.to.slice(1)),
        app,
        timeout: ringSeconds,
        ...(from !== undefined && { callerId: from }),
        variables: { 'CHANNEL(language)': folderOf(call.language) },
      },
    };
  }

  #giveUp(placed: AsteriskCall, channelId: string, problem: string): Delivery {
    placed.forget();
    this.#calls.delete(channelId);
    this.#hangUpStray(channelId);
    return { kind: 'failed', problem };
  }

  async #openStream(options: AriStreamOptions, signal: AbortSignal): Promise<AriStream> {
    const deps = { clock: this.#deps.clock, happened: (event: AriEvent) => this.#happened(event) };
    const stream = await openAriStream(deps, options, signal);
    // Nobody would hear the keys of calls that go on.
    void stream.lost.then(() => this.#endCalls());
    return stream;
  }

  #happened(event: AriEvent): void {
    switch (event.kind) {
      case 'replaced':
        this.#deps.logger.warn({ app: this.#options.app }, 'another program uses the same application in Asterisk');
        return;
      case 'played':
        for (const call of this.#calls.values()) call.happened(event);
        return;
      case 'answered':
      case 'key':
      case 'ended':
        this.#happenedTo(event.channelId, event);
    }
  }

  #happenedTo(channelId: string, event: AriEvent): void {
    const call = this.#calls.get(channelId);
    if (call !== undefined) call.happened(event);
    else if (event.kind === 'answered' && channelId.startsWith(CHANNEL_PREFIX)) this.#hangUpStray(channelId);
  }

  #hangUpStray(channelId: string): void {
    // It may never have come about.
    this.#ask({ method: 'DELETE', path: ['channels', channelId] }).catch((error: unknown) => {
      this.#deps.logger.debug({ problem: problemOf(error) }, 'a call that was given up has not been ended');
    });
  }

  async #endCalls(): Promise<void> {
    const ending = [...this.#calls.values()].map((call) => call.hangUp(call.isAnswered ? 'hung-up' : 'failed'));
    await Promise.all(ending);
  }

  #ask(asked: AriRequest, signal?: AbortSignal): Promise<void> {
    return request(this.#deps.clock, this.#place, asked, signal);
  }
}
