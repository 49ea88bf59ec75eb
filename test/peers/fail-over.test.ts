import { beforeAll, expect, it } from 'vitest';

import { clientSection, startSallyport, type Sallyport, type Section } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { showLogOfFailures } from './failure-log.ts';
import { homeServerSection, startFreeRadius, type FreeRadius } from './freeradius.ts';
import { passcodeOnPhone } from './phone.ts';
import { describeWithPeers } from './presence.ts';
import { answerChallenge, askPassword, type Answer } from './radclient.ts';

const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const attributes = ['Filter-Id = "staff"'];
const users = [
  { name: 'alice', password: 'wonderland', attributes },
  { name: 'bob', password: 'wonderland', attributes, challenge: { message: 'Say second', answer: 'second' } },
];
// By its source address a request is one of these clients.
const fromHalfDead = ['Packet-Src-IP-Address = 127.0.0.2'];
const fromStrong = ['Packet-Src-IP-Address = 127.0.0.3'];

const isLogin = ({ code }: { code: string }): boolean => code === 'Access-Request';
const isStatus = ({ code }: { code: string }): boolean => code === 'Status-Server';

describeWithPeers(['freeradius', 'radclient', 'oathtool'], 'with two FreeRADIUS as home servers', () => {
  const keep = stopAfterwards();
  let first: FreeRadius;
  let second: FreeRadius;
  let mute: FreeRadius;
  let gate: Sallyport;

  beforeAll(async () => {
    [first, second, mute] = await Promise.all([
      keep(startFreeRadius({ users })),
      keep(startFreeRadius({ users })),
      keep(startFreeRadius({ users, answersLogins: false })),
    ]);
    const primary = (...servers: FreeRadius[]): Section => ({
      type: 'radius',
      servers: servers.map((server) => homeServerSection(server)),
      timeoutSeconds: 0.5,
      attempts: 2,
      zombieSeconds: 1,
      deadSeconds: 1,
    });
    gate = await keep(
      startSallyport({
        clients: [
          clientSection('corp', '127.0.0.1', { primary: 'corp' }),
          clientSection('half-dead', '127.0.0.2', { primary: 'half-dead' }),
          clientSection('strong', '127.0.0.3', { primary: 'corp', policy: 'strong' }),
        ],
        primaries: { corp: primary(first, second), 'half-dead': primary(mute, second) },
        // Where there is no second factor, each login is one question to a home server.
        sections: { policies: { default: { factors: [] }, strong: { factors: ['totp'] } } },
      }),
    );
    await gate.importTokens(['alice', 'bob'], secret);
  });
  showLogOfFailures(() => gate.log());

  const logIn = (more: readonly string[] = []): Promise<Answer> => askPassword(gate, 'alice', 'wonderland', more);
  const logInUntil = async (isDone: () => boolean): Promise<readonly Answer['code'][]> => {
    const codes: Answer['code'][] = [];
    const deadline = Date.now() + 15_000;
    while (!isDone() && Date.now() < deadline) codes.push((await logIn()).code);
    return codes;
  };
  const hasLogged = (state: string): boolean =>
    gate.logLines().some((line) => line['state'] === state && line['homeServer'] === `127.0.0.1:${first.port}`);

  it('goes on logging users in when the first is killed, leaves it aside, and returns to it when it is back', async () => {
    await logIn();
    expect(first.requests().filter(isLogin)).toHaveLength(1);
    expect(second.requests()).toEqual([]);

    const waiting = await askPassword(gate, 'alice', 'wonderland', fromStrong);
    const conversing = await askPassword(gate, 'bob', 'wonderland', fromStrong);

    await first.kill();
    const passcode = await passcodeOnPhone(secret);
    const admitted = await answerChallenge(gate, waiting, 'alice', passcode, fromStrong);
    expect(admitted).toMatchObject({ code: 'Access-Accept', attributes });
    // Only the first knows what it has asked.
    expect((await answerChallenge(gate, conversing, 'bob', 'second', fromStrong)).code).toBe('Access-Reject');
    const codes = await logInUntil(() => hasLogged('dead'));
    expect(new Set(codes)).toEqual(new Set(['Access-Accept']));
    expect(second.requests().filter(isLogin).length).toBeGreaterThanOrEqual(codes.length);

    const { port } = first;
    await first.stop();
    first = await keep(startFreeRadius({ users, port }));
    const codesAfterwards = await logInUntil(() => first.requests().some(isLogin));
    expect(new Set(codesAfterwards)).toEqual(new Set(['Access-Accept']));
    await expect.poll(() => hasLogged('alive')).toBe(true);
  });

  it('asks a server that answers no login whether it is there, and believes its signed answer', async () => {
    const codes: string[] = [];
    for (let login = 0; login < 6; login += 1) {
      codes.push((await logIn(fromHalfDead)).code);
      if (mute.requests().some(isStatus)) break;
    }
    expect(new Set(codes)).toEqual(new Set(['Access-Accept']));
    expect(mute.requests().some(isStatus)).toBe(true);
    await expect.poll(() => mute.log()).toMatch(/Received Status-Server Id (\d+)[\s\S]*Sent Access-Accept Id \1 /);
    const metrics = await (await fetch(`${gate.consoleUrl}/metrics`)).text();
    expect(metrics).not.toMatch(/^\S*home_server_ignored_replies_total\{.* [1-9]/m);
  });
});
