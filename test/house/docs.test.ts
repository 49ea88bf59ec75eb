import { describe, expect, test } from 'vitest';
import { definitionsOf, isDocumented } from './exports.ts';
import { measureFunctions } from './functions.ts';
import { readSources, type SourceFile } from './sources.ts';

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;

// Without a peer there is nothing to talk to: there the tests of `test/peers` are reported as skipped (in CI they fail).
const MAY_SKIP = 'test/peers/presence.ts';

const sources = readSources('src');
const byPath = new Map(sources.map((source) => [source.path, source]));
const doors = [...byPath.keys()].filter((path) => /^src\/[^/]+\/index\.ts$/.test(path));
const tests = readSources('test');

describe('every export of a door says what it gives', () => {
  test.each(doors)('%s', (door) => {
    const definitions = definitionsOf(door, byPath);
    expect(definitions).not.toEqual([]);
    const bare = definitions.filter(({ node }) => node === undefined || !isDocumented(node));
    expect(bare.map(({ name, path }) => `${name} in ${path}`)).toEqual([]);
  });

  test('the tools of lib, which have no door, too', () => {
    const tools = [...byPath.keys()].filter((path) => path.startsWith('src/lib/'));
    const bare = tools
      .flatMap((path) => definitionsOf(path, byPath))
      .filter(({ node }) => node === undefined || !isDocumented(node));
    expect(bare.map(({ name, path }) => `${name} in ${path}`)).toEqual([]);
  });
});

describe('size', () => {
  test(`no file has more than ${MAX_FILE_LINES} lines`, () => {
    expect(sources.filter((source) => lineCount(source) > MAX_FILE_LINES).map(({ path }) => path)).toEqual([]);
  });

  test(`no function has more than ${MAX_FUNCTION_LINES} lines of its own`, () => {
    const long = sources.flatMap(measureFunctions).filter(({ lines }) => lines > MAX_FUNCTION_LINES);
    expect(long).toEqual([]);
  });
});

test('nothing is left for later in a comment', () => {
  const marks = new RegExp(['TO' + 'DO', 'FIX' + 'ME'].join('|'));
  expect([...sources, ...tests].filter(({ text }) => marks.test(text)).map(({ path }) => path)).toEqual([]);
});

test('no test is left out, and none keeps the others from running', () => {
  const left = /\b(it|test|describe)(\.\w+)*\.(only|skip|todo|fails)\b/;
  expect(tests.filter(({ text }) => left.test(text)).map(({ path }) => path)).toEqual([MAY_SKIP]);
});

function lineCount({ text }: SourceFile): number {
  return text.split('\n').length - 1;
}
