import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { Authority } from '../support/authority.ts';
import { soundConfig, bareSources } from '../support/config-text.ts';
import { run } from '../support/process.ts';
import { importTable } from './import-table.ts';
import { blocks, commandsIn, headings, links, quoted, readManual, tableRows, type ManualCommand } from './manual.ts';
import { readSources, root } from './sources.ts';

const readme = readManual('README.md');
const rooms = readManual('src/README.md');
const sources = readSources('src');
const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;

// These read the database, or change it, and end by themselves.
const OFFLINE = [
  ...['user', 'token', 'report', 'audit', 'check', 'bypass', 'app-password', 'backup-codes'],
  ...['block', 'remembered', 'unavailable', 'policy'],
];
// These have commands of their own.
const GROUPS = [
  ...['user', 'token', 'audit', 'secret', 'bypass', 'app-password', 'backup-codes'],
  ...['block', 'remembered', 'unavailable', 'policy', 'directory'],
];

// What the reader is told to type: code blocks, and the table of tasks. Elsewhere commands are only named.
const typed = [
  ...commandsIn(
    blocks(readme, 'sh')
      .map((block) => `\`\`\`sh\n${block}\`\`\``)
      .join('\n'),
  ),
  ...tableRows(readme, 'task', 'command').flatMap(([, command]) => commandsIn(command ?? '')),
];

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'sallyport-manual-'));
  writeFileSync(join(scratch, 'sallyport.yaml'), `${soundConfig}storage: { type: sqlite }\n`, { mode: 0o600 });
  for (const name of ['vpn.secret', 'nps.secret', 'nas2.key']) {
    writeFileSync(join(scratch, name), 'a-secret-of-enough-octets\n', { mode: 0o600 });
  }
  writePapers();
});
afterAll(() => rmSync(scratch, { recursive: true }));

function writePapers(): void {
  const authority = new Authority();
  const { cert, key } = authority.issue('/CN=gate.example.com', { san: 'DNS:gate.example.com' });
  for (const [name, text] of Object.entries({ 'gate.pem': cert, 'gate.key': key, 'ca.pem': authority.ca })) {
    writeFileSync(join(scratch, name), text, { mode: 0o600 });
  }
  authority.remove();
}

