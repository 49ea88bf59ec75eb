import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf, nextStep } from '../load/index.ts';
import { pinTo } from '../programs/program.ts';
import { HOME_PASSWORD } from '../programs/freeradius-config.ts';
import type { EnrolledUsers } from '../programs/users.ts';
import type { Workspace } from '../programs/workspace.ts';
import type { RunningServer } from '../programs/program.ts';
import type { LoadFigures, LoadGenerator, LoadKind, LoadPlan, Memory } from '../load/index.ts';

/** What every scenario works with. */
export interface Setting {
  readonly workspace: Workspace;
  readonly home: RunningServer;
  readonly generator: LoadGenerator;
  readonly rounds: number;
  readonly seconds: number;
  /** Logins under way at any time. */
  readonly outstanding: number;
  /** Users with a token in the scenarios that need them. */
  readonly users: number;
  /** Challenges that stay pending in that scenario. */
  readonly pending: number;
  /** Logins held for an answer from a phone in that scenario. */
  readonly pushes: number;
  /** Connections on which nothing happens, in that scenario. */
  readonly idle: number;
  /** One processor for the server under test, the other for the rest. */
  readonly isPinned: boolean;
  /** Extra arguments for Node when it runs Sallyport. */
  readonly nodeArgs: readonly string[];
  /** Tells the person who waits. */
  progress(message: string): void;
}

/** Who the logins of one load are. */
export interface LoadChoice {
  readonly kind: LoadKind;
  readonly seed: string;
  readonly firstUser: number;
  readonly users: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly maxLogins: number;
  /** Logins under way at any time, where they are not those of the setting. */
  readonly outstanding?: number;
  /** Source ports; default: 8. */
  readonly sockets?: number;
}

/** Who logs in, without how long. */
export type WhoLogsIn = Omit<LoadChoice, 'seconds' | 'warmUpSeconds' | 'maxLogins'>;

/** A server that is measured in turn with others. */
export interface InTurn {
  readonly server: RunningServer;
  readonly who: WhoLogsIn;
  readonly rounds: LoadFigures[];
}

// More than any server under test does, so that a window ends by its time.
const MOST_LOGINS_PER_SECOND = 60_000;
const SOURCE_PORTS = 8;
// Measured: Sallyport's CPU time per login halves within its first 40,000 and stays level then.
const WARM_UP_LOGINS = 40_000;
const LONGEST_WARM_UP_SECONDS = 15;
// At the beginning of each round.
const RUN_UP_SECONDS = 0.5;

/** Enough logins for a window of that many seconds. */
export function loginsFor(seconds: number): number {
  return Math.ceil(seconds * MOST_LOGINS_PER_SECOND);
}

/** One load on `server`, with its CPU time and the home server's. Rejects where nothing was left to be measured. */
export async function drive(setting: Setting, server: RunningServer, choice: LoadChoice): Promise<LoadFigures> {
  const plan = planOf(setting, server, choice);
  const figures = await setting.generator.load(plan);
  if (figures.logins > 0) return figures;
  setting.progress(`${server.name}: all passcodes of this half-minute are spent; waiting for the next`);
  await nextStep();
  const again = await setting.generator.load(plan);
  if (again.logins > 0) return again;
  throw new Error(`${server.name}: all passcodes were spent before the window began; give more --users`);
}

/** Brings a server to the state it will have after some hours: its first tens of thousands of logins run uncompiled. */
export async function warmUp(setting: Setting, server: RunningServer, who: WhoLogsIn): Promise<void> {
  const seconds = Math.min(LONGEST_WARM_UP_SECONDS, 6 * setting.seconds);
  await drive(setting, server, { ...who, warmUpSeconds: 0, seconds, maxLogins: WARM_UP_LOGINS });
}

/** Everybody of a store, by password and passcode. */
export function byPasscode({ users }: Setting, { seed }: EnrolledUsers): WhoLogsIn {
  return { kind: 'password-and-passcode', seed, firstUser: 0, users };
}

/** All rounds, the servers in turn, each round from the other end: what the machine does besides hits none of them always. */
export async function measureInTurn(setting: Setting, what: string, servers: readonly InTurn[]): Promise<void> {
  const { seconds } = setting;
  const window = { seconds, warmUpSeconds: RUN_UP_SECONDS, maxLogins: loginsFor(seconds + RUN_UP_SECONDS) };
  for (let round = 0; round < setting.rounds; round += 1) {
    setting.progress(`${what}: round ${round + 1} of ${setting.rounds}`);
    const inTurn = round % 2 === 0 ? servers : servers.toReversed();
    for (const { server, who, rounds } of inTurn) rounds.push(await drive(setting, server, { ...who, ...window }));
  }
}

/** Refuses to measure a server whose replies a NAS would not take, or that leaves out the Message-Authenticator. */
export async function mustAnswerWell(
  setting: Setting,
  server: RunningServer,
  choice: LoadChoice,
  code: number,
): Promise<void> {
  const found = await setting.generator.probe(planOf(setting, server, choice));
  if (found.code === code && found.isAuthentic && found.hasMessageAuthenticator) return;
  throw new Error(`${server.name} does not do its work: ${JSON.stringify(found)}`);
}

/** Puts a server under test on its processor when the run is pinned. */
export function placeUnderTest(setting: Setting, server: RunningServer): void {
  if (setting.isPinned) pinTo(server.pid, '0');
}

/** Memory of a server that has had a moment to settle. */
export async function settledMemory(setting: Setting, server: RunningServer): Promise<Memory> {
  await sleep(Math.min(1000, setting.seconds * 500));
  return memoryOf(server.pid);
}

function planOf(setting: Setting, server: RunningServer, choice: LoadChoice): LoadPlan {
  return {
    outstanding: setting.outstanding,
    sockets: SOURCE_PORTS,
    ...choice,
    port: server.port,
    sharedSecret: server.sharedSecret,
    password: HOME_PASSWORD,
    processes: { server: server.pid, home: setting.home.pid },
  };
}
