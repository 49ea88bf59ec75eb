import yargs, { type Argv, type CommandModule } from 'yargs';

// Each command's file is loaded only when it is called: a server needs no table printer, a report no listener.
const commands: Readonly<Record<string, { readonly describe: string; readonly load: () => Promise<CommandFile> }>> = {
  serve: { describe: 'Answer RADIUS clients', load: () => import('./serve.ts') },
  check: { describe: 'Check the configuration, then try upstreams and the database', load: () => import('./check.ts') },
  demo: { describe: 'Show a login step by step, on loopback', load: () => import('./demo.ts') },
  login: { describe: 'Play the NAS: log in as a user', load: () => import('./login.ts') },
  user: {
    describe: 'Add, list, show, set, disable, unlock, reset, delete, import users; a lost phone',
    load: () => import('./user.ts'),
  },
  token: {
    describe: 'Add, activate, list, import, export, resync, disable, delete tokens',
    load: () => import('./token.ts'),
  },
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
  const parser = createParser(args);
  for (const [known, { describe }] of Object.entries(commands)) {
    if (known !== name) parser.command(known, describe);
  }
  if (chosen !== undefined) parser.command((await chosen.load()).command as CommandModule);
  try {
    await parser.parseAsync();
  } catch (error) {
    complain(error instanceof UsageError ? await explained(error, parser) : textOf(error));
    process.exitCode = error instanceof UsageError ? BAD_USAGE : 1;
  }
}

function createParser(args: readonly string[]): Argv {
  return (
    yargs([...args])
      .scriptName('sallyport')
      .usage('$0 COMMAND\n\nA RADIUS authentication proxy with a second door.')
      // The commands' own words are English: those of the parser are not another language beside them.
      .locale('en')
      .updateStrings(plainWords)
      .version()
      .help()
      .alias('help', 'h')
      .strict()
      // An option given twice has its last value, as in other programs, rather than a list of both.
      .parserConfiguration({ 'duplicate-arguments-array': false })
      .check((given) => wrongNumber(given, args) ?? true)
      .recommendCommands()
      .demandCommand(1, 'Which command? See sallyport --help.')
      .wrap(Math.min(110, process.stdout.columns || 110))
      .fail((message, error: unknown) => {
        // The parser's own errors are bad usage too.
        if (error instanceof Error && error.name !== 'YError') throw error;
        throw new UsageError(message);
      })
  );
}

const TOO_FEW = 'Not enough non-option arguments';

// What the parser says, in words of somebody who uses the program.
const plainWords = {
  'Did you mean %s?': 'There is no such command. Did you mean %s?',
  'Invalid values:': 'Refused:',
  'Argument: %s, Given: %s, Choices: %s': '--%s is %s, which is none of %s',
};

// The parser makes NaN of text where a number is due.
function wrongNumber(given: Readonly<Record<string, unknown>>, args: readonly string[]): string | undefined {
  const wrong = Object.keys(given).find((key) => Number.isNaN(given[key]) && !/[A-Z]/.test(key));
  if (wrong === undefined) return undefined;
  const option = `--${wrong}`;
  const isOption = args.some((arg) => arg === option || arg.startsWith(`${option}=`));
  return `${isOption ? option : wrong} wants a number`;
}

async function explained({ message }: UsageError, parser: Argv): Promise<string> {
  if (!message.startsWith(TOO_FEW)) return message;
  const [usage = ''] = (await parser.getHelp()).split('\n');
  const group = / <command>$/.exec(usage);
  return group === null
    ? `Something is missing: ${usage}`
    : `Which command? See ${usage.slice(0, group.index)} --help.`;
}

function complain(text: string): void {
  process.stderr.write(`sallyport: ${text}\n`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// A reader that has gone (`| head`) is no failure: what was begun is finished. A full disk behind `> file` is one.
function surviveOutputErrors(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    complain(`the output cannot be written: ${error.message}`);
    process.exit(1);
  });
}

class UsageError extends Error {}
