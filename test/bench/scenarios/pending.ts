import { startSallyport } from '../programs/sallyport.ts';
import type { RunningServer } from '../programs/program.ts';
import type { EnrolledUsers } from '../programs/users.ts';
import type { LoadFigures, Memory } from '../load/index.ts';
import { byPasscode, drive, loginsFor, mustAnswerWell, placeUnderTest, settledMemory, warmUp } from './setting.ts';
import type { Setting } from './setting.ts';

/** One server that has challenges pending all the while. */
export interface PendingFigures {
  readonly pending: number;
  readonly idle: Memory;
  /** With the challenges pending, before the logins. */
  readonly filled: Memory;
  /** Logins by password and passcode, one figure a round, the two servers in turn. */
  readonly rounds: readonly LoadFigures[];
}

interface Bearer {
  readonly server: RunningServer;
  readonly pending: number;
  readonly idle: Memory;
  filled: Memory;
  readonly rounds: LoadFigures[];
}

/** The yardstick has a hundredth of the challenges. */
const FEW_OF_MANY = 0.01;
const CHALLENGE = 11;
const WARM_UP_SECONDS = 0.5;
const FILL_SECONDS = 60;

/** Two servers, one with `setting.pending` challenges that nobody answers, one with a hundredth of them: logins on each in turn. */
export async function comparePending(setting: Setting, users: EnrolledUsers): Promise<PendingFigures[]> {
  const bearers: Bearer[] = [];
  try {
    for (const pending of [Math.ceil(setting.pending * FEW_OF_MANY), setting.pending]) {
      bearers.push(await bear(setting, users, pending));
    }
    for (let round = 0; round < setting.rounds; round += 1) {
      setting.progress(`pending: round ${round + 1} of ${setting.rounds}`);
      const inTurn = round % 2 === 0 ? bearers : bearers.toReversed();
      for (const bearer of inTurn) bearer.rounds.push(await logIn(setting, users, bearer.server, setting.seconds));
    }
    return bearers.map(({ pending, idle, filled, rounds }) => ({ pending, idle, filled, rounds }));
  } finally {
    for (const { server } of bearers) await server.stop();
  }
}

async function bear(setting: Setting, users: EnrolledUsers, pending: number): Promise<Bearer> {
  const { workspace, home, nodeArgs } = setting;
  const server = await startSallyport(workspace, home, {
    name: `${pending} pending`,
    factors: ['totp'],
    users,
    nodeArgs,
  });
  placeUnderTest(setting, server);
  const idle = await settledMemory(setting, server);
  const ofLoad = { warmUpSeconds: 0, seconds: FILL_SECONDS, maxLogins: pending };
  const fill = { ...byPasscode(setting, users), ...ofLoad, kind: 'left-pending' } as const;
  await mustAnswerWell(setting, server, fill, CHALLENGE);
  setting.progress(`pending: opening ${pending} challenges`);
  const filled = await drive(setting, server, fill);
  if (filled.logins < pending) {
    throw new Error(`only ${filled.logins} of ${pending} challenges were opened: ${JSON.stringify(filled)}`);
  }
  const memory = await settledMemory(setting, server);
  await warmUp(setting, server, byPasscode(setting, users));
  return { server, pending, idle, filled: memory, rounds: [] };
}

function logIn(setting: Setting, users: EnrolledUsers, server: RunningServer, seconds: number): Promise<LoadFigures> {
  const maxLogins = loginsFor(seconds + WARM_UP_SECONDS);
  return drive(setting, server, { ...byPasscode(setting, users), seconds, warmUpSeconds: WARM_UP_SECONDS, maxLogins });
}
