import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  compositionRoot,
  impureFiles,
  impureModules,
  importTable,
  owners,
  packageRooms,
  pureFiles,
  unloadedPackages,
} from './import-table.ts';
import { edgesOf, readSources, roomOf, root, type Edge } from './sources.ts';

const sources = readSources('src');
const edges = sources.flatMap(edgesOf);
const betweenRooms = edges.filter(({ from, to }) => roomOf(to) !== undefined && roomOf(from) !== roomOf(to));
const packages = edges.filter(({ to }) => !to.startsWith('src/') && !to.startsWith('node:'));

describe('rooms', () => {
  test('are those of the table', () => {
    const rooms = new Set(sources.flatMap(({ path }) => roomOf(path) ?? []));
    expect([...rooms].toSorted()).toEqual(Object.keys(importTable).toSorted());
  });

  test('import only those the table allows them', () => {
    expect(betweenRooms.filter((edge) => !isAllowed(edge)).map(described)).toEqual([]);
  });

  test('are entered by the door (lib has none)', () => {
    const inside = betweenRooms.filter(({ to }) => roomOf(to) !== 'lib' && to !== `src/${roomOf(to) ?? ''}/index.ts`);
    expect(inside.map(described)).toEqual([]);
  });

  test('never import what puts them together, but for the commands that start it', () => {
    const astray = edges.filter(({ from, to }) => compositionRoot[to]?.includes(from) === false);
    expect(astray.map(described)).toEqual([]);
  });

  test.each(Object.keys(compositionRoot))('%s is there', (path) => {
    expect(sources.map((source) => source.path)).toContain(path);
  });
});

test('no file imports itself by way of others', () => {
  expect(findCycles(edges.filter(({ isTypeOnly }) => !isTypeOnly))).toEqual([]);
});

test('nothing is imported for its types alone without saying so', () => {
  // `import { type A }` still loads the file; `import type { A }` does not.
  const named = edges.filter(({ isTypeOnly, names }) => !isTypeOnly && names.length === 0);
  expect(named.map(described)).toEqual([]);
});

describe('purity', () => {
  const pure = sources
    .map(({ path }) => path)
    .filter((path) => pureFiles.some((prefix) => path.startsWith(prefix)) && impureFiles[path] === undefined);

  test('is what nothing outside the program can be reached from', () => {
    expect(pure.flatMap(reachesOutside)).toEqual([]);
  });

  test.each(pureFiles)('%s has files', (prefix) => {
    expect(pure.filter((path) => path.startsWith(prefix))).not.toEqual([]);
  });

  test.each(Object.keys(impureFiles))('%s still needs its exception', (path) => {
    expect(reachesOutside(path)).not.toEqual([]);
  });
});

describe('packages', () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Readonly<Record<string, string>>
  >;

  test('are used in the rooms they belong to', () => {
    const astray = packages.filter(({ from, to }) => !packageRooms[packageName(to)]?.includes(roomOf(from) ?? ''));
    expect(astray.map(described)).toEqual([]);
  });

  test('are installed with the program, not only for its development', () => {
    const loaded = packages.filter(({ isTypeOnly }) => !isTypeOnly).map(({ to }) => packageName(to));
    const shipped = { ...dependencies, ...optionalDependencies };
    expect([...new Set(loaded)].filter((name) => shipped[name] === undefined)).toEqual([]);
  });

  test('are all loaded, but for those with a reason', () => {
    const used = new Set(packages.map(({ to }) => packageName(to)));
    const unused = Object.keys(dependencies ?? {}).filter((name) => !used.has(name));
    expect(unused).toEqual(Object.keys(unloadedPackages));
  });
});

test.each(owners)('only $files ask for $of', ({ pattern, files }) => {
  const others = sources.filter(({ path, text }) => pattern.test(text) && path !== 'src/main.ts');
  expect(others.map(({ path }) => path)).toEqual(files.toSorted());
});

function isAllowed({ from, to, isTypeOnly }: Edge): boolean {
  const room = roomOf(from);
  const target = roomOf(to) ?? '';
  if (room === undefined) return compositionRoot[from] !== undefined;
  const rule = importTable[room];
  return (
    target === 'lib' || rule?.code.includes(target) === true || (isTypeOnly && rule?.types.includes(target) === true)
  );
}

function described({ from, to, isTypeOnly }: Edge): string {
  return `${from} imports ${to}${isTypeOnly ? ' (types)' : ''}`;
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Where loading that file leads outside the program. */
function reachesOutside(path: string): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const edge of edges) {
      if (edge.from !== file || edge.isTypeOnly) continue;
      if (isOutside(edge)) found.push(described(edge));
      else if (impureFiles[edge.to] === undefined) visit(edge.to);
    }
  };
  visit(path);
  return found;
}

function isOutside({ to, names }: Edge): boolean {
  const rule = impureModules[to];
  return rule !== undefined && names.some((name) => !rule.except.includes(name));
}

/** Each cycle once, as the files in it. */
function findCycles(graph: readonly Edge[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of graph) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) cycles.push([...way.slice(way.indexOf(file)), file].join(' → '));
    if (done.has(file) || way.includes(file)) return;
    for (const target of next.get(file) ?? []) visit(target, [...way, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return cycles;
}
