import type { CommandModule } from 'yargs';
import { directoryFindCommand } from './directory-find.ts';
import { directorySyncCommand } from './directory-sync.ts';

/** `sallyport directory …`. */
export const command: CommandModule = {
  command: 'directory <command>',
  describe: 'Directories (LDAP): find, sync',
  builder: (yargs) =>
    yargs
      .command(directoryFindCommand)
      .command(directorySyncCommand)
      .demandCommand(1, 'Which command? See sallyport directory --help.')
      .strict(),
  handler: () => undefined,
};
