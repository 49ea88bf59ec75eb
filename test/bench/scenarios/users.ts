import type { LoadFigures } from '../load/index.ts';
import { startSallyport } from '../programs/sallyport.ts';
import { enrolUsers } from '../programs/users.ts';
import { measureInTurn, placeUnderTest, warmUp, type InTurn, type Setting, type WhoLogsIn } from './setting.ts';

/** Logins of so many users. */
export interface UserFigures {
  readonly users: number;
  /** By password and passcode, one figure a round, the servers in turn. */
  readonly rounds: readonly LoadFigures[];
}

interface Bearer extends InTurn {
  readonly users: number;
}

const SEED = 'users';
const FEW = 10;

/**
 * Two servers, one with ten users, one with `setting.users`: logins of all of them on each in turn. By HOTP, for ten users
 * have ten passcodes in thirty seconds by TOTP; ten logins are under way on either.
 */
export async function compareUsers(setting: Setting): Promise<UserFigures[]> {
  const bearers: Bearer[] = [];
  try {
    for (const users of [FEW, wholeLanes(setting.users)]) bearers.push(await bear(setting, users));
    await measureInTurn(setting, 'users', bearers);
    return bearers.map(({ users, rounds }) => ({ users, rounds }));
  } finally {
    for (const { server } of bearers) await server.stop();
  }
}

async function bear(setting: Setting, users: number): Promise<Bearer> {
  const { workspace, home, nodeArgs } = setting;
  setting.progress(`users: enrolling ${users}`);
  const enrolled = await enrolUsers(workspace, { users, type: 'hotp', seed: SEED, phones: 0 });
  const plan = { name: `${users} users`, factors: ['hotp'] as const, users: enrolled, nodeArgs };
  const server = await startSallyport(workspace, home, plan);
  placeUnderTest(setting, server);
  const who = choice(users);
  await warmUp(setting, server, who);
  return { users, server, who, rounds: [] };
}

function choice(users: number): WhoLogsIn {
  return { kind: 'password-and-counter', seed: SEED, firstUser: 0, users, outstanding: FEW, sockets: FEW };
}

function wholeLanes(users: number): number {
  return Math.max(FEW, users - (users % FEW));
}
