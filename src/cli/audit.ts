import type { CommandModule } from 'yargs';
import type { ChainCheck } from '../storage/index.ts';
import { configOption } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { createProgress } from './progress.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface AuditVerifyArguments extends ConfigArguments {
  readonly json?: boolean | undefined;
}

const LINE_EVERY_EVENTS = 100_000;

/** `audit verify`: recomputes the hash chain of the authentication log; 1 when it is broken. */
export async function auditVerify(args: AuditVerifyArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async ({ storage }) => {
    const progress = await createProgress(io, 'Events', LINE_EVERY_EVENTS);
    let check: ChainCheck;
    try {
      check = await storage.events.verifyChain((done, total) => progress.update(done, total));
    } finally {
      progress.stop();
    }
    if (args.json === true) printSafeJson(io, check);
    else print(check, io);
    return check.kind === 'intact' ? 0 : 1;
  });
}

function print(check: ChainCheck, io: CliIo): void {
  switch (check.kind) {
    case 'intact':
      io.out(`The authentication log is intact: ${check.events} events.`);
      return;
    case 'broken':
      io.err(`The authentication log is broken at event ${check.sequence}: ${printable(check.problem)}.`);
      io.err('Keep the database as it is, and compare it with a backup from before.');
      return;
  }
}

/** `sallyport audit …`. */
export const command: CommandModule = {
  command: 'audit <command>',
  describe: 'The authentication log: verify',
  builder: (yargs) =>
    yargs.command(auditVerifyCommand()).demandCommand(1, 'Which command? See sallyport audit --help.').strict(),
  handler: () => undefined,
};

function auditVerifyCommand(): CommandModule<object, AuditVerifyArguments> {
  return {
    command: 'verify',
    describe: 'Check that no event was altered, removed or added',
    builder: (yargs) => yargs.options({ json: { type: 'boolean', describe: 'Print JSON' }, ...configOption }),
    handler: handler(auditVerify),
  };
}
