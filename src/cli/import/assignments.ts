import { parseCsvLine, delimiters } from './csv-line.ts';
import type { Delimiter } from './csv-line.ts';
import { userNameProblem } from '../user-name.ts';
import { filledLines } from './formats/line-format.ts';
import { FileProblem } from './problem.ts';
import { readLines, surveyText } from './text-lines.ts';
import { findColumns } from './token-columns.ts';

/** Users by the serials of their tokens. */
export type Assignments = ReadonlyMap<string, string>;

interface AssignmentColumns {
  readonly delimiter: Delimiter;
  readonly username: number;
  readonly serial: number;
}

/** Reads who gets which token: CSV of username and serial, with a first line that names them or without. Throws `FileProblem`. */
export async function readAssignments(file: string): Promise<Assignments> {
  const { encoding } = await surveyText(file);
  const users = new Map<string, string>();
  let columns: AssignmentColumns | undefined;
  for await (const { number, text = '' } of filledLines(readLines(file, encoding))) {
    if (columns === undefined) {
      const named = namedColumns(text);
      columns = named ?? { delimiter: likelyDelimiter(text), username: 0, serial: 1 };
      if (named !== undefined) continue;
    }
    const { serial, username } = readAssignment(text, columns, number);
    if (users.has(serial)) throw new FileProblem(`line ${number} assigns a serial for the second time`);
    users.set(serial, username);
  }
  return users;
}

function namedColumns(line: string): AssignmentColumns | undefined {
  for (const delimiter of delimiters) {
    const parsed = parseCsvLine(line, delimiter);
    if (parsed.kind === 'broken') continue;
    const { username, serial } = findColumns(parsed.cells, delimiter).positions;
    if (username !== undefined && serial !== undefined) return { delimiter, username, serial };
  }
  return undefined;
}

function likelyDelimiter(line: string): Delimiter {
  return delimiters.find((delimiter) => line.includes(delimiter)) ?? ',';
}

function readAssignment(
  line: string,
  columns: AssignmentColumns,
  number: number,
): { serial: string; username: string } {
  const parsed = parseCsvLine(line, columns.delimiter);
  if (parsed.kind === 'broken') throw new FileProblem(`line ${number}: ${parsed.problem}`);
  const username = parsed.cells[columns.username] ?? '';
  const serial = parsed.cells[columns.serial] ?? '';
  const problem = userNameProblem(username) ?? (serial === '' ? 'the serial is empty' : undefined);
  if (problem !== undefined) throw new FileProblem(`line ${number}: ${problem}`);
  return { serial, username: username.normalize('NFC') };
}
