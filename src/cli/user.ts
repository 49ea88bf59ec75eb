import type { CommandModule } from 'yargs';
import { userAddCommand } from './user-add.ts';
import { userChangeCommands, userDeleteCommand, userResetCommand } from './user-change.ts';
import { userImportCommand } from './user-import.ts';
import { userListCommand } from './user-list.ts';
import { userSetCommand } from './user-set.ts';
import { userShowCommand } from './user-show.ts';

/** `sallyport user …`. */
export const command: CommandModule = {
  command: 'user <command>',
  describe: 'Users: add, list, show, set, disable, enable, unlock, reset, phone-lost, delete, import',
  builder: (yargs) => {
    yargs.command(userAddCommand).command(userListCommand).command(userShowCommand).command(userSetCommand);
    for (const change of userChangeCommands) yargs.command(change);
    yargs.command(userResetCommand);
    yargs.command(userDeleteCommand).command(userImportCommand);
    return yargs.demandCommand(1, 'Which command? See sallyport user --help.').strict();
  },
  handler: () => undefined,
};
