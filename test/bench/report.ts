import { cpus, release } from 'node:os';
import { median } from './figures.ts';
import type { LoadFigures } from './load/index.ts';
import type { Findings } from './run.ts';
import type { Contestant } from './scenarios/logins.ts';
import type { PendingFigures } from './scenarios/pending.ts';
import type { PushFigures } from './scenarios/pushes.ts';
import type { RadsecFigures } from './scenarios/radsec.ts';
import type { StartFigures } from './scenarios/start.ts';

type Figure = (figures: LoadFigures) => number;

const rate: Figure = (figures) => figures.loginsPerSecond;
const p50: Figure = (figures) => figures.loginMs.p50;
const p99: Figure = (figures) => figures.loginMs.p99;
const answerP99: Figure = (figures) => figures.answerMs.p99;
const cpu: Figure = (figures) => figures.cpuMicrosPerLogin['server'] ?? NaN;
const homeCpu: Figure = (figures) => figures.cpuMicrosPerLogin['home'] ?? NaN;
const generatorCpu: Figure = (figures) => figures.cpuMicrosPerLogin['generator'] ?? NaN;

/** The report in Markdown: medians of all rounds, ratios, and whether each target is reached. */
export function formatReport(findings: Findings): string {
  const { options, logins, pending, pushes, rules, users, radsec, starts } = findings;
  const processors = cpus();
  const parts = [
    `# Benchmark`,
    `Node ${process.version}, Linux ${release()}, ${processors.length} × ${processors[0]?.model ?? 'unknown processor'}; ` +
      `${options.rounds} rounds of ${options.seconds} s, alternating, ${options.outstanding} logins under way` +
      (options.isPinned ? '; pinned: the server under test on processor 0, the rest on processor 1.' : '; not pinned.'),
  ];
  if (logins !== undefined) parts.push(...loginsSection(logins));
  if (pending !== undefined) parts.push(...pendingSection(pending));
  if (pushes !== undefined) parts.push(...pushesSection(pushes));
  if (rules !== undefined)
    parts.push(
      '## Rules',
      comparisonTable(
        'rules',
        rules.map((of) => [of.rules, of.rounds]),
      ),
    );
  if (users !== undefined)
    parts.push(
      '## Users',
      comparisonTable(
        'users',
        users.map((of) => [of.users, of.rounds]),
      ),
    );
  if (radsec !== undefined) parts.push(...radsecSection(radsec));
  if (starts !== undefined) parts.push(...startsSection(starts));
  parts.push('## Targets', table(['target', 'found', ''], targets(findings)));
  return parts.join('\n\n') + '\n';
}

/** The median over a contestant's rounds. */
function middle(rounds: readonly LoadFigures[], figure: Figure): number {
  return median(rounds.map(figure));
}

function loginsSection(contestants: readonly Contestant[]): string[] {
  const rows = contestants.map(({ name, rounds, idle, loaded }) => [
    name,
    ...[rate, p50, p99, cpu, homeCpu, generatorCpu].map((figure, index) =>
      middle(rounds, figure).toFixed(index === 0 ? 0 : index < 3 ? 2 : 1),
    ),
    idle.rssMiB.toFixed(0),
    loaded.rssMiB.toFixed(0),
    loaded.peakMiB.toFixed(0),
    faults(rounds),
  ]);
  const head = ['', 'logins/s', 'p50 ms', 'p99 ms', 'CPU µs/login', 'home µs', 'load µs'];
  return ['## Logins', table([...head, 'RSS idle MiB', 'after', 'peak', 'faults'], rows)];
}

function pendingSection(figures: readonly PendingFigures[]): string[] {
  const rows = figures.map(({ pending, idle, filled, rounds }) => [
    String(pending),
    idle.rssMiB.toFixed(0),
    filled.rssMiB.toFixed(0),
    (filled.rssMiB - idle.rssMiB).toFixed(0),
    middle(rounds, rate).toFixed(0),
    ...[p50, p99, answerP99, cpu].map((figure) => middle(rounds, figure).toFixed(2)),
    faults(rounds),
  ]);
  const head = ['pending', 'RSS idle MiB', 'with them', 'above idle', 'logins/s', 'p50 ms', 'p99 ms', 'answer p99 ms'];
  return ['## Pending challenges', table([...head, 'CPU µs/login', 'faults'], rows)];
}

