import type { LoadFigures } from '../load/index.ts';
import { startSallyport } from '../programs/sallyport.ts';
import type { EnrolledUsers } from '../programs/users.ts';
import { byPasscode, measureInTurn, placeUnderTest, warmUp, type InTurn, type Setting } from './setting.ts';

/** Logins under so many rules. */
export interface RuleFigures {
  readonly rules: number;
  /** By password and passcode, one figure a round, the servers in turn. */
  readonly rounds: readonly LoadFigures[];
}

const FEW = 10;
const MANY = 10_000;

/** Two servers, one with ten rules, one with ten thousand, none of which matches: logins on each in turn. */
export async function compareRules(setting: Setting, users: EnrolledUsers): Promise<RuleFigures[]> {
  const { workspace, home, nodeArgs } = setting;
  const bearers: (InTurn & { readonly rules: number })[] = [];
  const who = byPasscode(setting, users);
  try {
    for (const rules of [FEW, MANY]) {
      const plan = { name: `${rules} rules`, factors: ['totp'] as const, rules, users, nodeArgs };
      const server = await startSallyport(workspace, home, plan);
      bearers.push({ rules, server, who, rounds: [] });
      placeUnderTest(setting, server);
      await warmUp(setting, server, who);
    }
    await measureInTurn(setting, 'rules', bearers);
    return bearers.map(({ rules, rounds }) => ({ rules, rounds }));
  } finally {
    for (const { server } of bearers) await server.stop();
  }
}
