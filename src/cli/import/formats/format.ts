import type { Secret } from '../../../lib/secret.ts';
import type { TextEncoding } from '../text-lines.ts';
import type { TokenRowResult } from '../token-row.ts';

/** What `--format` calls a format. */
export type FormatName =
  'csv' | 'entra' | 'azure-mfa-server' | 'privacyidea' | 'linotp' | 'multiotp' | 'yubico' | 'pskc';

/** Whether a file may be of a format: `certain` where nothing else looks like that. */
export type Fit = 'no' | 'possible' | 'certain';

/** The first lines of a file that have something in them. */
export type FileHead = readonly string[];

/** What opens an encrypted container; each is asked for at most once, and only where the file needs it. */
export interface ContainerSecrets {
  /** What the operator has named a file for; `undefined`: what is needed is asked for. */
  readonly given: 'key' | 'password' | undefined;
  /** The pre-shared key, raw octets. Throws `FileProblem` when there is none. */
  key(): Promise<Secret>;
  /** The password, without its line end. Throws `FileProblem` when there is none. */
  password(): Promise<Secret>;
}

/** A file to be read in one format. */
export interface FormatInput {
  /** Absolute. */
  readonly file: string;
  readonly encoding: TextEncoding;
  /** Line ends in the file. */
  readonly lineCount: number;
  readonly head: FileHead;
  readonly secrets: ContainerSecrets;
  /** Wall time, for keys that are valid for a time. */
  readonly nowMs: number;
}

/** One row of a file: a token, or why it is none. */
export interface FileRow {
  /** The line of the file where it stands or begins, from 1. */
  readonly line: number;
  readonly result: TokenRowResult;
}

/** An opened file. */
export interface OpenedFile {
  /** Rows in it, about: for progress. */
  readonly total: number;
  /** Sentences for the operator. */
  readonly notes: readonly string[];
  readonly rows: AsyncIterable<FileRow> | Iterable<FileRow>;
}

/** One format of token files. */
export interface TokenFormat {
  readonly name: FormatName;
  /** What it looks like, in a few words. */
  readonly looks: string;
  fit(head: FileHead): Fit;
  /** Opens a file of this format. Rejects with `FileProblem` when it cannot be read as such. */
  open(input: FormatInput): Promise<OpenedFile>;
}
