import type { Config } from '../config/index.ts';
import type { PushChannel, PushEnrolment, PushProtocol } from '../factors/index.ts';
import { createConfiguredPushChannels } from '../gateways/index.ts';
import { publicUrlOf } from '../lib/public-url.ts';
import { silentLogger } from '../lib/logger.ts';
import { Secret } from '../lib/secret.ts';
import { deriveKey } from '../storage/index.ts';
import type { PushTokenRecord, UserRecord } from '../storage/index.ts';
import type { ConfigArguments } from './configuration.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { newSerial } from './new-serial.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore, type StoreContext } from './store.ts';
import { tokenView } from './token-list.ts';
import { showQrCode } from './token-qr.ts';

export interface TokenAddPushArguments extends ConfigArguments {
  readonly user: string;
  readonly protocol: PushProtocol;
  readonly serial?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `token add USER --type push`: a pending token, and the address by which the phone enrols at the running server. */
export async function tokenAddPush(args: TokenAddPushArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async (context) => {
    const problem = missingSetting(context.config, args.protocol);
    if (problem !== undefined) {
      io.err(problem);
      return 1;
    }
    const user = await context.storage.users.findUserRecord(args.user);
    if (user === undefined) {
      io.err(`There is no user ${printable(args.user)}.`);
      return 1;
    }
    const channel = channelOf(args.protocol, context);
    try {
      return await enrol(user, channel, { args, context, io });
    } finally {
      await channel.stop();
    }
  });
}

/** Why that app cannot be enrolled; `undefined` where it can. */
function missingSetting(config: Config, protocol: PushProtocol): string | undefined {
  if (publicUrlOf(config) === undefined)
    return 'Phones cannot reach this server: console.publicUrl is not set in the configuration.';
  if (config.factors.push[protocol] === undefined)
    return `Phones with that app are not asked: factors.push.${protocol} is not set in the configuration.`;
  return undefined;
}

function channelOf(protocol: PushProtocol, { config, clock, random, masterKey, storage }: StoreContext): PushChannel {
  const channels = createConfiguredPushChannels(config, {
    ...{ clock, random, logger: silentLogger },
    webPushKey: Secret.fromOctets(deriveKey(masterKey, 'web-push')),
    devices: storage.devices,
    // Nothing is asked from here, and nobody hears an answer.
    events: { answered: () => ({ kind: 'late' }) },
  });
  const channel = channels.find((offered) => offered.protocol === protocol);
  if (channel === undefined) throw new Error(`no channel for the push protocol ${protocol}`);
  return channel;
}

interface Enrolling {
  readonly args: TokenAddPushArguments;
  readonly context: StoreContext;
  readonly io: CliIo;
}

async function enrol(user: UserRecord, channel: PushChannel, { args, context, io }: Enrolling): Promise<ExitStatus> {
  const { tokens } = context.storage;
  const serial = args.serial ?? newSerial('push', context.random);
  const enrolment = channel.enrol(serial, user.name);
  const { protocol } = channel;
  const record = await tokens.addPushToken({ userId: user.id, serial, protocol, data: enrolment.data });
  const greeting = await enrolment.greeting;
  if (greeting !== undefined && greeting.kind !== 'sent') {
    await tokens.deleteToken(serial);
    io.err(`The first message to the phone could not be sent: ${printable(greeting.problem)}. No token was added.`);
    return 1;
  }
  const { uri, webUri = null } = enrolment;
  if (args.json === true) printSafeJson(io, { ...tokenView(record), uri, webUri });
  else await show(io, record, enrolment);
  return 0;
}

const instructions: Readonly<Record<PushProtocol, string>> = {
  app: 'Open this on the phone, within the hour. It works once:',
  ntfy: 'Scan this with the phone that has the ntfy app, then tap the button of its first message, within the hour:',
  privacyidea: 'Scan this with the privacyIDEA Authenticator, within the hour. It works once:',
};

async function show(io: CliIo, token: PushTokenRecord, { uri, webUri }: PushEnrolment): Promise<void> {
  io.out(instructions[token.protocol]);
  await showQrCode(io, uri);
  if (webUri !== undefined) io.out(`In a browser: ${webUri}`);
  io.out(`Token ${printable(token.serial)} added to user ${printable(token.username)}.`);
  io.out('It is used once the phone has enrolled: sallyport token list tells.');
}
