import { startLoadGenerator } from './load/index.ts';
import type { BenchOptions, Part } from './options.ts';
import { startHomeServer } from './programs/freeradius.ts';
import { pinTo } from './programs/program.ts';
import { enrolUsers } from './programs/users.ts';
import { createWorkspace } from './programs/workspace.ts';
import { compareLogins } from './scenarios/logins.ts';
import type { Contestant } from './scenarios/logins.ts';
import { comparePending } from './scenarios/pending.ts';
import { comparePushes } from './scenarios/pushes.ts';
import type { PushFigures } from './scenarios/pushes.ts';
import { compareRadsec } from './scenarios/radsec.ts';
import type { RadsecFigures } from './scenarios/radsec.ts';
import { compareRules } from './scenarios/rules.ts';
import type { RuleFigures } from './scenarios/rules.ts';
import type { PendingFigures } from './scenarios/pending.ts';
import type { Setting } from './scenarios/setting.ts';
import { compareStarts } from './scenarios/start.ts';
import type { StartFigures } from './scenarios/start.ts';
import { compareUsers } from './scenarios/users.ts';
import type { UserFigures } from './scenarios/users.ts';

/** Everything one run found; absent: not asked for. */
export interface Findings {
  readonly options: BenchOptions;
  readonly logins?: readonly Contestant[];
  readonly pending?: readonly PendingFigures[];
  readonly pushes?: readonly PushFigures[];
  readonly rules?: readonly RuleFigures[];
  readonly users?: readonly UserFigures[];
  readonly radsec?: RadsecFigures;
  readonly starts?: readonly StartFigures[];
}

const SEED = 'bench';

/** Runs the parts asked for, and stops and removes everything it made. */
export async function runBench(options: BenchOptions, progress: (message: string) => void): Promise<Findings> {
  const workspace = await createWorkspace(options.folder);
  const generator = startLoadGenerator();
  try {
    const home = await startHomeServer(workspace);
    try {
      if (options.isPinned) for (const pid of [home.pid, generator.pid]) pinTo(pid, '1');
      return await runParts({ ...options, workspace, generator, home, progress }, options);
    } finally {
      await home.stop();
    }
  } finally {
    await generator.stop();
    await workspace.remove();
  }
}

async function runParts(setting: Setting, options: BenchOptions): Promise<Findings> {
  const wants = (part: Part): boolean => options.parts.includes(part);
  const starts = wants('start') ? { starts: await compareStarts(setting) } : {};
  const needsUsers = wants('b') || wants('pending') || wants('pushes') || wants('rules');
  if (needsUsers) setting.progress(`enrolling ${options.users} users`);
  const users = needsUsers
    ? await enrolUsers(setting.workspace, { ...options, seed: SEED, phones: wants('pushes') ? options.pushes : 0 })
    : undefined;
  const passcode = wants('b') ? users : undefined;
  const logins =
    wants('a') || wants('b') ? { logins: await compareLogins(setting, { password: wants('a'), passcode }) } : {};
  const pending = wants('pending') && users !== undefined ? { pending: await comparePending(setting, users) } : {};
  const pushes = wants('pushes') && users !== undefined ? { pushes: await comparePushes(setting, users) } : {};
  const rules = wants('rules') && users !== undefined ? { rules: await compareRules(setting, users) } : {};
  const counted = wants('users') ? { users: await compareUsers(setting) } : {};
  const radsec = wants('radsec') ? { radsec: await compareRadsec(setting) } : {};
  return { options, ...logins, ...pending, ...pushes, ...rules, ...counted, ...radsec, ...starts };
}
