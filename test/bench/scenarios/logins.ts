import { startFreeradiusProxy } from '../programs/freeradius.ts';
import type { RunningServer } from '../programs/program.ts';
import { startSallyport } from '../programs/sallyport.ts';
import type { EnrolledUsers } from '../programs/users.ts';
import type { LoadFigures, Memory } from '../load/index.ts';
import { drive, loginsFor, mustAnswerWell, placeUnderTest, settledMemory, warmUp } from './setting.ts';
import type { LoadChoice, Setting } from './setting.ts';

/** Who takes part. `relayed`: one of FreeRADIUS's settings, the yardstick of the others. */
export type ContestantKind = 'password' | 'password-and-passcode' | 'relayed';

/** What one server did in all its rounds. */
export interface Contestant {
  readonly kind: ContestantKind;
  readonly name: string;
  /** One a round, in order; round n of all contestants ran side by side. */
  readonly rounds: readonly LoadFigures[];
  readonly idle: Memory;
  readonly loaded: Memory;
}

interface Entrant {
  readonly kind: ContestantKind;
  readonly server: RunningServer;
  readonly load: LoadChoice;
  readonly idle: Memory;
  readonly rounds: LoadFigures[];
}

const ACCEPT = 2;
const CHALLENGE = 11;
const WARM_UP_SECONDS = 0.5;

/** The logins of (a) and (b): all contestants in turn, round by round, on one home server. */
export async function compareLogins(
  setting: Setting,
  which: { readonly password: boolean; readonly passcode: EnrolledUsers | undefined },
): Promise<Contestant[]> {
  const entrants = await enter(setting, which);
  try {
    for (const entrant of entrants) {
      const isChallenged = entrant.kind === 'password-and-passcode';
      await mustAnswerWell(setting, entrant.server, entrant.load, isChallenged ? CHALLENGE : ACCEPT);
      await warmUp(setting, entrant.server, entrant.load);
    }
    for (let round = 0; round < setting.rounds; round += 1) {
      setting.progress(`logins: round ${round + 1} of ${setting.rounds}`);
      // Each round starts with another contestant: what the machine does besides hits none of them always.
      for (let turn = 0; turn < entrants.length; turn += 1) {
        const entrant = entrants[(turn + round) % entrants.length];
        if (entrant !== undefined) entrant.rounds.push(await drive(setting, entrant.server, entrant.load));
      }
    }
    return await Promise.all(
      entrants.map(async ({ kind, server, rounds, idle }) => {
        return { kind, name: server.name, rounds, idle, loaded: await settledMemory(setting, server) };
      }),
    );
  } finally {
    for (const { server } of entrants) await server.stop();
  }
}

async function enter(
  setting: Setting,
  which: { readonly password: boolean; readonly passcode: EnrolledUsers | undefined },
): Promise<Entrant[]> {
  const { workspace, home, nodeArgs } = setting;
  const entrants: Entrant[] = [];
  const add = async (kind: ContestantKind, server: RunningServer, users?: EnrolledUsers): Promise<void> => {
    placeUnderTest(setting, server);
    entrants.push({
      kind,
      server,
      load: loadOf(setting, kind, users),
      idle: await settledMemory(setting, server),
      rounds: [],
    });
  };
  if (which.password) {
    await add('password', await startSallyport(workspace, home, { name: 'Sallyport (a)', factors: [], nodeArgs }));
  }
  if (which.passcode !== undefined) {
    const plan = { name: 'Sallyport (b)', factors: ['totp'] as const, users: which.passcode, nodeArgs };
    await add('password-and-passcode', await startSallyport(workspace, home, plan), which.passcode);
  }
  await add('relayed', await startFreeradiusProxy(workspace, home, 2));
  await add('relayed', await startFreeradiusProxy(workspace, home, 'none'));
  return entrants;
}

function loadOf(setting: Setting, kind: ContestantKind, users?: EnrolledUsers): LoadChoice {
  return {
    kind: kind === 'password-and-passcode' ? 'password-and-passcode' : 'password',
    seed: users?.seed ?? '',
    firstUser: 0,
    users: setting.users,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds: setting.seconds,
    maxLogins: loginsFor(setting.seconds + WARM_UP_SECONDS),
  };
}
