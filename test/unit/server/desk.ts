import type { AccessRequest, Decision, Verdict } from '../../../src/access/index.ts';
import type { ClientConfig } from '../../../src/config/index.ts';
import { parsePrefix } from '../../../src/lib/ip.ts';
import type { Logger } from '../../../src/lib/logger.ts';
import { createPromMetrics } from '../../../src/lib/prom-metrics.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createClientTable } from '../../../src/server/clients.ts';
import { Exchange, type DumpPacket, type ExchangeOptions } from '../../../src/server/exchange.ts';
import type { Peer } from '../../../src/server/listener.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { SECRET } from './wire.ts';

/** Settings of a client as the configuration gives them; all of 127.0.0.0/8 unless told. */
export function clientConfig(
  fields: Partial<Omit<ClientConfig, 'address'>> & { address?: string[] } = {},
): ClientConfig {
  const { address = ['127.0.0.0/8'], ...rest } = fields;
  return {
    name: 'vpn',
    secret: Secret.fromText(SECRET),
    profile: 'generic',
    primary: ['local'],
    policy: 'default',
    messageAuthenticator: 'required',
    replyMessageAuthenticator: true,
    timeoutSeconds: 60,
    challenge: true,
    outOfBand: 'hold',
    userAddress: { attributes: [{ name: 'Calling-Station-Id', type: 31, form: 'text' }], isTrusted: true },
    stripDomain: [],
    duplicateSeconds: 10,
    charset: 'utf-8',
    passcodeDelimiter: ',',
    gluedPasscode: true,
    rejectDelaySeconds: 0,
    ...rest,
    address: address.map((text) => parsePrefix(text)!),
  };
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that remembers, at `trace` unless told. */
export function rememberingLogger(isQuiet = false): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const remember =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level, message, fields: { ...fields } });
  return {
    lines,
    trace: remember('trace'),
    debug: remember('debug'),
    info: remember('info'),
    warn: remember('warn'),
    error: remember('error'),
    isLevelEnabled: () => !isQuiet,
  };
}

export const PEER: Peer = { address: '127.0.0.1', port: 40_001 };

export const accept: Verdict = { kind: 'accept', reason: 'both-doors', attributes: [] };
export const reject: Verdict = { kind: 'reject', reason: 'primary-rejected', message: 'No. [ID]', attributes: [] };

export interface DeskOptions extends Partial<ExchangeOptions> {
  readonly clients?: readonly ClientConfig[];
  /** What is decided; by default Accept. */
  readonly decide?: (request: AccessRequest) => Decision | Promise<Decision>;
  readonly dumpPacket?: DumpPacket;
}

/** An exchange with nothing real around it: what was asked, what was sent, what was logged. */
export class Desk {
  readonly clock = new FakeClock();
  readonly logger = rememberingLogger();
  readonly metrics = createPromMetrics({ ofProcess: false });
  readonly asked: AccessRequest[] = [];
  readonly sent: { readonly reply: Buffer; readonly peer: Peer }[] = [];
  readonly exchange: Exchange;
  readonly #listener = { send: (reply: Buffer, peer: Peer) => void this.sent.push({ reply, peer }) };

  constructor(options: DeskOptions = {}) {
    const {
      clients = [clientConfig()],
      decide = () => ({ verdict: accept }),
      dumpPacket = ({ code }) => `packet of code ${code}`,
      ...limits
    } = options;
    this.exchange = new Exchange(
      {
        clock: this.clock,
        random: createSystemRandom(),
        logger: this.logger,
        metrics: this.metrics,
        clients: createClientTable(clients),
        decide: async (request) => {
          this.asked.push(request);
          return decide(request);
        },
        dumpPacket,
      },
      { maxInFlight: 100, maxAnswered: 1000, ...limits },
    );
  }

  /** Hands in a datagram and lets everything that can happen at once happen. */
  async receive(datagram: Buffer, peer: Peer = PEER): Promise<void> {
    this.exchange.receive(datagram, peer, this.#listener);
    await this.clock.advance(0);
  }

  /** The reply to that datagram; throws unless exactly one was sent since the last call. */
  async answerTo(datagram: Buffer, peer: Peer = PEER): Promise<Buffer> {
    const before = this.sent.length;
    await this.receive(datagram, peer);
    if (this.sent.length !== before + 1) throw new Error(`${this.sent.length - before} replies were sent`);
    return this.sent[before]!.reply;
  }

  /** The value of one series, e.g. `dropped_packets_total{reason="malformed"}`; 0 when it is not there. */
  async count(series: string): Promise<number> {
    const line = (await this.metrics.expose()).split('\n').find((text) => text.startsWith(`sallyport_${series} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  /** Lines at `info` that tell a verdict. */
  get verdictLines(): LogLine[] {
    return this.logger.lines.filter(({ level }) => level === 'info');
  }

  get warnings(): LogLine[] {
    return this.logger.lines.filter(({ level }) => level === 'warn');
  }
}
