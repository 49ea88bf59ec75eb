import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ScriptedHomeServer, type Script } from '../support/home-server.ts';
import type { Nas } from '../support/nas.ts';
import { phoneShows, wrongPasscode } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport, type Section } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { addCrowd } from '../support/store.ts';
import { enrolAll, openNas, PASSWORD, Visitor } from './visitor.ts';

const USER_NAME = 1;

// Like a directory, it takes every spelling of a name for the same user.
const lenient: Script = (packet) => {
  if (packet.password?.toString() === PASSWORD) packet.accept();
  else packet.reject();
};

describe('somebody who wants in without the second door', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let home: ScriptedHomeServer;
  const nases: Nas[] = [];
  const open = async (last: number): Promise<Nas> => {
    const nas = await openNas(gate, { from: `127.0.0.${last}` });
    nases.push(nas);
    return nas;
  };

  beforeAll(async () => {
    home = await keep(ScriptedHomeServer.start(lenient));
    const client = (name: string, last: number, more: Section = {}): Section =>
      clientSection(name, `127.0.0.${last}`, more);
    gate = await keep(
      startSallyport({
        clients: [
          client('vpn', 1),
          client('wifi', 2),
          client('password-only', 3, { policy: 'password-only' }),
          client('roll-out', 4, { primary: 'home', policy: 'roll-out' }),
          client('glued', 6, { gluedPasscode: true }),
          client('glued-home', 7, { gluedPasscode: true, primary: 'home' }),
          client('open-gate', 5, { primary: 'local', policy: 'open' }),
        ],
        primaries: {
          home: {
            type: 'radius',
            servers: [{ address: home.address, port: home.port, secret: home.secret }],
          },
        },
        sections: {
          policies: {
            default: { factors: ['totp'] },
            'password-only': { factors: [], lockout: { failures: 3, seconds: 900 } },
            'roll-out': { factors: ['totp'], unenrolled: 'allow' },
            open: { factors: ['totp'], unavailable: 'allow' },
          },
        },
      }),
    );
    await enrolAll(gate, 'ada', 'bob', 'cat', 'dan', 'eve', 'gus');
    await addCrowd(gate.folder, { names: ['fay'], password: PASSWORD });
  });
  afterAll(async () => {
    for (const nas of nases) await nas.close();
  });

  const together = (field: (index: number) => string, user: string, on: number[]): Promise<string[]> =>
    Promise.all(on.map(async (last, index) => (await new Visitor(await open(last), user).begin(field(index))).code));

  it('does not get round a lock-out by guessing passwords all at once', async () => {
    const guesses = 40;
    const on = Array.from({ length: guesses }, () => 3);
    const codes = await together((index) => (index < guesses - 1 ? `guess-${index}` : PASSWORD), 'fay', on);
    expect(new Set(codes)).toEqual(new Set(['Access-Reject']));
  });

  it('does not get round a lock-out by guessing passcodes all at once, at several clients, in other spellings', async () => {
    const on = Array.from({ length: 20 }, (_, index) => 1 + (index % 2));
    const guess = (index: number): string => `${PASSWORD},${wrongPasscode(index + 1)}`;
    await together(guess, 'ada', on);
    for (const name of ['ada', 'ADA', 'Ada']) {
      for (const last of [1, 2]) {
        const reply = await new Visitor(await open(last), name).begin(`${PASSWORD},${phoneShows()}`);
        expect(reply.code, name).toBe('Access-Reject');
      }
    }
    const wrong = (await gate.events('ada')).filter(({ reason }) => reason === 'passcode-asked-again');
    expect(wrong.length).toBeLessThan(5);
  });

  it.each([
    { user: 'dan', last: 6, where: 'locally' },
    { user: 'gus', last: 7, where: 'at a home server' },
  ])('does not get round a lock-out with passcodes glued to the password, $where', async ({ user, last }) => {
    const visitor = new Visitor(await open(last), user);
    for (let guess = 1; guess <= 5; guess += 1) {
      expect((await visitor.begin(PASSWORD + wrongPasscode(guess))).code).toBe('Access-Reject');
    }
    expect((await visitor.begin(PASSWORD + phoneShows())).code).toBe('Access-Reject');
    expect((await gate.events(user))[0]).toMatchObject({ reason: 'locked-out' });
  });

  it('does not answer the challenge of another user, or of another client', async () => {
    const vpn = await open(1);
    const bob = new Visitor(vpn, 'bob');
    const { state } = await bob.begin(PASSWORD);
    const answer = [['User-Password', phoneShows()], [24, state!]] as const; // prettier-ignore
    const asOther = await vpn.ask({ attributes: [['User-Name', 'cat'], ...answer] });
    const elsewhere = await (await open(2)).ask({ attributes: [['User-Name', 'bob'], ...answer] });
    expect([asOther.code, elsewhere.code]).toEqual(['Access-Reject', 'Access-Reject']);
    expect((await bob.answer(phoneShows())).code).toBe('Access-Accept');
  });

  it('is not taken for an unenrolled user when the name of an enrolled one is written otherwise', async () => {
    const nas = await open(4);
    expect((await new Visitor(nas, 'unenrolled').begin(PASSWORD)).code).toBe('Access-Accept');
    for (const name of ['CORP\\cat', 'cat@corp.example.com', 'corp/cat', 'ｃａｔ', 'c\u00adat', 'c\u200bat', 'cát']) {
      expect((await new Visitor(nas, name).begin(PASSWORD)).code, name).not.toBe('Access-Accept');
    }
  });

  it('cannot name two users in one request', async () => {
    const nas = await open(4);
    const reply = await nas.ask({
      attributes: [[USER_NAME, Buffer.from('unenrolled')], [USER_NAME, Buffer.from('cat')], ['User-Password', PASSWORD]], // prettier-ignore
    });
    expect(reply.code).toBe('Access-Accept');
    expect(home.asked.at(-1)!.values(USER_NAME)).toEqual([Buffer.from('unenrolled')]);
  });

  it('does not open the first door by asking too much of it', async () => {
    const nas = await open(5);
    const flood = 230; // more than are checked or may wait
    const requests = Array.from({ length: flood }, (_, index) =>
      nas.encode({ identifier: index % 256, attributes: new Visitor(nas, `stranger-${index}`).attributes('guess') }),
    );
    for (const request of requests) nas.send(request);
    const eve = await new Visitor(await open(5), 'eve').begin('wrong');
    expect(eve.code).toBe('Access-Reject');
    for (let answered = 0; answered < flood; answered += 1) await nas.nextReply();
    const passed = (await gate.events()).filter(({ primaryPassedUnavailable }) => primaryPassedUnavailable === true);
    expect(passed).toEqual([]);
  });
});
