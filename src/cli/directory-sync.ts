import type { CommandModule } from 'yargs';
import type { SyncReport } from '../primary/index.ts';
import { configOption, requireConfiguration, type ConfigArguments } from './configuration.ts';
import { directoriesIn, openNamed, type NamedDirectory } from './directories.ts';
import { handler, printTable, type CliIo, type ExitStatus } from './io.ts';
import { createProgress } from './progress.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore, type StoreContext } from './store.ts';

export interface DirectorySyncArguments extends ConfigArguments {
  readonly name?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** What became of one directory. */
type Outcome =
  | ({ readonly directory: string; readonly isDone: true } & SyncReport)
  | { readonly directory: string; readonly isDone: false; readonly problem: string };

const EVERY_ROWS = 1000;

/** `directory sync [NAME]`: puts the people of directories into the store; disables those who are gone. */
export async function directorySync(args: DirectorySyncArguments, io: CliIo): Promise<ExitStatus> {
  const config = requireConfiguration(args, io);
  if (config === undefined) return 2;
  const chosen = directoriesIn(config, args.name).filter((named) => named.config.sync !== undefined);
  if (chosen.length === 0) {
    io.err(`No primary of type ldap${args.name === undefined ? '' : ` called ${printable(args.name)}`} has \`sync\`.`);
    return 2;
  }
  const work = async (context: StoreContext): Promise<ExitStatus> => {
    const outcomes: Outcome[] = [];
    for (const named of chosen) outcomes.push(await syncOne(named, args, io, context));
    if (args.json === true) printSafeJson(io, outcomes);
    else await printOutcomes(outcomes, args, io);
    return outcomes.every((outcome) => outcome.isDone && !outcome.isBraked) ? 0 : 1;
  };
  return withStore(args, io, work, { mayCreate: true });
}

async function syncOne(
  named: NamedDirectory,
  { dryRun = false, force = false }: DirectorySyncArguments,
  io: CliIo,
  { config, storage }: StoreContext,
): Promise<Outcome> {
  const tools = await openNamed(named, config);
  const progress = await createProgress(io, named.name, EVERY_ROWS);
  try {
    const report = await tools.synchronise(storage.people, {
      ...{ isDryRun: dryRun, isForced: force },
      progress: (read) => progress.update(read, read),
    });
    return { directory: named.name, isDone: true, ...report };
  } catch (error) {
    if (!(error instanceof Error && error.name === 'DirectoryError')) throw error;
    return { directory: named.name, isDone: false, problem: error.message };
  } finally {
    progress.stop();
    tools.close();
  }
}

async function printOutcomes(outcomes: readonly Outcome[], { dryRun = false }: DirectorySyncArguments, io: CliIo) {
  const done = outcomes.flatMap((outcome) => (outcome.isDone ? [outcome] : []));
  await printTable(io, {
    rows: done.map((report) => ({
      directory: report.directory,
      read: report.read,
      added: report.added.length,
      changed: report.changed.length,
      disabled: report.isBraked ? 0 : report.removed.length,
      conflicts: report.conflicts.length,
    })),
    columns: [
      { heading: 'Directory', key: 'directory' },
      { heading: 'Read', key: 'read', align: 'right' },
      { heading: 'Added', key: 'added', align: 'right' },
      { heading: 'Changed', key: 'changed', align: 'right' },
      { heading: 'Disabled', key: 'disabled', align: 'right' },
      { heading: 'Conflicts', key: 'conflicts', align: 'right' },
    ],
  });
  if (dryRun) io.out('Nothing was written: that is what would happen. Changes are not counted.');
  for (const outcome of outcomes) for (const line of remarks(outcome)) io.err(line);
}

function remarks(outcome: Outcome): string[] {
  if (!outcome.isDone) return [`${outcome.directory}: ${printable(outcome.problem)}. Nobody was disabled.`];
  const { directory, removed, conflicts, isBraked } = outcome;
  const brake = `${directory}: STOPPED. ${removed.length} users would be disabled, more than maxRemovals: nobody was. Look at the directory and the filter; --force does it all the same.`;
  return [
    ...(isBraked ? [brake] : []),
    ...conflicts.map((name) => `${directory}: ${printable(name)} is left out: the name belongs to another user here.`),
  ];
}

export const directorySyncCommand: CommandModule<object, DirectorySyncArguments> = {
  command: 'sync [name]',
  describe: 'Take over the users that `sync` of a directory names; disable those who are gone',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', describe: 'A primary of type ldap; without it, all that have `sync`' })
      .options({
        'dry-run': { type: 'boolean', describe: 'Show what would happen, write nothing' },
        force: { type: 'boolean', describe: 'Disable those who are gone, however many they are' },
        json: { type: 'boolean', describe: 'Print JSON' },
        ...configOption,
      }),
  handler: handler(directorySync),
};
