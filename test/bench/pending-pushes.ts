import type { CallbackRequest, PushPrompt } from '../../src/factors/index.ts';
import { newVapidKey, type PushChannelsOptions } from '../../src/gateways/index.ts';
import { collectGarbage } from '../../src/lib/collect-garbage.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { AppPhone } from '../support/phones/app-phone.ts';
import { FakeNtfy } from '../support/phones/fake-ntfy.ts';
import { NtfyPhone } from '../support/phones/ntfy-phone.ts';
import type { Phone } from '../support/phones/phone.ts';
import { PrivacyideaPhone } from '../support/phones/privacyidea-phone.ts';
import { startPushStage, type PushStage } from '../support/phones/push-stage.ts';

// What a push costs while it waits: `node test/bench/pending-pushes.ts` prints the memory of 5,000 prompts of each
// protocol, each to a phone of its own, prompts and data of the tokens included. Where phones ask, they have asked.
const PROMPTS = 5_000;
const never = new AbortController().signal;
const random = createSystemRandom();

const ntfy = await new FakeNtfy().start();
const app = { vapidKey: newVapidKey(random), contact: 'mailto:admin@example.com' };
await measure({ app }, (uri, { clock }) => new AppPhone(uri, { clock }));
await measure({ ntfy: { server: ntfy.url } }, (uri) => new NtfyPhone(uri));
await measure({ privacyidea: {} }, (uri, { clock }) => new PrivacyideaPhone(uri, { clock }));
await ntfy.stop();

async function measure(options: PushChannelsOptions, phoneOf: (uri: string, stage: PushStage) => Phone): Promise<void> {
  const stage = await startPushStage(options);
  const phone = phoneOf(stage.begin('PHONE-0000'), stage);
  for (let turn = 0; turn < 100 && !(await phone.enrol()).isTaken; turn += 1) await stage.clock.advance(0);
  const before = heldOctets();
  const prompts = Array.from({ length: PROMPTS }, (_, number) => promptTo(stage, `PHONE-${number + 1}`));
  for (const prompt of prompts) await stage.channel.send(prompt, never);
  ntfy.notifications.length = 0;
  if (phone instanceof PrivacyideaPhone) await askEach(stage, prompts, phone);
  const octets = (heldOctets() - before) / PROMPTS;
  process.stdout.write(`${stage.channel.protocol}: ${Math.round(octets)} octets a waiting push (${prompts.length})\n`);
  await stage.stop();
}

/** A prompt to a phone with data of its own, as large as that of the phone that was enrolled. */
function promptTo(stage: PushStage, serial: string): PushPrompt {
  const data = Secret.fromOctets(stage.devices.get('PHONE-0000').data.reveal());
  stage.devices.add(serial, stage.channel.protocol, { uri: '', data }, { isPending: false });
  const body = `Somebody logs in to the VPN as alice@example.com from 192.0.2.7. Is it you? (${serial})`;
  return stage.prompt(serial, { body, choices: ['17', '42', '93'] });
}

async function askEach(stage: PushStage, prompts: readonly PushPrompt[], phone: PrivacyideaPhone): Promise<void> {
  const poll = stage.channel.callbacks.find(({ method }) => method === 'GET');
  const timestamp = new Date(stage.clock.nowMs()).toISOString();
  for (const { device } of prompts) {
    const query = { serial: device.serial, timestamp, signature: phone.sign(`${device.serial}|${timestamp}`) };
    const request: CallbackRequest = { url: '', headers: {}, query, body: Buffer.alloc(0) };
    const reply = await poll?.handle(request);
    if (reply?.status !== 200) throw new Error('a phone was refused');
  }
}

function heldOctets(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