function pushesSection(figures: readonly PushFigures[]): string[] {
  const rows = figures.map(({ waiting, idle, filled, rounds }) => [
    String(waiting),
    idle.rssMiB.toFixed(0),
    filled.rssMiB.toFixed(0),
    waiting === 0 ? '' : liveKilobytesEach({ waiting, idle, filled, rounds }).toFixed(1),
    middle(rounds, rate).toFixed(0),
    ...[p50, p99, cpu].map((figure) => middle(rounds, figure).toFixed(2)),
    faults(rounds),
  ]);
  const head = ['pushes waiting', 'RSS before MiB', 'with them', 'live kB each', 'logins/s', 'p50 ms', 'p99 ms'];
  return ['## Pushes waiting', table([...head, 'CPU µs/login', 'faults'], rows)];
}

type Compared = readonly [many: number, rounds: readonly LoadFigures[]];

function comparisonTable(what: string, compared: readonly Compared[]): string {
  const rows = compared.map(([many, rounds]) => [
    String(many),
    middle(rounds, rate).toFixed(0),
    ...[p50, p99, cpu].map((figure) => middle(rounds, figure).toFixed(2)),
    faults(rounds),
  ]);
  return table([what, 'logins/s', 'p50 ms', 'p99 ms', 'CPU µs/login', 'faults'], rows);
}

function radsecSection({ rounds, idle }: RadsecFigures): string[] {
  const rate = (way: 'udp' | 'tls'): string => median(rounds.map((round) => round[way])).toFixed(0);
  const rows = [
    ['over UDP', rate('udp'), ''],
    ['by one TLS connection', rate('tls'), ''],
    ...idle.map(({ keyExchange, count, megabytes }) => [
      `${count} idle connections, ${keyExchange}`,
      '',
      megabytes.toFixed(1),
    ]),
  ];
  return ['## RadSec', table(['', 'logins/s', 'MB above idle'], rows)];
}

function liveKilobytesEach({ waiting, idle, filled }: PushFigures): number {
  return (filled.liveOctets - idle.liveOctets) / 1000 / waiting;
}

function startsSection(figures: readonly StartFigures[]): string[] {
  const rows = figures.map(({ name, readyMs, idle }) => [
    name,
    median(readyMs).toFixed(0),
    Math.max(...readyMs).toFixed(0),
    median(idle.map(({ rssMiB }) => rssMiB)).toFixed(0),
  ]);
  return ['## Start', table(['', 'ready ms (median)', 'slowest', 'RSS idle MiB'], rows)];
}

function targets({ logins, pending, pushes, rules, users, radsec, starts }: Findings): string[][] {
  return [
    ...(logins === undefined ? [] : loginTargets(logins)),
    ...(pending === undefined ? [] : pendingTargets(pending)),
    ...(pushes === undefined ? [] : pushTargets(pushes)),
    ...comparisonTargets(
      'rules',
      rules?.map((of) => [of.rules, of.rounds]),
    ),
    ...comparisonTargets(
      'users',
      users?.map((of) => [of.users, of.rounds]),
    ),
    ...(radsec === undefined ? [] : radsecTargets(radsec)),
    ...(starts === undefined ? [] : startTargets(starts)),
  ];
}

