import { writeFile } from 'node:fs/promises';
import { HELP, readOptions, UsageError } from './options.ts';
import { formatReport } from './report.ts';
import { runBench } from './run.ts';

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
  } else {
    const findings = await runBench(options, (message) => process.stderr.write(`${message}\n`));
    process.stdout.write(formatReport(findings));
    if (options.jsonFile !== undefined) await writeFile(options.jsonFile, JSON.stringify(findings, null, 2));
  }
} catch (cause) {
  const isUsage = cause instanceof UsageError;
  process.stderr.write(
    `bench: ${cause instanceof Error ? cause.message : String(cause)}\n${isUsage ? `\n${HELP}` : ''}`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
