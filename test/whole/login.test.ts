import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';

import type { Nas } from '../support/nas.ts';
import { phoneShows, wrongPasscode } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { enrolAll, openNas, PASSWORD, promptOf, readReply, valuesOf, Visitor } from './visitor.ts';

const MESSAGE_AUTHENTICATOR = 80;
const REPLY_MESSAGE = 18;
const PROXY_STATE = 33;

// What may stand in an Access-Challenge of ours (RFC 2865 §5.44): nothing that authorizes.
const CHALLENGE_TYPES = [MESSAGE_AUTHENTICATOR, 24, REPLY_MESSAGE, 76];

const users = ['ada', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal', 'jürgen', 'kim', 'leo', 'mia'];

describe('a login through both doors', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let nas: Nas;

  beforeAll(async () => {
    gate = await keep(
      startSallyport({
        clients: [
          clientSection('vpn', '127.0.0.0/8', { gluedPasscode: true }),
          clientSection('old-vpn', '127.0.0.9/32', { charset: 'latin1' }),
          clientSection('six', '::1'),
          clientSection('narrow', '127.0.1.0/24', { secret: 'the-secret-of-the-longer-prefix' }),
        ],
        policy: { lockout: { failures: 4, seconds: 900 } },
        alsoListen: ['::1', '127.0.0.1'],
      }),
    );
    await enrolAll(gate, ...users);
    nas = await openNas(gate);
  });

  it('asks for the passcode after the right password, and accepts the right one', async () => {
    const ada = new Visitor(nas, 'ada');
    const challenge = await ada.begin(PASSWORD);
    expect(challenge.code).toBe('Access-Challenge');
    expect(challenge.types[0]).toBe(MESSAGE_AUTHENTICATOR);
    expect(challenge.types.filter((type) => !CHALLENGE_TYPES.includes(type))).toEqual([]);
    expect(challenge.state!.length).toBeLessThanOrEqual(64);
    expect(challenge.message).toBe('Enter the passcode from your app or token.');
    for (const text of valuesOf(challenge, REPLY_MESSAGE)) expect(text.length).toBeLessThanOrEqual(253);
    expect(promptOf(challenge)).toBe(1);

    const accept = await ada.answer(phoneShows());
    expect(accept.code).toBe('Access-Accept');
    expect(accept.types[0]).toBe(MESSAGE_AUTHENTICATOR);
    const events = await gate.events('ada');
    expect(events.map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'accept both-doors',
      'challenge passcode-asked',
    ]);
  });

  it('does not say which door was wrong: an unknown user and a wrong password read the same', async () => {
    const known = await new Visitor(nas, 'ada').begin('looking-glass');
    const unknown = await new Visitor(nas, 'nobody').begin('looking-glass');
    expect([known.code, unknown.code]).toEqual(['Access-Reject', 'Access-Reject']);
    expect(known.types[0]).toBe(MESSAGE_AUTHENTICATOR);
    const withoutId = (text: string): string => text.replace(/\[\w+\]/, '');
    expect(withoutId(known.message)).toBe(withoutId(unknown.message));
  });

  it('puts the request id of a Reject into its message, under which the log and the events have it', async () => {
    const reject = await new Visitor(nas, 'nobody').begin('looking-glass');
    const id = /\[(\w+)\]/.exec(reject.message)?.[1];
    await gate.waitForLog(new RegExp(`"requestId":"${id}"`));
    expect((await gate.events('nobody')).map((event) => event.id)).toContain(id);
  });

  it('asks again after a wrong passcode, and rejects the third one', async () => {
    const bob = new Visitor(nas, 'bob');
    await bob.begin(PASSWORD);
    const again = await bob.answer(wrongPasscode(1));
    expect(again).toMatchObject({ code: 'Access-Challenge', message: expect.stringContaining('wrong') as string });
    expect((await bob.answer(wrongPasscode(2))).code).toBe('Access-Challenge');
    expect((await bob.answer(wrongPasscode(3))).code).toBe('Access-Reject');
  });

  it('locks out across challenges, looks at nothing more, and lets in again after `user unlock`', async () => {
    const bob = new Visitor(nas, 'bob');
    await bob.begin(PASSWORD);
    expect(await bob.answer(wrongPasscode(4))).toMatchObject({ code: 'Access-Reject' });
    expect(await bob.begin(PASSWORD)).toMatchObject({ code: 'Access-Reject' });
    expect(await bob.begin(`${PASSWORD},${phoneShows()}`)).toMatchObject({ code: 'Access-Reject' });
    expect((await gate.events('bob')).slice(0, 3).map(({ reason }) => reason)).toEqual([
      'locked-out',
      'locked-out',
      'locked-out',
    ]);

    await gate.mustRun(['user', 'unlock', 'bob']);
    expect((await bob.begin(`${PASSWORD},${phoneShows()}`)).code).toBe('Access-Accept');
  });

  it('takes the passcode behind the password: by delimiter, glued, and as OpenVPN sends it', async () => {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const fields = {
      dan: `${PASSWORD},${phoneShows()}`,
      eve: `${PASSWORD}${phoneShows()}`,
      fay: `SCRV1:${base64(PASSWORD)}:${base64(phoneShows())}`,
    };
    for (const [user, field] of Object.entries(fields)) {
      expect(await new Visitor(nas, user).begin(field), user).toMatchObject({ code: 'Access-Accept' });
    }
    // A passcode is spent, whichever way it came.
    for (const [user, field] of Object.entries(fields)) {
      expect(await new Visitor(nas, user).begin(field), user).not.toMatchObject({ code: 'Access-Accept' });
    }
  });

  it('answers on every listener, over IPv6 too', async () => {
    const overIpv6 = await openNas(gate, { address: '::1', port: gate.otherPorts[0]! });
    const onSecondPort = await openNas(gate, { port: gate.otherPorts[1]! });
    const gus = new Visitor(overIpv6, 'gus');
    expect((await gus.begin(PASSWORD)).code).toBe('Access-Challenge');
    expect((await gus.answer(phoneShows())).code).toBe('Access-Accept');
    expect((await new Visitor(onSecondPort, 'gus').begin(PASSWORD)).code).toBe('Access-Challenge');
    expect((await gate.events('gus')).map(({ client }) => client)).toEqual(['vpn', 'six', 'six']);
    await overIpv6.close();
    await onSecondPort.close();
  });

  it('gives every Proxy-State back, in order, in every kind of reply', async () => {
    const labels = ['one', '', 'three', 'one'].map((text) => Buffer.from(text));
    const proxyStates = labels.map((label) => [PROXY_STATE, label] as const);
    const hal = new Visitor(nas, 'hal');
    const replies = [
      await hal.begin(PASSWORD, proxyStates),
      await hal.answer(phoneShows(), proxyStates),
      await hal.begin('looking-glass', proxyStates),
    ];
    expect(replies.map(({ code }) => code)).toEqual(['Access-Challenge', 'Access-Accept', 'Access-Reject']);
    for (const reply of replies) expect(valuesOf(reply, PROXY_STATE)).toEqual(labels);
  });

  it('reads names and passwords of a Latin-1 client as such', async () => {
    await gate.mustRun(['user', 'set', 'jürgen', '--password-stdin'], 'schlüssel\n');
    const old = await openNas(gate, { from: '127.0.0.9' });
    const authenticator = Buffer.alloc(16, 7);
    const password = hide(Buffer.from('schlüssel', 'latin1'), authenticator, gate.secret);
    const name = Buffer.from('JÜRGEN', 'latin1');
    const reply = await old.ask({ authenticator, attributes: [[1, name], [2, password]] }); // prettier-ignore
    expect(reply.code).toBe('Access-Challenge');
    expect((await gate.events('jürgen'))[0]).toMatchObject({ client: 'old-vpn', username: 'JÜRGEN' });
    await old.close();
  });

  it('takes the client with the longest prefix', async () => {
    const narrow = await openNas(gate, { from: '127.0.1.7', secret: 'the-secret-of-the-longer-prefix' });
    expect((await new Visitor(narrow, 'leo').begin(PASSWORD)).code).toBe('Access-Challenge');
    expect((await gate.events('leo'))[0]).toMatchObject({ client: 'narrow' });
    await narrow.close();
  });

  it('answers a retransmission with the same octets, and records nothing again', async () => {
    const request = nas.encode({ attributes: new Visitor(nas, 'kim').attributes(PASSWORD) });
    nas.send(request);
    const first = await nas.nextReply();
    nas.send(request);
    expect(await nas.nextReply()).toEqual(first);
    expect(readReply(nas.verify(request, first)).code).toBe('Access-Challenge');
    expect(await gate.events('kim')).toHaveLength(1);
    expect(await gate.metric('sallyport_duplicates_total{kind="answered"}')).toBe(1);
  });

  it('answers Status-Server', async () => {
    const reply = readReply(await nas.ask({ code: 'Status-Server' }));
    expect(reply).toMatchObject({ code: 'Access-Accept', types: [MESSAGE_AUTHENTICATOR] });
  });

  it('lets one passcode in once, though it comes from two NAS at the same time', async () => {
    const other = await openNas(gate);
    const field = `${PASSWORD},${phoneShows()}`;
    const replies = await Promise.all([new Visitor(nas, 'mia').begin(field), new Visitor(other, 'mia').begin(field)]);
    expect(replies.map(({ code }) => code).sort()).toEqual(['Access-Accept', 'Access-Challenge']);
    await other.close();
  });

  it('refuses a passcode that was used, also after a restart', async () => {
    const cat = new Visitor(nas, 'cat');
    const passcode = phoneShows();
    await cat.begin(PASSWORD);
    expect((await cat.answer(passcode)).code).toBe('Access-Accept');
    await cat.begin(PASSWORD);
    expect(await cat.answer(passcode)).toMatchObject({
      code: 'Access-Challenge',
      message: expect.stringContaining('used before') as string,
    });

    expect(await gate.terminate()).toEqual({ status: 0, signal: null });
    await gate.restart();
    await cat.begin(PASSWORD);
    expect(await cat.answer(passcode)).toMatchObject({
      code: 'Access-Challenge',
      message: expect.stringContaining('used before') as string,
    });
  });
});

// RFC 2865 §5.2, up to 16 octets: the package would write the password as UTF-8.
function hide(password: Buffer, authenticator: Buffer, secret: string): Buffer {
  const stream = createHash('md5').update(secret).update(authenticator).digest();
  return stream.map((octet, index) => octet ^ (password[index] ?? 0)) as Buffer;
}