// Against whichever of FreeRADIUS's settings does better, figure by figure and round by round.
function loginTargets(contestants: readonly Contestant[]): string[][] {
  const yardsticks = contestants.filter(({ kind }) => kind === 'relayed');
  const ratio = (of: Contestant, figure: Figure, best: (...values: number[]) => number): number =>
    median(
      of.rounds.map((figures, round) => {
        const theirs = yardsticks.flatMap(({ rounds }) => rounds.slice(round, round + 1).map(figure));
        return figure(figures) / best(...theirs);
      }),
    );
  const rows: string[][] = [];
  for (const contestant of contestants) {
    if (contestant.kind === 'password') {
      rows.push(
        atLeast('(a) rate, of FreeRADIUS’s best', ratio(contestant, rate, Math.max), 1),
        atMost('(a) CPU per login, of FreeRADIUS’s best', ratio(contestant, cpu, Math.min), 1),
        atMost('(a) p99, of FreeRADIUS’s best', ratio(contestant, p99, Math.min), 1),
      );
    }
    if (contestant.kind === 'password-and-passcode') {
      rows.push(atLeast('(b) rate, of FreeRADIUS’s best at (a)', ratio(contestant, rate, Math.max), 0.7));
    }
  }
  return rows;
}

function pendingTargets([few, many]: readonly PendingFigures[]): string[][] {
  if (few === undefined || many === undefined) return [];
  const ratio = (figure: Figure): number =>
    median(many.rounds.map((figures, round) => figure(figures) / middle(few.rounds.slice(round, round + 1), figure)));
  return [
    atMost(`${many.pending} pending: MiB above idle`, many.filled.rssMiB - many.idle.rssMiB, 200, 0),
    atLeast(`${many.pending} pending: rate, of that with ${few.pending}`, ratio(rate), 0.95),
    atMost(`${many.pending} pending: p99, of that with ${few.pending}`, ratio(p99), 1.1),
  ];
}

function pushTargets([none, many]: readonly PushFigures[]): string[][] {
  if (none === undefined || many === undefined) return [];
  const p99s = many.rounds.map((figures, round) => p99(figures) / middle(none.rounds.slice(round, round + 1), p99));
  const { waiting } = many;
  return [
    atMost(`${waiting} pushes waiting: p99 of logins, of that with none`, median(p99s), 1.5),
    atMost(`${waiting} pushes waiting: kB each`, liveKilobytesEach(many), 8, 1),
  ];
}

function comparisonTargets(what: string, [few, many]: readonly Compared[] = []): string[][] {
  if (few === undefined || many === undefined) return [];
  const costs = many[1].map((figures, round) => cpu(figures) / middle(few[1].slice(round, round + 1), cpu));
  return [atMost(`${many[0]} ${what}: CPU per login, of that with ${few[0]}`, median(costs), 1.1)];
}

function radsecTargets({ rounds, idle: [today] }: RadsecFigures): string[][] {
  const share = median(rounds.map(({ udp, tls }) => tls / udp));
  const rows = [atLeast('RadSec: rate, of that over UDP', share, 0.5)];
  if (today === undefined) return rows;
  return [...rows, atMost(`RadSec: MB of ${today.count} idle connections`, today.megabytes, 40, 1)];
}

function startTargets(figures: readonly StartFigures[]): string[][] {
  return figures
    .filter(({ name }) => name.startsWith('Sallyport'))
    .flatMap(({ name, readyMs, idle }) => [
      atMost(`${name}: ms to ready`, median(readyMs), 1000, 0),
      atMost(`${name}: MiB at idle`, median(idle.map(({ rssMiB }) => rssMiB)), 120, 0),
    ]);
}

function atLeast(what: string, found: number, bound: number): string[] {
  return [`${what} ≥ ${bound}`, found.toFixed(2), found >= bound ? 'reached' : 'missed'];
}

function atMost(what: string, found: number, bound: number, digits = 2): string[] {
  return [`${what} ≤ ${bound}`, found.toFixed(digits), found <= bound ? 'reached' : 'missed'];
}

function faults(rounds: readonly LoadFigures[]): string {
  const sum = (figure: Figure): number => rounds.reduce((total, figures) => total + figure(figures), 0);
  const named = [
    [sum((figures) => figures.retransmissions), 'sent again'],
    [sum((figures) => figures.lost), 'lost'],
    [sum((figures) => figures.falseReplies), 'false'],
    [sum((figures) => figures.unexpected), 'refused'],
  ] as const;
  const found = named.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`);
  return found.length === 0 ? 'none' : found.join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? ':--' : '--:'))), ...rows.map(line)].join('\n');
}
