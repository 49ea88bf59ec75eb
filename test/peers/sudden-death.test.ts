import { beforeAll, expect, it } from 'vitest';

import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { sendBurst } from './burst.ts';
import { showLogOfFailures } from './failure-log.ts';
import { homeServerSection, startFreeRadius } from './freeradius.ts';
import { passcodeOnPhone } from './phone.ts';
import { describeWithPeers } from './presence.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const users = Array.from({ length: 600 }, (_, index) => `user${index}`);

type Replies = Awaited<ReturnType<typeof sendBurst>>;

interface Event {
  readonly username: string;
}

describeWithPeers(['freeradius', 'oathtool'], 'killed under load', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let passcode: string;

  beforeAll(async () => {
    const homeUsers = users.map((name) => ({ name, password: 'wonderland', attributes: ['Filter-Id = "staff"'] }));
    const home = await keep(startFreeRadius({ users: homeUsers, narrates: false }));
    gate = await keep(
      startSallyport({
        clients: [clientSection('vpn', '127.0.0.1', { primary: 'corp' })],
        primaries: { corp: { type: 'radius', servers: [homeServerSection(home)] } },
        // So wide that time alone refuses no passcode here.
        sections: { factors: { totp: { window: 10 } } },
      }),
    );
    await gate.importTokens(users, secret);
    // One passcode for all: every user has a token of the same secret.
    passcode = await passcodeOnPhone(secret);
  });
  showLogOfFailures(() => gate.log(), 40);

  const askPasswords = (names: readonly string[]): Promise<Replies> =>
    sendBurst(
      { ...gate, parallel: 64 },
      names.map((user) => ({ user, password: 'wonderland' })),
    );

  const answer = (asked: Replies, killAfter?: number): Promise<Replies> =>
    sendBurst(
      {
        ...gate,
        parallel: 64,
        ...(killAfter !== undefined && { afterAccepts: { count: killAfter, act: () => gate.kill() } }),
      },
      [...asked].map(([user, { attributes }]) => ({ user, password: passcode, state: attributes['State'] as Buffer })),
    );

  const acceptEvents = async (): Promise<readonly string[]> => {
    const events = JSON.parse(await gate.mustRun(['report', '--json', '--verdict', 'accept'])) as Event[];
    return events.map(({ username }) => username);
  };

  it('has an audit event for every Accept that a NAS saw, and lets no spent passcode pass again', async () => {
    const seen: string[] = [];
    let loggedIn: readonly string[] = [];
    for (const killAfter of [20, 60, 120]) {
      const waiting = users.filter((user) => !loggedIn.includes(user));
      const asked = await askPasswords(waiting);
      expect(asked.size).toBe(waiting.length);
      const answers = await answer(asked, killAfter);
      const accepted = [...answers].filter(([, { code }]) => code === 'Access-Accept').map(([user]) => user);
      expect(accepted.length).toBeGreaterThanOrEqual(killAfter);
      expect(accepted.length, 'killed too late to prove anything').toBeLessThan(waiting.length);
      seen.push(...accepted);

      await gate.restart();
      loggedIn = await acceptEvents();
      expect(loggedIn).toEqual(expect.arrayContaining(seen));
      expect(new Set(loggedIn).size).toBe(loggedIn.length);
      expect(await gate.command(['audit', 'verify'])).toMatchObject({ status: 0 });
    }

    const asked = await askPasswords(loggedIn);
    expect(asked.size).toBe(loggedIn.length);
    const refusals = [...(await answer(asked)).values()];
    expect(refusals).toHaveLength(loggedIn.length);
    for (const { code, attributes } of refusals) {
      expect(code).toBe('Access-Challenge');
      expect(attributes['Reply-Message']).toContain('used before');
    }
    expect(await acceptEvents()).toHaveLength(loggedIn.length);
  }, 60_000);
});
