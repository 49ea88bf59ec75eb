import type { PushAnswer, PushChannel, PushEvents, PushPrompt, PushReceipt } from '../../../src/factors/index.ts';
import { createPushChannels, type PushChannelsOptions } from '../../../src/gateways/index.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { startCallbackServer, type CallbackServer } from '../callback-server.ts';
import { FakeClock } from '../fake-clock.ts';
import { MemoryPushDevices } from './push-devices.ts';

/** The answers that came through, and what they are answered. */
export class RecordedEvents implements PushEvents {
  readonly answers: { readonly promptId: string; readonly answer: PushAnswer }[] = [];
  receipt: PushReceipt = { kind: 'taken' };

  answered(promptId: string, answer: PushAnswer): PushReceipt {
    this.answers.push({ promptId, answer });
    return this.receipt;
  }
}

/** The program around one channel: its web server, tokens and clock. */
export interface PushStage {
  readonly clock: FakeClock;
  readonly server: CallbackServer;
  readonly channel: PushChannel;
  readonly devices: MemoryPushDevices;
  readonly events: RecordedEvents;
  /** Begins an enrolment and gives its address. */
  begin(serial: string): string;
  /** A prompt to an enrolled phone, in time for a minute. */
  prompt(serial: string, changes?: Partial<PushPrompt>): PushPrompt;
  stop(): Promise<void>;
}

/** Builds it for the one protocol in the options. */
export async function startPushStage(options: PushChannelsOptions, logger = silentLogger): Promise<PushStage> {
  const clock = new FakeClock();
  const server = await startCallbackServer();
  const devices = new MemoryPushDevices();
  const events = new RecordedEvents();
  const random = createSystemRandom();
  const deps = { clock, random, logger, publicUrl: server.url, devices, events, fetch };
  const [channel] = createPushChannels(options, deps);
  if (channel === undefined) throw new Error('no protocol in the options');
  server.mount(`/push/${channel.protocol}/`, channel.callbacks);
  await channel.start();
  return {
    clock,
    server,
    channel,
    devices,
    events,
    begin(serial) {
      const enrolment = channel.enrol(serial, 'alice@example.com');
      devices.add(serial, channel.protocol, enrolment);
      return enrolment.uri;
    },
    prompt: (serial, changes) => ({
      id: random.octets(16).toString('hex'),
      device: devices.get(serial),
      title: 'Login to vpn',
      body: 'Is it you, from 192.0.2.7 | today?',
      client: 'vpn',
      expiresAtMs: clock.nowMs() + 60_000,
      ...changes,
    }),
    async stop() {
      await channel.stop();
      await server.stop();
    },
  };
}
