import type * as z from 'zod';
import { knownKeys } from './known-keys.ts';
import type { Finding, Path } from './problem.ts';
import { valueAt } from './raw.ts';
import { didYouMean } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** What the schema found, in an operator's words. Never repeats a value of the file: it may be a secret. */
export function explainIssues(issues: readonly Issue[], data: unknown): Finding[] {
  return issues.flatMap((issue) => explain(issue, [], data));
}

function explain(issue: Issue, above: Path, data: unknown): Finding[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const value = valueAt(data, path);
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, path);
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = meantBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => explain(inner, path, data));
  }
  return [{ path, message: value === undefined ? 'is missing' : messageOf(issue, value) }];
}

function unknownKeys(keys: readonly string[], path: Path): Finding[] {
  return keys.map((key) => ({
    path: [...path, key],
    message: `unknown key${didYouMean(key, knownKeys(path))}`,
  }));
}

// Of several shapes a value may have, the one whose outermost type it has is the one that was meant.
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const near = branches.filter((issues) => {
    const isOther = (issue: Issue) => issue.code === 'invalid_type' || issue.code === 'invalid_value';
    return !issues.some((issue) => issue.path.length === 0 && isOther(issue));
  });
  return near.length === 1 ? near[0] : undefined;
}

function messageOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value);
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum));
    case 'too_big':
      return tooBig(issue.origin, Number(issue.maximum));
    case 'invalid_value':
      return oneOf(issue.values.map(String), value);
    case 'invalid_union':
      return typeof value === 'number' ? `${issue.message}; a number stands in quotes` : issue.message;
    case 'invalid_key':
      return `this name ${issue.issues[0]?.message ?? 'cannot be used'}`;
    case 'invalid_format':
    case 'custom':
    case 'unrecognized_keys':
    case 'invalid_element':
    case 'not_multiple_of':
      return issue.message;
  }
}

function wrongType(expected: string, value: unknown): string {
  const isBareNumber = expected === 'string' && typeof value === 'number';
  return `must be ${expectedNouns[expected] ?? expected}, not ${nounOf(value)}${isBareNumber ? ': put it in quotes' : ''}`;
}

const expectedNouns: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function nounOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? 'this number' : 'a mapping';
}

function tooSmall(origin: string, minimum: number): string {
  if (origin === 'array') return 'needs at least one entry';
  return origin === 'string' ? 'must not be empty' : `must be ${minimum} or more`;
}

function tooBig(origin: string, maximum: number): string {
  if (origin === 'array') return maximum === 0 ? 'must be empty' : `must have at most ${maximum} entries`;
  return origin === 'string' ? `must be at most ${maximum} characters long` : `must be ${maximum} or less`;
}

function oneOf(words: readonly string[], value: unknown): string {
  const list = words.length === 1 ? (words[0] ?? '') : `one of ${words.join(', ')}`;
  return `must be ${list}${typeof value === 'string' ? didYouMean(value, words) : ''}`;
}
