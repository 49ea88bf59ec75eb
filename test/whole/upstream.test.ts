import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { acceptAll, ScriptedHomeServer, silence, type Script } from '../support/home-server.ts';
import type { Nas } from '../support/nas.ts';
import { phoneShows, TOKEN_SECRET, wrongPasscode } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport, type Section } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { addCrowd } from '../support/store.ts';
import { openNas, promptOf, valuesOf, Visitor } from './visitor.ts';

const CLASS = 25;
const STATE = 24;
const GROUP = Buffer.from('group=vpn-users');

const users = ['ada', 'bob', 'cat', 'dan', 'eve', 'fay'];

// As a directory behind NPS would: one password for everybody.
const rightPassword: Script = (packet) => {
  if (packet.code === 'Status-Server') packet.accept();
  else if (packet.password?.toString() === 'wonderland') packet.accept([[CLASS, GROUP]]);
  else packet.reject([['Reply-Message', 'No such luck.']]);
};

describe('home servers behind the program', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let home: ScriptedHomeServer;
  let other: ScriptedHomeServer;
  let dead: ScriptedHomeServer;
  const nases: Record<string, Nas> = {};

  beforeAll(async () => {
    home = await keep(ScriptedHomeServer.start(rightPassword));
    other = await keep(ScriptedHomeServer.start(rightPassword));
    dead = await keep(ScriptedHomeServer.start(silence));
    const primary = ({ address, port, secret }: ScriptedHomeServer): Section => ({
      type: 'radius',
      servers: [{ address, port, secret }],
      timeoutSeconds: 0.2,
      attempts: 2,
    });
    const client = (name: string, last: number, more: Section): Section =>
      clientSection(name, `127.0.0.${last}`, { gluedPasscode: true, ...more });
    gate = await keep(
      startSallyport({
        clients: [
          client('usual', 1, { primary: 'home' }),
          client('denies', 2, { primary: 'dead' }),
          client('allows', 3, { primary: 'dead', policy: 'allows' }),
          client('silent', 4, { primary: 'dead', policy: 'silent' }),
          client('several', 5, { primary: ['dead', 'other'] }),
          client('in-order', 6, { primary: ['home', 'other'] }),
        ],
        primaries: { home: primary(home), other: primary(other), dead: primary(dead) },
        sections: {
          policies: {
            default: { factors: ['totp'] },
            allows: { factors: ['totp'], unenrolled: 'allow', unavailable: 'allow' },
            silent: { factors: ['totp'], unavailable: 'silence' },
          },
          limits: { stormSeconds: 0 },
        },
      }),
    );
    await addCrowd(gate.folder, { names: users, secret: TOKEN_SECRET });
    await addCrowd(gate.folder, { names: ['tokenless'] });
    for (const [index, name] of ['usual', 'denies', 'allows', 'silent', 'several', 'in-order'].entries()) {
      nases[name] = await openNas(gate, { from: `127.0.0.${index + 1}` });
    }
  });

  beforeEach(() => {
    home.script = rightPassword;
  });

  const logins = (server: ScriptedHomeServer): number => server.count('Access-Request');

  it('keep their attributes through our challenge', async () => {
    const ada = new Visitor(nases['usual']!, 'ada');
    const challenge = await ada.begin('wonderland');
    expect(valuesOf(challenge, CLASS)).toEqual([]);
    const accept = await ada.answer(phoneShows());
    expect(accept.code).toBe('Access-Accept');
    expect(valuesOf(accept, CLASS)).toEqual([GROUP]);
  });

  it('are asked once for one wrong password, whatever stands behind it, and say why to the user', async () => {
    const bob = new Visitor(nases['usual']!, 'bob');
    for (const field of ['wrong', 'wrong123456', 'wrong12345678', 'wrong,123456', `SCRV1:d3Jvbmc=:MTIzNDU2`]) {
      const before = logins(home);
      const reject = await bob.begin(field);
      expect(reject).toMatchObject({
        code: 'Access-Reject',
        message: expect.stringMatching(/^No such luck\./) as string,
      });
      expect(logins(home), field).toBe(before + 1);
    }
  });

  it('are asked once for a password with its passcode behind it, and are not shown the passcode', async () => {
    const before = logins(home);
    const passcode = phoneShows();
    expect((await new Visitor(nases['usual']!, 'cat').begin(`wonderland${passcode}`)).code).toBe('Access-Accept');
    expect(logins(home)).toBe(before + 1);
    expect(home.asked.at(-1)!.password!.toString()).toBe('wonderland');
  });

  it('never get a passcode: neither an answer, nor one under a State that is spent, forged or of before a restart', async () => {
    const dan = new Visitor(nases['usual']!, 'dan');
    const { state } = await dan.begin('wonderland');
    const before = logins(home);
    expect((await dan.answer(wrongPasscode(1))).code).toBe('Access-Challenge');
    const forged = Buffer.from(state!);
    forged[forged.length - 1]! ^= 1;
    for (const stale of [state!, forged]) {
      const attributes = [...new Visitor(nases['usual']!, 'dan').attributes(phoneShows()), [STATE, stale] as const];
      expect((await nases['usual']!.ask({ attributes })).code).toBe('Access-Reject');
    }
    expect(logins(home)).toBe(before);
    expect((await gate.events('dan')).slice(0, 2).map(({ reason }) => reason)).toEqual([
      'state-forged',
      'challenge-spent',
    ]);
  });

  it('may ask questions of their own: these come first, under our State, and theirs stays theirs', async () => {
    home.script = (packet) => {
      if (packet.values(STATE).length > 0) packet.accept([[CLASS, GROUP]]);
      else packet.reply('Access-Challenge', [['Reply-Message', 'Favourite colour?'], [STATE, Buffer.from('theirs')], [76, Buffer.from([0, 0, 0, 0])], [CLASS, GROUP]]); // prettier-ignore
    };
    const eve = new Visitor(nases['usual']!, 'eve');
    const theirs = await eve.begin('wonderland');
    expect(theirs).toMatchObject({ code: 'Access-Challenge', message: 'Favourite colour?' });
    expect(promptOf(theirs)).toBe(0);
    expect(theirs.state!.includes('theirs')).toBe(false);
    expect(valuesOf(theirs, CLASS)).toEqual([]);

    const ours = await eve.answer('blue, no: red');
    expect(home.asked.at(-1)!.password!.toString()).toBe('blue, no: red');
    expect(home.asked.at(-1)!.values(STATE)).toEqual([Buffer.from('theirs')]);
    expect(ours).toMatchObject({ code: 'Access-Challenge', message: expect.stringContaining('passcode') as string });
    const accept = await eve.answer(phoneShows());
    expect(accept.code).toBe('Access-Accept');
    expect(valuesOf(accept, CLASS)).toEqual([GROUP]);
  });

  it('that accept every password still do not open the second door', async () => {
    home.script = acceptAll;
    const tokenless = await new Visitor(nases['usual']!, 'tokenless').begin('anything');
    const unknown = await new Visitor(nases['usual']!, 'nobody-here').begin('anything');
    expect([tokenless.code, unknown.code]).toEqual(['Access-Reject', 'Access-Reject']);
    expect((await new Visitor(nases['usual']!, 'fay').begin('\0')).code).toBe('Access-Reject');
  });

  it('are asked in order: the next primary only where the one before is unavailable', async () => {
    const before = logins(other);
    expect((await new Visitor(nases['in-order']!, 'fay').begin('wrong')).code).toBe('Access-Reject');
    expect(logins(other)).toBe(before);
    expect((await new Visitor(nases['several']!, 'fay').begin('wonderland')).code).toBe('Access-Challenge');
    expect(logins(other)).toBe(before + 1);
  });

  it('that are down mean a Reject by default', async () => {
    const reject = await new Visitor(nases['denies']!, 'fay').begin(`wonderland,${phoneShows()}`);
    expect(reject).toMatchObject({
      code: 'Access-Reject',
      message: expect.stringContaining('cannot be checked at the moment') as string,
    });
    expect((await gate.events('fay'))[0]).toMatchObject({ reason: 'primary-unavailable' });
  });

  it('that are down mean the second door alone where the policy allows it by name, marked in the log', async () => {
    const fay = new Visitor(nases['allows']!, 'fay');
    expect((await fay.begin('whatever')).code).toBe('Access-Challenge');
    expect((await fay.answer(wrongPasscode())).code).toBe('Access-Challenge');
    expect((await fay.answer(phoneShows())).code).toBe('Access-Accept');
    expect((await gate.events('fay'))[0]).toMatchObject({ verdict: 'accept', primaryPassedUnavailable: true });
    for (const user of ['tokenless', 'nobody-here']) {
      expect((await new Visitor(nases['allows']!, user).begin('whatever')).code, user).toBe('Access-Reject');
    }
  });

  it('that are down mean silence where the NAS is to turn to another server', async () => {
    const silent = nases['silent']!;
    const from = gate.log().length;
    silent.send(silent.encode({ attributes: new Visitor(silent, 'fay').attributes('wonderland') }));
    await gate.waitForLog(/"reason":"unavailable-silent"/, from);
    expect((await silent.ask({ code: 'Status-Server' })).code).toBe('Access-Accept');
  });

  it('are not asked again for a retransmission of the NAS', async () => {
    home.script = silence;
    const nas = nases['usual']!;
    const before = home.asked.length;
    const request = nas.encode({ attributes: new Visitor(nas, 'bob').attributes('wonderland') });
    nas.send(request);
    await home.hasBeenAsked(before + 1);
    expect(await nas.isSilentAbout(request)).toBe(true);
    rightPassword(home.asked.at(-1)!, 0);
    expect(nas.verify(request, await nas.nextReply()).code).toBe('Access-Challenge');
    const authenticators = home.asked.slice(before).map(({ decoded }) => decoded.authenticator.toString('hex'));
    expect(new Set(authenticators).size).toBe(1);
  });
});
