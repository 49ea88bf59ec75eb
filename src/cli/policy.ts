import type { CommandModule } from 'yargs';
import { policyExplainCommand } from './policy-explain.ts';

/** `sallyport policy …`. */
export const command: CommandModule = {
  command: 'policy <command>',
  describe: 'Policies: explain which rule decides for a login, and why',
  builder: (yargs) =>
    yargs.command(policyExplainCommand).demandCommand(1, 'Which command? See sallyport policy --help.').strict(),
  handler: () => undefined,
};
