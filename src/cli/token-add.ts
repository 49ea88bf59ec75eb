import type { CommandModule } from 'yargs';
import {
  createTokenSecret,
  decodeBase32,
  judgeSecret,
  otpAlgorithms,
  otpauthUri,
  passcodeDigits,
  passcodeShapeProblem,
  periodBounds,
} from '../factors/index.ts';
import type { OtpAlgorithm, PasscodeType, PushProtocol } from '../factors/index.ts';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import type { NewToken, TokenRecord, UserRecord } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler, readSecret } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { newSerial } from './new-serial.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';
import { tokenView } from './token-list.ts';
import { showQrCode } from './token-qr.ts';

export interface TokenAddArguments extends ConfigArguments {
  readonly user: string;
  readonly type: PasscodeType | 'push';
  /** Push only. */
  readonly protocol?: PushProtocol | undefined;
  readonly secretStdin?: boolean | undefined;
  readonly digits: number;
  readonly algorithm: OtpAlgorithm;
  readonly period: number;
  readonly serial?: string | undefined;
  readonly counter: number;
  readonly pending?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** `token add USER`: a phone for push, or a passcode token with a secret from standard input, or with a new one that is shown once, as address and QR code. */
export async function tokenAdd(args: TokenAddArguments, io: CliIo): Promise<ExitStatus> {
  const problem = argumentsProblem(args);
  if (problem !== undefined) {
    io.err(problem);
    return 2;
  }
  const { type } = args;
  if (type === 'push') {
    // Passcode tokens need nothing that speaks to phones.
    const { tokenAddPush } = await import('./token-add-push.ts');
    return tokenAddPush({ ...args, protocol: args.protocol ?? 'app' }, io);
  }
  return withStore(args, io, async ({ storage, config, random }) => {
    const user = await storage.users.findUserRecord(args.user);
    if (user === undefined) {
      io.err(`There is no user ${printable(args.user)}.`);
      return 1;
    }
    const secret = args.secretStdin === true ? await readTokenSecret(io) : createTokenSecret(random, args.algorithm);
    if (secret === undefined) return 1;
    const token = newToken({ ...args, type }, { user, secret, random });
    const record = await storage.tokens.addToken(token);
    const uri =
      args.secretStdin === true
        ? undefined
        : otpauthUri({ issuer: config.factors.totp.issuer, account: user.name, token, counter: token.nextCounter });
    if (args.json === true) printSafeJson(io, { ...tokenView(record), uri: uri ?? null });
    else await show(io, record, uri);
    return 0;
  });
}

function argumentsProblem(args: TokenAddArguments): string | undefined {
  const { type, digits, algorithm, period, counter } = args;
  if (type === 'push' && args.secretStdin === true) return 'A phone makes its own key: push takes no --secret-stdin.';
  if (type !== 'push' && args.protocol !== undefined) return '--protocol is for --type push.';
  if (!Number.isSafeInteger(counter) || counter < 0) return 'The counter must be a whole number from 0.';
  const problem = passcodeShapeProblem({ digits, algorithm, periodSeconds: period });
  return problem === undefined ? undefined : `The ${problem}.`;
}

/** The secret on standard input; `undefined` when it is unfit, which has been printed (without it). */
async function readTokenSecret(io: CliIo): Promise<Secret | undefined> {
  const text = await readSecret(io, 'Secret in Base32');
  const secret = decodeBase32(text?.reveal().toString('utf8') ?? '');
  const judgement = judgeSecret(secret);
  if (judgement.kind === 'weak') io.err(`Note: ${judgement.problem}.`);
  if (judgement.kind !== 'refused') return secret;
  io.err(`Refused: ${judgement.problem}.`);
  return undefined;
}

function newToken(
  args: TokenAddArguments & { readonly type: PasscodeType },
  { user, secret, random }: { user: UserRecord; secret: Secret; random: Random },
): NewToken {
  const { type, digits, algorithm, period, counter } = args;
  return {
    userId: user.id,
    type,
    serial: args.serial ?? newSerial(type, random),
    secret,
    digits,
    algorithm,
    periodSeconds: period,
    nextCounter: type === 'hotp' ? counter : 0,
    state: args.pending === true ? 'pending' : 'active',
  };
}

async function show(io: CliIo, token: TokenRecord, uri: string | undefined): Promise<void> {
  if (uri !== undefined) {
    io.out('Scan this with an authenticator app. It is the secret itself and is shown only now:');
    await showQrCode(io, uri);
  }
  io.out(`Token ${printable(token.serial)} added to user ${printable(token.username)}.`);
  if (token.state === 'pending') {
    io.out(`It opens nothing until a passcode proves it: sallyport token activate ${printable(token.serial)}`);
    return;
  }
  io.out(`Try it: sallyport login --user ${printable(token.username)}`);
}

export const tokenAddCommand: CommandModule<object, TokenAddArguments> = {
  command: 'add <user>',
  describe: 'Add a token or a phone; without --secret-stdin a secret is made and shown as a QR code',
  builder: (yargs) =>
    yargs.positional('user', { type: 'string', demandOption: true, describe: 'Whose' }).options({
      type: {
        choices: ['totp', 'hotp', 'push'] as const,
        default: 'totp' as const,
        describe: 'Passcodes by time or by counter, or a phone that is asked',
      },
      protocol: {
        choices: ['app', 'ntfy', 'privacyidea'] as const,
        requiresArg: true,
        describe: 'push: which app the phone has (app, ours, without it)',
      },
      'secret-stdin': { type: 'boolean', describe: 'Read the secret from standard input, in Base32' },
      digits: { type: 'number', choices: passcodeDigits, default: 6, describe: 'Digits of a passcode' },
      algorithm: { choices: otpAlgorithms, default: 'sha1' as const, describe: 'HMAC (many apps know sha1 only)' },
      period: { type: 'number', default: periodBounds.defaultSeconds, describe: 'TOTP: seconds a passcode lasts' },
      serial: { type: 'string', requiresArg: true, describe: 'What stands on the device; made up without it' },
      counter: { type: 'number', default: 0, describe: 'HOTP: the counter the device shows next' },
      pending: { type: 'boolean', describe: 'It opens nothing until token activate proves it' },
      json: { type: 'boolean', describe: 'Print JSON' },
      ...configOption,
    }),
  handler: handler(tokenAdd),
};
