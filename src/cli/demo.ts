import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { startApp, type App } from '../app.ts';
import type { Config } from '../config/index.ts';
import { createConfiguredPushChannels } from '../gateways/index.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { createSystemRandom, type Random } from '../lib/random.ts';
import { Secret } from '../lib/secret.ts';
import { dumpPacket, loadDictionary } from '../radius/index.ts';
import { deriveKey } from '../storage/index.ts';
import { unreadConfigOption } from './configuration.ts';
import { demoConfig, findFreePort } from './demo/config.ts';
import { tellLog } from './demo/log.ts';
import { playPasscodes } from './demo/passcodes.ts';
import { playCall, playPush, playSms } from './demo/phones.ts';
import { onPhone, title, type Stage } from './demo/stage.ts';
import { startWorld, type World } from './demo/world.ts';
import { handler, type CliIo, type ExitStatus } from './io.ts';
import { createNas } from './nas.ts';

export const command: CommandModule = {
  command: 'demo',
  describe: 'Show logins step by step: a server, users, a NAS and their phones, all on loopback; ends by itself',
  builder: unreadConfigOption,
  handler: handler(demo),
};

const DICTIONARIES = join(import.meta.dirname, '..', '..', 'dictionaries');

/** Plays a login, a wrong passcode, a lock-out, an SMS, a call and a push, showing each packet; leaves nothing behind. */
export async function demo(_: unknown, io: CliIo): Promise<ExitStatus> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-demo-'));
  const random = createSystemRandom();
  const remove = removeAlsoWhenInterrupted(directory);
  try {
    const ports = { console: await findFreePort(), world: await findFreePort() };
    const config = demoConfig(directory, ports, random);
    const show = (text: string): void => onPhone({ io }, text);
    const world = await startWorld({ clock: systemClock, port: ports.world, authToken: authTokenOf(config), show });
    try {
      return await withApp(config, { io, random, world });
    } finally {
      await world.close();
    }
  } finally {
    remove();
  }
}

function removeAlsoWhenInterrupted(directory: string): () => void {
  // The store's other thread may still be writing.
  const remove = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  const leave = (): void => process.exit(1);
  process.once('exit', remove);
  process.once('SIGINT', leave).once('SIGTERM', leave);
  return () => {
    process.off('exit', remove);
    process.off('SIGINT', leave).off('SIGTERM', leave);
    remove();
  };
}

function authTokenOf({ gateways }: Config): Secret {
  const calls = gateways['calls'];
  if (calls?.type !== 'twilio') throw new Error('the demo places no calls');
  return calls.authToken;
}

interface Surroundings {
  readonly io: CliIo;
  readonly random: Random;
  readonly world: World;
}

async function withApp(config: Config, surroundings: Surroundings): Promise<ExitStatus> {
  const { random } = surroundings;
  const masterKey = Secret.fromOctets(random.octets(32));
  const app = await startApp(config, { clock: systemClock, random, logger: silentLogger, masterKey });
  try {
    const [channel] = createConfiguredPushChannels(config, {
      ...{ clock: systemClock, random, logger: silentLogger, devices: app.storage.devices },
      webPushKey: Secret.fromOctets(deriveKey(masterKey, 'web-push')),
      // It makes the address of an enrolment and asks nobody: the server does.
      events: { answered: () => ({ kind: 'late' }) },
    });
    if (channel === undefined) throw new Error('the demo asks no phones');
    return await onStage(config, { ...surroundings, app }, async (stage) => {
      const hasPassed = [
        await playPasscodes(stage),
        await playSms(stage),
        await playCall(stage),
        await playPush(stage, channel),
      ].every(Boolean);
      await tellLog(stage.io, stage.storage);
      return hasPassed ? 0 : 1;
    });
  } finally {
    await app.stop();
  }
}

async function onStage(
  config: Config,
  { io, random, world, app }: Surroundings & { readonly app: App },
  play: (stage: Stage) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const [listener] = app.addresses.radius;
  const [client] = config.clients;
  if (listener === undefined || client === undefined) throw new Error('the demo has no listener');
  const password = random.octets(9).toString('base64url');
  const target = { address: listener.address, port: listener.port, secret: client.secret };
  const nas = await createNas({ ...target, timeoutMs: 5_000, transmissions: 2 }, { clock: systemClock, random });
  const dictionary = loadDictionary(DICTIONARIES);
  const show: Stage['show'] = (packet) => dumpPacket(packet, dictionary);
  title(
    { io },
    `Sallyport listens on ${listener.address} port ${listener.port}. alice has a password and an authenticator app.`,
  );
  try {
    return await play({ ...{ io, random, world, nas, password, show }, storage: app.storage });
  } finally {
    nas.close();
  }
}
