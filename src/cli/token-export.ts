import { open, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import type { VaultToken } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { FileProblem, unusableFile } from './import/problem.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { containerSecretOptions, createContainerSecrets } from './pskc/container-secrets.ts';
import type { ContainerSecretArguments } from './pskc/container-secrets.ts';
import { isXmlText, writeContainer } from './pskc/write.ts';
import type { ContainerLock } from './pskc/write.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface TokenExportArguments extends ConfigArguments, ContainerSecretArguments {
  readonly file: string;
  readonly user?: string | undefined;
  readonly plain?: boolean | undefined;
  readonly json?: boolean | undefined;
}

const MIN_PASSWORD_OCTETS = 12;

/** `token export FILE`: enabled tokens with their secrets as PSKC, encrypted unless `--plain` is said, in a file of mode 0600. */
export async function tokenExport(args: TokenExportArguments, io: CliIo): Promise<ExitStatus> {
  if (args.plain === true && (args.keyFile !== undefined || args.passwordFile !== undefined)) {
    io.err('--plain does not go together with a key or a password.');
    return 2;
  }
  return withStore(args, io, async ({ storage, random }) => {
    if (args.user !== undefined && (await storage.users.findUserRecord(args.user)) === undefined) {
      io.err(`There is no user ${printable(args.user)}.`);
      return 1;
    }
    try {
      const tokens = await storage.vault.exportTokens(args.user);
      const kept = tokens.filter((token) => token.isEnabled && isXmlText(token.serial) && isXmlText(token.username));
      const lock = await lockOf(args, io);
      await writeFile(resolve(io.cwd, args.file), kept, { lock, random });
      report(args, io, { written: kept.length, leftOut: tokens.length - kept.length, lock });
      return 0;
    } catch (error) {
      const problem = describeProblem(error);
      if (problem === undefined) throw error;
      io.err(problem);
      return 1;
    }
  });
}

async function lockOf(args: TokenExportArguments, io: CliIo): Promise<ContainerLock> {
  if (args.plain === true) return { kind: 'plain' };
  const secrets = createContainerSecrets(args, io);
  if (secrets.given === 'key') return { kind: 'key', key: await secrets.key() };
  const password = await secrets.password();
  if (io.stdin.isTTY === true && secrets.given === undefined) await confirmPassword(password, args, io);
  if (password.length < MIN_PASSWORD_OCTETS) {
    throw new FileProblem(`the password has ${password.length} octets, at least ${MIN_PASSWORD_OCTETS} are needed`);
  }
  return { kind: 'password', password };
}

// Typed without an echo: a slip would lock everybody out of the file.
async function confirmPassword(password: Secret, args: TokenExportArguments, io: CliIo): Promise<void> {
  const again = await createContainerSecrets(args, io, 'The same password again').password();
  if (!again.reveal().equals(password.reveal())) throw new FileProblem('the two passwords differ');
}

// Never over a file that is there, nor through a link: what is written are secrets.
async function writeFile(
  file: string,
  tokens: readonly VaultToken[],
  { lock, random }: { readonly lock: ContainerLock; readonly random: Random },
): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.chmod(0o600);
    for await (const piece of writeContainer(tokens, lock, random)) await handle.writeFile(piece);
    await handle.sync();
  } catch (error) {
    await unlink(file);
    throw error;
  } finally {
    await handle.close();
  }
}

function report(
  args: TokenExportArguments,
  io: CliIo,
  { written, leftOut, lock }: { readonly written: number; readonly leftOut: number; readonly lock: ContainerLock },
): void {
  if (lock.kind === 'plain') io.err('Warning: the file holds every secret in clear. Whoever reads it can log in.');
  if (leftOut > 0) io.err(`Note: ${leftOut} tokens are left out, because they are disabled or XML cannot write them.`);
  if (args.json === true) printSafeJson(io, { file: args.file, tokens: written, leftOut, protection: lock.kind });
  else io.out(`${written} tokens written to ${printable(args.file)}.`);
}

function describeProblem(error: unknown): string | undefined {
  if (error instanceof FileProblem) return `Nothing was written: ${printable(error.message)}.`;
  const isThere = error instanceof Error && 'path' in error && 'code' in error && error.code === 'EEXIST';
  if (isThere) return `${printable(String(error.path))} is there already: it is not written over.`;
  return unusableFile(error);
}

export const tokenExportCommand: CommandModule<object, TokenExportArguments> = {
  command: 'export <file>',
  describe: 'Export tokens with their secrets as PSKC, encrypted',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, normalize: true, describe: 'A file that is not there' })
      .options({
        user: { type: 'string', requiresArg: true, describe: 'Only the tokens of this user' },
        ...containerSecretOptions,
        plain: { type: 'boolean', describe: 'Do not encrypt: every secret in clear' },
        json: { type: 'boolean', describe: 'Print what was done as JSON' },
        ...configOption,
      })
      .epilogue(
        'Without --key-file, --password-file and --plain, a password is asked for or read from standard input.',
      ),
  handler: handler(tokenExport),
};
