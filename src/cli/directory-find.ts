import type { CommandModule } from 'yargs';
import type { Person, PersonLookup } from '../primary/index.ts';
import { configOption, requireConfiguration, type ConfigArguments } from './configuration.ts';
import { directoriesIn, openNamed } from './directories.ts';
import { handler, printTable, type CliIo, type ExitStatus } from './io.ts';
import { printable, printSafeJson } from './safe-text.ts';

export interface DirectoryFindArguments extends ConfigArguments {
  readonly user: string;
  readonly directory?: string | undefined;
  readonly json?: boolean | undefined;
}

interface Finding {
  readonly directory: string;
  readonly lookup: PersonLookup;
}

/** `directory find USER`: what the directories say of a name, as a login would find it. */
export async function directoryFind(args: DirectoryFindArguments, io: CliIo): Promise<ExitStatus> {
  const config = requireConfiguration(args, io);
  if (config === undefined) return 2;
  const directories = directoriesIn(config, args.directory);
  if (directories.length === 0) {
    io.err(
      args.directory === undefined ? 'The configuration has no primary of type ldap.' : 'There is no such directory.',
    );
    return 2;
  }
  const findings: Finding[] = [];
  for (const named of directories) {
    const tools = await openNamed(named, config);
    findings.push({ directory: named.name, lookup: await tools.find(args.user) });
    tools.close();
  }
  if (args.json === true) printSafeJson(io, findings);
  else for (const finding of findings) await printFinding(finding, args.user, io);
  return findings.some(({ lookup }) => lookup.kind === 'found') ? 0 : 1;
}

async function printFinding({ directory, lookup }: Finding, user: string, io: CliIo): Promise<void> {
  switch (lookup.kind) {
    case 'found':
      return printPerson(directory, lookup.person, io);
    case 'unknown':
      io.out(`${directory}: nobody is called ${printable(user)}, or the domain is not one of ours.`);
      return;
    case 'ambiguous':
      io.out(`${directory}: several users are called ${printable(user)}: none of them can log in by that name.`);
      return;
    case 'unavailable':
      io.err(`${directory}: ${printable(lookup.cause)}.`);
      return;
  }
}

async function printPerson(directory: string, person: Person, io: CliIo): Promise<void> {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['DN', person.dn],
    ['Id', person.externalId],
    ['First name', person.firstName],
    ['Last name', person.lastName],
    ['E-mail', person.email],
    ['Phone', person.phone],
    ['Language', person.language],
    ...person.groups.map(({ name }, index) => [index === 0 ? 'Groups' : '', name] as const),
  ];
  await printTable(io, {
    columns: [
      { heading: directory, key: 'field' },
      { heading: printable(person.name), key: 'value' },
    ],
    rows: rows.flatMap(([field, value]) => (value === undefined ? [] : [{ field, value: printable(value) }])),
  });
}

export const directoryFindCommand: CommandModule<object, DirectoryFindArguments> = {
  command: 'find <user>',
  describe: 'Show what the directory says of a user, by any name they may type',
  builder: (yargs) =>
    yargs.positional('user', { type: 'string', demandOption: true, describe: 'As it is typed at a login' }).options({
      directory: { type: 'string', requiresArg: true, describe: 'A primary of type ldap; without it, all of them' },
      json: { type: 'boolean', describe: 'Print JSON' },
      ...configOption,
    }),
  handler: handler(directoryFind),
};
