import yargs, { type CommandModule } from 'yargs';

// Each command's file is loaded only when it is called: a server needs no table printer, a report no listener.
const commands: Readonly<Record<string, { readonly describe: string; readonly load: () => Promise<CommandFile> }>> = {
  serve: { describe: 'Answer RADIUS clients', load: () => import('./serve.ts') },
  check: { describe: 'Check the configuration, then try upstreams and the database', load: () => import('./check.ts') },
  demo: { describe: 'Show a login step by step, on loopback', load: () => import('./demo.ts') },
  login: { describe: 'Play the NAS: log in as a user', load: () => import('./login.ts') },
  user: {
    describe: 'Add, list, show, set, disable, unlock, reset, delete users; a lost phone',
    load: () => import('./user.ts'),
  },
  token: { describe: 'Add, activate, list, disable, delete, import tokens', load: () => import('./token.ts') },
  directory: { describe: 'Directories (LDAP): find a user, take users over', load: () => import('./directory.ts') },
  bypass: { describe: 'Codes that stand for a second factor: add, list, revoke', load: () => import('./bypass.ts') },
  'app-password': {
    describe: 'Passwords for devices that know no second factor: add, list, revoke',
    load: () => import('./app-password.ts'),
  },
  'backup-codes': { describe: 'Codes to keep for a lost phone: add, list', load: () => import('./backup-codes.ts') },
  disconnect: { describe: 'Ask the NAS to end the sessions of a user', load: () => import('./disconnect.ts') },
  block: { describe: 'Users whom nobody lets in: add, list, remove', load: () => import('./block.ts') },
  remembered: {
    describe: 'Logins that need no second factor for a while: list, revoke',
    load: () => import('./remembered.ts'),
  },
  unavailable: {
    describe: 'Let the second door decide alone for a while: allow, status, close',
    load: () => import('./unavailable.ts'),
  },
  policy: { describe: 'Explain which rule decides for a login, and why', load: () => import('./policy.ts') },
  report: { describe: 'Print the authentication log', load: () => import('./report.ts') },
  audit: { describe: 'Verify the authentication log', load: () => import('./audit.ts') },
  secret: { describe: 'Encrypt a secret for the configuration', load: () => import('./secret.ts') },
  schema: { describe: 'Print the JSON Schema of the configuration', load: () => import('./schema.ts') },
};

interface CommandFile {
  readonly command: { readonly handler: unknown };
}

const BAD_USAGE = 2;

/** Runs one command; sets the exit status: 0 done, 1 refused or failed, 2 bad usage or configuration. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  surviveOutputErrors();
  const name = args.find((arg) => Object.hasOwn(commands, arg));
  const chosen = name === undefined ? undefined : commands[name];
  const parser = yargs([...args])
    .scriptName('sallyport')
    .usage('$0 COMMAND\n\nA RADIUS authentication proxy with a second door.')
    .version()
    .help()
    .alias('help', 'h')
    .strict()
    // An option given twice has its last value, as in other programs, rather than a list of both.
    .parserConfiguration({ 'duplicate-arguments-array': false })
    .parserConfiguration({ 'duplicate-arguments-array': false })
    .recommendCommands()
    .demandCommand(1, 'Which command? See sallyport --help.')
    .wrap(Math.min(110, process.stdout.columns || 110))
    .fail((message, error: unknown) => {
      // The parser's own errors are bad usage too.
      if (error instanceof Error && error.name !== 'YError') throw error;
      process.stderr.write(`sallyport: ${message}\n`);
      process.exitCode = BAD_USAGE;
      throw new UsageError(message);
    });
  for (const [known, { describe }] of Object.entries(commands)) {
    if (known !== name) parser.command(known, describe);
  }
  if (chosen !== undefined) parser.command((await chosen.load()).command as CommandModule);
  try {
    await parser.parseAsync();
  } catch (error) {
    if (error instanceof UsageError) return;
    process.stderr.write(`sallyport: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

// A reader that has gone (`| head`) is no failure: what was begun is finished. A full disk behind `> file` is one.
function surviveOutputErrors(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    process.stderr.write(`sallyport: the output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
}

class UsageError extends Error {}