describe('the commands of the manual', () => {
  test('begin with the two that set everything up', () => {
    const [first, second] = blocks(readme, 'sh').filter((block) => block.startsWith('npm ci'));
    expect([first, second]).toEqual(['npm ci && npm start\n', 'npm ci && npm test\n']);
    expect(scripts['start']).toBe('node src/main.ts serve --config config/sallyport.yaml');
    expect(scripts['test']).toBe('vitest run');
    expect(scripts['sallyport']).toBe('node src/main.ts');
  });

  test('name scripts that there are', () => {
    const named = [...readme.text.matchAll(/npm (?:run )?(?:--\S+ \S+ )*([a-z]+)/g)].map(([, script]) => script ?? '');
    const known = [...Object.keys(scripts), 'run', 'ci', 'above'];
    expect(named.filter((script) => !known.includes(script))).toEqual([]);
  });

  it('are known to the program, wherever they are named', { timeout: 60_000 }, async () => {
    const named = new Set(commandsIn(readme.text).map(({ args }) => wordsOf(args).join(' ')));
    expect([...named]).toEqual(expect.arrayContaining(['demo', 'login', 'check', 'secret encrypt', 'token import']));
    const help = await Promise.all(
      [[], ...GROUPS.map((group) => [group])].map((words) => sallyport([...words, '--help'])),
    );
    const known = help
      .flatMap(({ output }) => [...output.matchAll(/^ {2}sallyport ([a-z -]+[a-z])/gm)])
      .map(([, words]) => words);
    expect([...named].filter((words) => !known.includes(words))).toEqual([]);
  });

  it('that talk to a server have the options that their help names', { timeout: 60_000 }, async () => {
    const talking = typed.filter(({ args }) => !OFFLINE.includes(args[0] ?? ''));
    expect(talking).not.toEqual([]);
    for (const { args } of talking) {
      const { output } = await sallyport([...wordsOf(args), '--help']);
      for (const option of args.filter((argument) => argument.startsWith('--')))
        expect(output).toContain(` ${option} `);
    }
  });

  it('that need none do what they should, one after the other', { timeout: 120_000 }, async () => {
    writeFileSync(join(scratch, 'tokens.csv'), blocks(readme, 'csv')[0] ?? '');
    writeFileSync(join(scratch, 'seed.txt'), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n');
    const offline = typed.filter(({ args }) => OFFLINE.includes(args[0] ?? ''));
    expect(offline.length).toBeGreaterThan(20);
    for (const command of offline) expect(await runInScratch(command)).toEqual({ line: command.line, status: 0 });
  });

  async function runInScratch({ line, args, input }: ManualCommand): Promise<object> {
    const own = args.map((argument) => argument.replace(/^\/root\//, `${scratch}/`));
    const stdin = input === undefined ? '' : readFileSync(input.replace(/^\/root/, scratch), 'utf8');
    const { status, output } = await sallyport([...own, '--config', join(scratch, 'sallyport.yaml')], stdin);
    return status === 0 ? { line, status } : { line, status, output };
  }
});

// `user add` of `user add alice --email …`.
function wordsOf([first = '', second = '']: readonly string[]): string[] {
  return GROUPS.includes(first) ? [first, second] : [first];
}

describe('the configurations of the manual', () => {
  const examples = examplesOf();

  test('are there', () => {
    expect(examples.length).toBeGreaterThan(1);
  });

  test.each(examples.map((text, index) => ({ number: index + 1, text: isWhole(text) ? text : withRest() })))(
    'number $number has no mistake',
    ({ text }) => {
      const result = parseConfig(text, join(scratch, 'sallyport.yaml'), { ...bareSources, env: variables() });
      expect(result.kind === 'invalid' ? result.problems : []).toEqual([]);
    },
  );

  // Pieces of a file, each beside the others: what one names, another has.
  function withRest(): string {
    const pieces = examples.filter((text) => !isWhole(text)).map((text) => parse(text) as Section);
    const base = parse(soundConfig) as Section;
    return stringify(pieces.reduce((before, after) => merged(before, after), base));
  }
});

type Section = Readonly<Record<string, object>>;

function isWhole(text: string): boolean {
  return /^clients:/m.test(text);
}

function merged(before: Section, after: Section): Section {
  const keys = [...Object.keys(before), ...Object.keys(after)];
  return Object.fromEntries(keys.map((key) => [key, sectionOf(before[key], after[key])]));
}

function sectionOf(before: object = {}, after: object = {}): object {
  return Array.isArray(before) ? before : { ...before, ...after };
}

// Every variable that the examples name.
function variables(): Record<string, string> {
  const names = examplesOf().flatMap((text) => [...text.matchAll(/\{ env: (\w+) \}/g)].map(([, name]) => name ?? ''));
  return Object.fromEntries(names.map((name) => [name, 'a-secret-of-enough-octets']));
}

function examplesOf(): readonly string[] {
  return blocks(readme, 'yaml');
}

describe.each([readme, rooms])('the links of $path', (manual) => {
  const targets = links(manual);

  test('lead to files that are there', () => {
    expect(targets).not.toEqual([]);
    expect(targets.filter(({ file }) => !existsSync(join(root, file))).map(({ file }) => file)).toEqual([]);
  });

  test('lead to headings that are there', () => {
    const astray = targets.filter(({ file, heading }) => {
      return (
        heading !== undefined && statSync(join(root, file)).isFile() && !headings(readManual(file)).includes(heading)
      );
    });
    expect(astray).toEqual([]);
  });
});

describe('the table of standards', () => {
  const rows = tableRows(readme, 'RFC', 'about', 'state', 'shown by');

  test('is in order', () => {
    const numbers = rows.map(([number]) => Number.parseInt(number ?? '', 10));
    expect(numbers.length).toBeGreaterThan(15);
  });

  test.each(rows)('RFC %s (%s): %s', (number, _about, state, shown) => {
    expect(state).toMatch(/^(implemented|partly: \S|not)/);
    const tests = [...shown.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path ?? '');
    for (const path of tests) expect(readManual(path).text).toMatch(/\b(it|test)(\.each\(.*?\))?\(/s);
    if (state.startsWith('not')) return;
    expect(tests).not.toEqual([]);
    const cited = new RegExp(`RFC ${number}\\b`);
    expect(sources.some(({ text }) => cited.test(text))).toBe(true);
  });
});

test('the log lines of the manual are those of the program', () => {
  const texts = sources.map(({ text }) => text.replace(/['`] \+\s*['`]/g, '').replace(/\s+/g, ' ')).join('\n');
  const lines = tableRows(readme, 'what you see', 'in the log', 'what to do')
    .flatMap(([, log]) => quoted(log ?? ''))
    .filter((line) => !texts.includes(line));
  expect(lines).toEqual([]);
});

test('the metrics of the manual are those of the program, all of them', () => {
  const made = sources.flatMap(({ text }) =>
    [...text.matchAll(/\.(?:counter|gauge|histogram)\(\s*['`]([a-z_]+)/g)].map(([, name]) => `sallyport_${name ?? ''}`),
  );
  const named = tableRows(readme, 'metric', 'says').flatMap(([names]) => quoted(names ?? ''));
  expect(named.map((name) => name.replace('…', '')).toSorted()).toEqual([...new Set(made)].toSorted());
});

test('the import table of src/README.md is the one that is enforced', () => {
  const written = tableRows(rooms, 'room', 'runs code of', 'knows types of').map(
    ([room = '', code = '', types = '']) => [quoted(room)[0], { code: quoted(code), types: quoted(types) }],
  );
  expect(Object.fromEntries(written)).toEqual(importTable);
});

async function sallyport(args: readonly string[], input = ''): Promise<{ status: number | null; output: string }> {
  const { status, stdout, stderr } = await run(process.execPath, [join(root, 'src/main.ts'), ...args], {
    cwd: root,
    env: { SALLYPORT_PASSWORD: 'a long enough password' },
    input,
  });
  return { status, output: stdout + stderr };
}
