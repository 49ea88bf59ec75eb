import { collectAndMeasure, holdLogins, type HeldLogins, type LoadFigures, type Memory } from '../load/index.ts';
import { freeTcpPort } from '../../peers/loopback.ts';
import { HOME_PASSWORD } from '../programs/freeradius-config.ts';
import { installSallyport, type SallyportInstallation } from '../programs/sallyport.ts';
import type { EnrolledUsers } from '../programs/users.ts';
import { byPasscode, measureInTurn, placeUnderTest, settledMemory, warmUp } from './setting.ts';
import type { InTurn, Setting } from './setting.ts';

/** One server on which logins wait for a phone all the while. */
export interface PushFigures {
  readonly waiting: number;
  /** After logins, before any push. */
  readonly idle: Collected;
  /** With the pushes waiting. */
  readonly filled: Collected;
  /** Logins by password and passcode, one figure a round, the two servers in turn. */
  readonly rounds: readonly LoadFigures[];
}

/** Memory once the garbage is collected. */
export interface Collected extends Memory {
  /** Of objects that are still referred to. */
  readonly liveOctets: number;
}

interface Bearer extends Omit<PushFigures, 'rounds'>, InTurn {
  readonly held: HeldLogins | undefined;
}

/** Two servers, one that holds `setting.pushes` logins whose owners do not touch their phones, one that holds none. */
export async function comparePushes(setting: Setting, users: EnrolledUsers): Promise<PushFigures[]> {
  const bearers: Bearer[] = [];
  try {
    for (const waiting of [0, setting.pushes]) bearers.push(await bear(setting, users, waiting));
    await measureInTurn(setting, 'pushes', bearers);
    for (const { held } of bearers) {
      if (held !== undefined && held.answered > 0) throw new Error(`${held.answered} held logins were answered`);
    }
    return bearers.map(({ waiting, idle, filled, rounds }) => ({ waiting, idle, filled, rounds }));
  } finally {
    for (const { server, held } of bearers) {
      await server.stop();
      await held?.stop();
    }
  }
}

async function bear(setting: Setting, users: EnrolledUsers, waiting: number): Promise<Bearer> {
  const { workspace, home, nodeArgs } = setting;
  const inspectorPort = await freeTcpPort();
  const place = await installSallyport(workspace, home, {
    name: `${waiting} pushes`,
    factors: ['push', 'totp'],
    users,
    nodeArgs: [...nodeArgs, `--inspect=127.0.0.1:${inspectorPort}`],
  });
  const server = await place.start();
  const who = byPasscode(setting, users);
  try {
    placeUnderTest(setting, server);
    await warmUp(setting, server, who);
    const memory = async (): Promise<Collected> => {
      const liveOctets = await collectAndMeasure(inspectorPort);
      return { ...(await settledMemory(setting, server)), liveOctets };
    };
    const idle = await memory();
    if (waiting === 0) return { server, who, waiting, idle, filled: idle, held: undefined, rounds: [] };
    setting.progress(`pushes: beginning ${waiting} logins`);
    const { port, sharedSecret } = server;
    const heldNow = (): Promise<number> => requestsInFlight(place);
    const held = await holdLogins({ port, sharedSecret, password: HOME_PASSWORD, count: waiting, heldNow });
    return { server, who, waiting, idle, filled: await memory(), held, rounds: [] };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function requestsInFlight({ consoleUrl }: SallyportInstallation): Promise<number> {
  const text = await (await fetch(`${consoleUrl}/metrics`)).text();
  return Number(/^sallyport_requests_in_flight (\d+)/m.exec(text)?.[1]);
}
