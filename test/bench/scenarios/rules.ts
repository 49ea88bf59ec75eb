import type { LoadFigures } from '../load/index.ts';
import type { RunningServer } from '../programs/program.ts';
import { startSallyport } from '../programs/sallyport.ts';
import type { EnrolledUsers } from '../programs/users.ts';
import { drive, loginsFor, placeUnderTest, warmUp, type Setting } from './setting.ts';

/** Logins under so many rules. */
export interface RuleFigures {
  readonly rules: number;
  /** By password and passcode, one figure a round, the servers in turn. */
  readonly rounds: readonly LoadFigures[];
}

const WARM_UP_SECONDS = 0.5;
const FEW = 10;
const MANY = 10_000;

/** Two servers, one with ten rules, one with ten thousand, none of which matches: logins on each in turn. */
export async function compareRules(setting: Setting, users: EnrolledUsers): Promise<RuleFigures[]> {
  const { workspace, home, nodeArgs } = setting;
  const bearers: { readonly rules: number; readonly server: RunningServer; readonly rounds: LoadFigures[] }[] = [];
  try {
    for (const rules of [FEW, MANY]) {
      const plan = { name: `${rules} rules`, factors: ['totp'] as const, rules, users, nodeArgs };
      const server = await startSallyport(workspace, home, plan);
      bearers.push({ rules, server, rounds: [] });
      placeUnderTest(setting, server);
      await warmUp(setting, server, choice(setting, users));
    }
    for (let round = 0; round < setting.rounds; round += 1) {
      setting.progress(`rules: round ${round + 1} of ${setting.rounds}`);
      const inTurn = round % 2 === 0 ? bearers : bearers.toReversed();
      for (const { server, rounds } of inTurn) rounds.push(await logIn(setting, users, server));
    }
    return bearers.map(({ rules, rounds }) => ({ rules, rounds }));
  } finally {
    for (const { server } of bearers) await server.stop();
  }
}

function logIn(setting: Setting, users: EnrolledUsers, server: RunningServer): Promise<LoadFigures> {
  const { seconds } = setting;
  const maxLogins = loginsFor(seconds + WARM_UP_SECONDS);
  return drive(setting, server, { ...choice(setting, users), seconds, warmUpSeconds: WARM_UP_SECONDS, maxLogins });
}

function choice(setting: Setting, users: EnrolledUsers) {
  return { kind: 'password-and-passcode', seed: users.seed, firstUser: 0, users: setting.users } as const;
}
