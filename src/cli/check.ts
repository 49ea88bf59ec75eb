import { styleText } from 'node:util';
import type { CommandModule } from 'yargs';
import { formatProblem } from '../config/index.ts';
import type { Config, LoadResult } from '../config/index.ts';
import { systemClock } from '../lib/clock.ts';
import { createSystemRandom } from '../lib/random.ts';
import { summarise } from './check-summary.ts';
import { configOption, readConfiguration } from './configuration.ts';
import type { ConfigArguments } from './configuration.ts';
import { handler, printJson, printTable } from './io.ts';
import type { CliIo, ExitStatus } from './io.ts';
import { probeDirectories } from './probes/directories.ts';
import { probeGateways } from './probes/gateways.ts';
import { probeDatabase, probeListeners, probeMasterKey } from './probes/places.ts';
import { probePrimaries } from './probes/primaries.ts';
import type { ProbeReport } from './probes/probe.ts';

interface CheckArguments extends ConfigArguments {
  readonly json?: boolean | undefined;
}

/** Checks the configuration, prints what it says, and tries everything it points at. */
export async function runCheck(args: CheckArguments, io: CliIo): Promise<ExitStatus> {
  const result = readConfiguration(args, io);
  if (result.kind === 'invalid') return reportProblems(result, args, io);
  if (args.json !== true) await printConfiguration(result, args, io);
  const probes = await probeAll(result.config, io);
  if (args.json === true)
    printJson(io, { valid: true, ...summarise(result.config), warnings: result.warnings, probes });
  else printProbes(probes, io);
  return probes.every(({ isGood }) => isGood) ? 0 : 1;
}

function reportProblems(
  { problems }: Extract<LoadResult, { kind: 'invalid' }>,
  { json }: CheckArguments,
  io: CliIo,
): ExitStatus {
  if (json === true) printJson(io, { valid: false, problems });
  else for (const problem of problems) io.err(formatProblem(problem));
  return 2;
}

async function printConfiguration(
  { config, warnings }: Extract<LoadResult, { kind: 'loaded' }>,
  args: CheckArguments,
  io: CliIo,
): Promise<void> {
  io.out(`${args.config} is valid.`);
  const { server, clients, primaries, policies } = summarise(config);
  io.out(`\nServer ${server.id}, data in ${server.dataDir}, console ${server.console}`);
  io.out(`Listening on ${server.listen.join(', ')}`);
  io.out('\nClients');
  await printTable(io, {
    rows: clients.map(joined),
    columns: [
      { heading: 'name', key: 'name' },
      { heading: 'address', key: 'address' },
      { heading: 'profile', key: 'profile' },
      { heading: 'Message-Authenticator', key: 'messageAuthenticator' },
      { heading: 'primary', key: 'primary' },
      { heading: 'policy', key: 'policy' },
      { heading: 'waits', key: 'waits', align: 'right' },
    ],
  });
  io.out('\nPrimaries');
  await printTable(io, {
    rows: primaries.map(joined),
    columns: [
      { heading: 'name', key: 'name' },
      { heading: 'type', key: 'type' },
      { heading: 'home servers', key: 'servers' },
    ],
  });
  io.out('\nPolicies');
  await printTable(io, {
    rows: policies.map(joined),
    columns: [
      { heading: 'name', key: 'name' },
      { heading: 'factors', key: 'factors' },
      { heading: 'unenrolled', key: 'unenrolled' },
      { heading: 'unavailable', key: 'unavailable' },
      { heading: 'lock-out', key: 'lockout' },
    ],
  });
  if (warnings.length > 0) io.out('\nWarnings');
  for (const warning of warnings) io.out(formatProblem(warning));
}

// Lists become text in a table; in JSON they stay lists.
function joined<Row extends object>(row: Row): { [Key in keyof Row]: string } {
  const cells = Object.entries(row).map(([key, value]): [string, unknown] => {
    return [key, Array.isArray(value) ? value.join(', ') : value];
  });
  return Object.fromEntries(cells) as { [Key in keyof Row]: string };
}

async function probeAll(config: Config, io: CliIo): Promise<ProbeReport[]> {
  const deps = { clock: systemClock, random: createSystemRandom() };
  const here = [probeMasterKey(config, io.env['SALLYPORT_MASTER_KEY'], deps.random), probeDatabase(config)];
  const listeners = await probeListeners(config);
  const elsewhere = await Promise.all([
    probePrimaries(config, deps),
    probeDirectories(config),
    probeGateways(config, deps.clock),
  ]);
  return [...listeners, ...here, ...elsewhere.flat()];
}

function printProbes(probes: readonly ProbeReport[], io: CliIo): void {
  io.out('\nTried');
  for (const { kind, subject, isGood, message } of probes) {
    const mark = isGood ? coloured(io, 'green', '✓') : coloured(io, 'red', '✗');
    io.out(`${mark} ${kind} ${subject}: ${message}`);
  }
}

function coloured(io: CliIo, colour: 'green' | 'red', text: string): string {
  return io.isTerminal ? styleText(colour, text) : text;
}

/** `sallyport check`. */
export const command: CommandModule<object, CheckArguments> = {
  command: 'check',
  describe: 'Check the configuration and try everything it points at',
  builder: (yargs) =>
    yargs
      .options(configOption)
      .option('json', { type: 'boolean', describe: 'Print JSON' })
      .epilogue(
        'A home server that does not answer Status-Server is sent the login of a made-up user, sallyport-check. ' +
          'Gateways are connected to; nothing is sent through them. ' +
          'Exit status: 0 all well, 1 something does not answer, 2 the configuration is wrong.',
      ),
  handler: handler(runCheck),
};
