import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { buildConfig, databaseFile } from './build.ts';
import { checkAttributes, checkSurvey } from './checks/index.ts';
import type { Config } from './config.ts';
import { explainIssues } from './explain.ts';
import { findLaterFeatures } from './later.ts';
import { formatPath, isWithin } from './problem.ts';
import type { Finding, Problem } from './problem.ts';
import { withoutEmptyKeys } from './empty-keys.ts';
import { readSecrets } from './read-secrets.ts';
import { configSchema } from './schema/index.ts';
import { causeOf } from '../lib/file-cause.ts';
import type { Folders, GeneratedSecret, SecretSources } from './secrets.ts';
import { surveyOf } from './survey.ts';
import type { Survey } from './survey.ts';
import { nasWarnings } from './nas-warnings.ts';
import { warningsOf } from './warnings.ts';
import { inspectTls } from './tls.ts';
import { readYaml } from './yaml.ts';
import type { YamlResult } from './yaml.ts';

/** What came of reading a configuration file. */
export type LoadResult =
  | {
      readonly kind: 'loaded';
      /** Frozen to its leaves. */
      readonly config: Config;
      /** What works but is unwise, in the order of the file. */
      readonly warnings: readonly Problem[];
      /** Secret files made just now (only where `random` was given): to be told to the operator. */
      readonly generated: readonly GeneratedSecret[];
    }
  /** Every problem at once, in the order of the file. */
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

const MAX_FILE_OCTETS = 4 * 1024 * 1024;
const DEFAULT_DATA_DIR = './data';

/** Reads and checks a configuration file and the secrets it names. Never throws for what a file can hold. */
export function loadConfig(file: string, sources: SecretSources): LoadResult {
  const text = readText(file);
  if (text.kind === 'unreadable') return invalidFile(file, text.message);
  return parseConfig(text.text, file, sources, text.mayOthersRead);
}

/** The same for the text of a file that has been read; `file` gives the folder for relative paths. `mayOthersRead`: everyone can. */
export function parseConfig(text: string, file: string, sources: SecretSources, mayOthersRead = false): LoadResult {
  const yaml = readYaml(text);
  if (yaml.kind === 'broken') {
    return { kind: 'invalid', problems: yaml.problems.map((problem) => ({ file, path: '', ...problem })) };
  }
  if (yaml.data === null) return invalidFile(file, 'is empty: at least clients, primaries and policies are needed');
  const locate = locator(file, yaml);
  const data = withoutEmptyKeys(yaml.data);
  const survey = surveyOf(data);
  const folders = { ...foldersOf(file, survey), mayOthersRead };
  const parsed = configSchema.safeParse(data);
  const early = [
    ...yaml.duplicates,
    ...shapeFindings(data, parsed.error),
    ...checkSurvey(survey),
    ...checkAttributes(survey, sources.attributes),
  ];
  // A file with mistakes must not leave new secret files behind.
  const secrets = readSecrets(survey, early.length > 0 ? { ...sources, random: undefined } : sources, folders);
  const tls = inspectTls(survey, folders.base);
  const findings = [...early, ...secrets.problems, ...tls.problems];
  if (!parsed.success || findings.length > 0) return { kind: 'invalid', problems: locate(findings) };
  const config = buildConfig(parsed.data, { secrets, folders, hostname: sources.hostname });
  const warnings = locate([
    ...secrets.warnings,
    ...tls.warnings,
    ...warningsOf(config),
    ...nasWarnings(config, parsed.data),
  ]);
  return { kind: 'loaded', config, warnings, generated: secrets.generated };
}

/** Where a configuration keeps its data, even if other parts of it are wrong. */
export interface DataPlaces {
  /** `server.dataDir`, absolute. */
  readonly dataDir: string;
  /** The database file, absolute. */
  readonly database: string;
}

/**
 * The places alone: for making a secret before the file that will name it is complete. `undefined` when the file cannot
 * be read, is not YAML, or says nothing usable under `server` or `storage`.
 */
export function readDataPlaces(file: string): DataPlaces | undefined {
  const text = readText(file);
  const yaml = text.kind === 'read' ? readYaml(text.text) : undefined;
  if (yaml?.kind !== 'read') return undefined;
  const survey = surveyOf(withoutEmptyKeys(yaml.data));
  if (survey.server.dataDir === undefined || !('file' in survey.storage)) return undefined;
  const folders = foldersOf(file, survey);
  return { dataDir: folders.dataDir, database: databaseFile(survey.storage, folders) };
}

function shapeFindings(data: unknown, error: Parameters<typeof issuesOf>[0]): Finding[] {
  const later = findLaterFeatures(data);
  const shape = explainIssues(issuesOf(error), data);
  return [...later, ...shape.filter(({ path }) => !later.some((known) => isWithin(path, known.path)))];
}

function issuesOf(error: ReturnType<typeof configSchema.safeParse>['error']) {
  return error?.issues ?? [];
}

function foldersOf(file: string, { server }: Survey): Folders {
  const base = dirname(resolve(file));
  return { base, dataDir: resolve(base, server.dataDir ?? DEFAULT_DATA_DIR), mayOthersRead: false };
}

function locator(file: string, yaml: Extract<YamlResult, { kind: 'read' }>): (findings: Finding[]) => Problem[] {
  return (findings) =>
    findings
      .map(({ path, message }) => ({ file, ...yaml.positionOf(path), path: formatPath(path), message }))
      .sort(byPlace);
}

function invalidFile(file: string, message: string): LoadResult {
  return { kind: 'invalid', problems: [{ file, line: 1, column: 1, path: '', message }] };
}

function byPlace(a: Problem, b: Problem): number {
  return a.line - b.line || a.column - b.column;
}

type FileText =
  | { readonly kind: 'read'; readonly text: string; readonly mayOthersRead: boolean }
  | { readonly kind: 'unreadable'; readonly message: string };

function readText(file: string): FileText {
  try {
    const { size, mode } = statSync(file);
    if (size > MAX_FILE_OCTETS) return { kind: 'unreadable', message: 'is larger than 4 MiB' };
    const octets = readFileSync(file);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(octets);
    return { kind: 'read', text, mayOthersRead: (mode & 0o004) !== 0 };
  } catch (error) {
    if (error instanceof TypeError) return { kind: 'unreadable', message: 'is not UTF-8 text' };
    return { kind: 'unreadable', message: `cannot be read: ${causeOf(error)}` };
  }
}
