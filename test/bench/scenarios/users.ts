import type { LoadFigures } from '../load/index.ts';
import type { RunningServer } from '../programs/program.ts';
import { startSallyport } from '../programs/sallyport.ts';
import { enrolUsers } from '../programs/users.ts';
import { drive, loginsFor, placeUnderTest, warmUp, type Setting } from './setting.ts';

/** Logins of so many users. */
export interface UserFigures {
  readonly users: number;
  /** By password and passcode, one figure a round, the servers in turn. */
  readonly rounds: readonly LoadFigures[];
}

interface Bearer {
  readonly users: number;
  readonly server: RunningServer;
  readonly rounds: LoadFigures[];
}

const SEED = 'users';
const WARM_UP_SECONDS = 0.5;
const FEW = 10;

/**
 * Two servers, one with ten users, one with `setting.users`: logins of all of them on each in turn. By HOTP, for ten users
 * have ten passcodes in thirty seconds by TOTP; ten logins are under way on either.
 */
export async function compareUsers(setting: Setting): Promise<UserFigures[]> {
  const bearers: Bearer[] = [];
  try {
    for (const users of [FEW, wholeLanes(setting.users)]) bearers.push(await bear(setting, users));
    for (let round = 0; round < setting.rounds; round += 1) {
      setting.progress(`users: round ${round + 1} of ${setting.rounds}`);
      const inTurn = round % 2 === 0 ? bearers : bearers.toReversed();
      for (const bearer of inTurn) bearer.rounds.push(await logIn(setting, bearer));
    }
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
  await warmUp(setting, server, choice(users));
  return { users, server, rounds: [] };
}

function logIn(setting: Setting, { users, server }: Bearer): Promise<LoadFigures> {
  const { seconds } = setting;
  const maxLogins = loginsFor(seconds + WARM_UP_SECONDS);
  return drive(setting, server, { ...choice(users), seconds, warmUpSeconds: WARM_UP_SECONDS, maxLogins });
}

function choice(users: number) {
  return { kind: 'password-and-counter', seed: SEED, firstUser: 0, users, outstanding: FEW, sockets: FEW } as const;
}

function wholeLanes(users: number): number {
  return Math.max(FEW, users - (users % FEW));
}
