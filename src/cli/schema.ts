import type { CommandModule } from 'yargs';
import { configFiles } from '../config/index.ts';
import { unreadConfigOption } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';

/** Prints the JSON Schema of the configuration. */
export function runSchema(_args: object, io: CliIo): Promise<ExitStatus> {
  io.out(configFiles()['schema.json']);
  return Promise.resolve(0);
}

/** `sallyport schema`. */
export const command: CommandModule = {
  command: 'schema',
  describe: 'Print the JSON Schema of the configuration, for editors',
  builder: unreadConfigOption,
  handler: handler(runSchema),
};
