import { closeSync, constants, fchmodSync, openSync, writeSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { printable } from '../safe-text.ts';

/** One line for each row of an imported file: line number, serial, `ok` or the reason. Never a secret. */
export interface ImportLog {
  write(line: number, serial: string, outcome: string): void;
  close(): void;
}

// Names of users and serials of tokens concern nobody else; a link in a folder of others is not followed.
const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
const MODE = 0o600;

/** Begins the log anew at that path. Throws what the file system throws. */
export function createImportLog(file: string): ImportLog {
  const descriptor = openSync(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, MODE);
  fchmodSync(descriptor, MODE);
  return {
    write(line, serial, outcome) {
      const row = [String(line), printable(serial), printable(outcome)];
      writeSync(descriptor, stringify([row], { escape_formulas: true }));
    },
    close: () => closeSync(descriptor),
  };
}
