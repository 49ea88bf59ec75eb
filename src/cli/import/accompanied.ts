import type { CliIo } from '../io.ts';
import { createProgress } from '../progress.ts';
import type { Progress } from '../progress.ts';
import { createImportLog } from './import-log.ts';
import type { ImportLog } from './import-log.ts';

/** What an import tells of itself while it goes on. */
export interface Companions {
  readonly log: ImportLog;
  readonly progress: Progress;
}

const LINE_EVERY_ROWS = 1_000;

/** Does the work of an import with a log begun anew at `logFile` and with progress on the terminal; ends both. */
export async function accompanied<Result>(
  logFile: string,
  io: CliIo,
  work: (companions: Companions) => Promise<Result>,
): Promise<Result> {
  const log = createImportLog(logFile);
  const progress = await createProgress(io, 'Rows', LINE_EVERY_ROWS);
  try {
    return await work({ log, progress });
  } finally {
    progress.stop();
    log.close();
  }
}
