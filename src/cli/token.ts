import type { CommandModule } from 'yargs';
import { tokenActivateCommand } from './token-activate.ts';
import { tokenAddCommand } from './token-add.ts';
import { tokenChangeCommands, tokenDeleteCommand } from './token-change.ts';
import { tokenImportCommand } from './token-import.ts';
import { tokenExportCommand } from './token-export.ts';
import { tokenListCommand } from './token-list.ts';
import { tokenResyncCommand } from './token-resync.ts';

/** `sallyport token …`. */
export const command: CommandModule = {
  command: 'token <command>',
  describe: 'Tokens: add, activate, list, import, export, resync, disable, enable, delete',
  builder: (yargs) => {
    yargs.command(tokenAddCommand).command(tokenActivateCommand).command(tokenListCommand).command(tokenImportCommand);
    yargs.command(tokenExportCommand).command(tokenResyncCommand);
    for (const change of tokenChangeCommands) yargs.command(change);
    return yargs.command(tokenDeleteCommand).demandCommand(1, 'Which command? See sallyport token --help.').strict();
  },
  handler: () => undefined,
};
