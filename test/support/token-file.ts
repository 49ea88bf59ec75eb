import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFormats } from '../../src/cli/import/choose-format.ts';
import type { ContainerSecrets, FileHead, FormatName } from '../../src/cli/import/formats/format.ts';
import { tokenFormats } from '../../src/cli/import/formats/index.ts';
import { filledLines } from '../../src/cli/import/formats/line-format.ts';
import { FileProblem } from '../../src/cli/import/problem.ts';
import { readLines, surveyText } from '../../src/cli/import/text-lines.ts';
import type { TokenRow } from '../../src/cli/import/token-row.ts';
import { Secret } from '../../src/lib/secret.ts';

/** What opens the container of a test, and the time it is read at. */
export interface ReadOptions {
  /** In hexadecimal. */
  readonly key?: string | undefined;
  readonly password?: string | undefined;
  readonly nowMs?: number | undefined;
}

/** A row as a test expects it: its token with the secret in hexadecimal, or the reason. */
export interface PlainRow {
  readonly line: number;
  readonly serial: string;
  readonly reason?: string;
  readonly username?: string;
  readonly secret?: string;
  readonly type?: string;
  readonly digits?: number;
  readonly algorithm?: string;
  readonly periodSeconds?: number;
  readonly nextCounter?: number;
}

/** Reads text as a file of that format. */
export async function readAs(
  name: FormatName,
  text: string | Buffer,
  options: ReadOptions = {},
): Promise<{ rows: PlainRow[]; notes: readonly string[] }> {
  return inFile(text, async (file) => {
    const { encoding, lines: lineCount, head } = await lookAt(file);
    const secrets = secretsOf(options);
    const nowMs = options.nowMs ?? Date.UTC(2026, 0, 1);
    const opened = await tokenFormats[name].open({ file, encoding, lineCount, head, secrets, nowMs });
    const rows: PlainRow[] = [];
    for await (const { line, result } of opened.rows) {
      if (result.kind === 'bad') rows.push({ line, serial: result.serial, reason: result.reason });
      else {
        rows.push({ line, ...plainRow(result.row) });
      }
    }
    return { rows, notes: opened.notes };
  });
}

function plainRow({ serial, type, digits, algorithm, periodSeconds, nextCounter, ...row }: TokenRow) {
  const { secret, username } = row;
  const shape = { type, digits, algorithm, periodSeconds, nextCounter };
  return { serial, ...shape, secret: secret.reveal().toString('hex'), ...(username !== undefined && { username }) };
}

/** The names of the formats that text looks like. */
export async function formatsOf(text: string | Buffer): Promise<FormatName[]> {
  return inFile(text, async (file) => findFormats((await lookAt(file)).head).map(({ name }) => name));
}

async function lookAt(file: string) {
  const survey = await surveyText(file);
  const head: string[] = [];
  for await (const { text = '' } of filledLines(readLines(file, survey.encoding))) head.push(text);
  return { ...survey, head: head.slice(0, 50) satisfies FileHead };
}

async function inFile<Result>(text: string | Buffer, use: (file: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-tokens-'));
  try {
    const file = join(folder, 'tokens');
    writeFileSync(file, text);
    return await use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function secretsOf({ key, password }: ReadOptions): ContainerSecrets {
  const give = (secret: Secret | undefined): Promise<Secret> =>
    secret === undefined ? Promise.reject(new FileProblem('nothing was given')) : Promise.resolve(secret);
  return {
    given: key !== undefined ? 'key' : password !== undefined ? 'password' : undefined,
    key: () => give(key === undefined ? undefined : Secret.fromOctets(Buffer.from(key, 'hex'))),
    password: () => give(password === undefined ? undefined : Secret.fromText(password)),
  };
}
