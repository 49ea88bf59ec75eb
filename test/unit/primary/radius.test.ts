import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { PrimaryRequest, PrimaryResult } from '../../../src/primary/index.ts';
import { passwordRequest, primaryContract, primaryRequest } from '../../contract/primary.ts';
import { acceptAll, ScriptedHomeServer, silence, type AskedPacket, type Script } from '../../support/home-server.ts';
import { radiusSubject, type RadiusSubject, type SubjectOptions } from './radius-subject.ts';

primaryContract('radius', async () => {
  const passwords = new Map<string, Buffer>();
  const server = await ScriptedHomeServer.start((packet) => {
    const isRight = packet.password !== undefined && passwords.get(packet.username)?.equals(packet.password) === true;
    if (isRight) packet.accept();
    else packet.reject();
  });
  return {
    primary: radiusSubject([server]).primary,
    addUser: (username, password) => Promise.resolve(void passwords.set(username, password)),
    close: () => server.stop(),
  };
});

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Scene extends RadiusSubject {
  readonly server: ScriptedHomeServer;
  readonly ask: (request?: PrimaryRequest) => Promise<PrimaryResult>;
}

async function scene(script: Script, options: SubjectOptions & { readonly address?: string } = {}): Promise<Scene> {
  const { address = '127.0.0.1', ...rest } = options;
  const server = await ScriptedHomeServer.start(script, { address });
  closing.push(() => server.stop());
  const subject = radiusSubject([server], rest);
  closing.push(() => subject.primary.stop());
  await subject.primary.start();
  return { ...subject, server, ask: (request = LOGIN) => subject.primary.authenticate(request) };
}

const LOGIN = passwordRequest('alice', 'correct horse');
const ACCEPTED: PrimaryResult = { kind: 'accepted', attributes: [] };

describe('what a home server is asked', () => {
  it('signs with Message-Authenticator as the first attribute and hides the password with its own secret', async () => {
    const { server, ask } = await scene(acceptAll);
    await ask();
    const [packet] = server.asked;
    expect(packet?.types[0]).toBe(80);
    expect(packet?.isSigned).toBe(true);
    expect(packet?.password?.toString()).toBe('correct horse');
  });

  it('takes a fresh request authenticator and another identifier for each login', async () => {
    const { server, ask } = await scene(acceptAll);
    await Promise.all([ask(), ask(), ask()]);
    await ask();
    expect(new Set(server.asked.map((packet) => packet.decoded.authenticator.toString('hex'))).size).toBe(4);
    expect(new Set(server.asked.map((packet) => packet.decoded.identifier)).size).toBe(4);
  });

  it('does not use an identifier again before the other 255', async () => {
    const { server, ask } = await scene(acceptAll, { sockets: 1 });
    for (let login = 0; login < 300; login += 1) await ask();
    const identifiers = server.asked.map((packet) => packet.decoded.identifier);
    expect(new Set(identifiers.slice(0, 256)).size).toBe(256);
    expect(identifiers[256]).toBe(identifiers[0]);
  });

  it('reaches a home server over IPv6', async () => {
    const { ask } = await scene(acceptAll, { address: '::1' });
    expect(await ask()).toEqual(ACCEPTED);
  });

  it('sends no password attribute for a user who gave none', async () => {
    const { server, ask } = await scene(acceptAll);
    expect(await ask(primaryRequest('DOMAIN\\alice', { kind: 'none' }))).toEqual(ACCEPTED);
    expect(server.asked[0]?.types).toEqual([80, 1, 32]);
  });

  it('rejects a password of more than 128 octets without asking', async () => {
    const { server, ask } = await scene(acceptAll);
    const result = await ask(passwordRequest('alice', 'x'.repeat(129)));
    expect(result).toEqual({ kind: 'rejected', reason: 'credentials-unsupported', attributes: [] });
    expect(server.asked).toHaveLength(0);
  });

  it('rejects, and goes on working, when the relayed request would not fit into a packet', async () => {
    const { ask } = await scene(acceptAll);
    const long = Array.from({ length: 16 }, () => ({ type: 25, value: Buffer.alloc(253) }));
    const result = await ask({ ...LOGIN, attributes: [...LOGIN.attributes, ...long] });
    expect(result).toEqual({ kind: 'rejected', reason: 'credentials-unsupported', attributes: [] });
    expect(await ask()).toEqual(ACCEPTED);
  });
});

describe('what a home server says', () => {
  it('gives the Reply-Message of an Access-Reject and nothing that belongs to the hop', async () => {
    const { ask } = await scene((packet) =>
      packet.reject([
        ['Reply-Message', 'Account expired'],
        [33, Buffer.from('proxy')],
        [25, Buffer.from('class')],
      ]),
    );
    expect(await ask()).toEqual({
      kind: 'rejected',
      reason: 'rejected-upstream',
      attributes: [{ type: 18, value: Buffer.from('Account expired') }],
    });
  });

  it('does not believe an Access-Accept for an empty password', async () => {
    const { ask } = await scene(acceptAll);
    const rejected: PrimaryResult = { kind: 'rejected', reason: 'wrong-password', attributes: [] };
    expect(await ask(passwordRequest('alice', ''))).toEqual(rejected);
    expect(await ask(passwordRequest('alice', '\0\0'))).toEqual(rejected);
  });

  it('keeps the attributes of an Access-Accept in their order, without State and Proxy-State', async () => {
    const { ask } = await scene((packet) =>
      packet.accept([
        [25, Buffer.from('group=staff')],
        [24, Buffer.from('state')],
        [33, Buffer.from('proxy')],
        [26, Buffer.from('0000000901086869646465', 'hex')],
        [250, Buffer.from([0, 255])],
        [25, Buffer.from('second class')],
      ]),
    );
    expect(await ask()).toEqual({
      kind: 'accepted',
      attributes: [
        { type: 25, value: Buffer.from('group=staff') },
        { type: 26, value: Buffer.from('0000000901086869646465', 'hex') },
        { type: 250, value: Buffer.from([0, 255]) },
        { type: 25, value: Buffer.from('second class') },
      ],
    });
  });

  it('gives MPPE keys and Tunnel-Password in clear (RFC 2548 §2.4, RFC 2868 §3.5)', async () => {
    const key = Buffer.alloc(32, 7);
    const { ask } = await scene((packet) => {
      const send = packet.salted(key, Buffer.from([0x81, 0]));
      packet.accept([
        [26, Buffer.concat([Buffer.from([0, 0, 1, 55, 16, send.length + 2]), send])],
        [69, Buffer.concat([Buffer.from([3]), packet.salted(Buffer.from('tunnel secret'))])],
      ]);
    });
    const result = await ask();
    expect(result.kind).toBe('accepted');
    const [mppe, tunnel] = result.kind === 'accepted' ? result.attributes : [];
    expect(mppe?.hidden).toBe('salted');
    expect(mppe?.value.subarray(6)).toEqual(key);
    expect(tunnel).toEqual({ type: 69, value: Buffer.from('\u0003tunnel secret'), hidden: 'salted' });
  });

  it('is unavailable when a hidden attribute of an Access-Accept is malformed', async () => {
    const { ask } = await scene((packet) => packet.accept([[69, Buffer.from([0, 0x80, 1, 5, 5])]]));
    const result = await ask();
    expect(result.kind === 'unavailable' && result.cause).toContain('malformed hidden attribute');
  });

  it('keeps little more than the values: not the datagram, not 8 KB of the pool', async () => {
    const { ask } = await scene((packet) =>
      packet.accept([
        [25, Buffer.from('12345')],
        ['Reply-Message', 'hello'],
      ]),
    );
    const result = await ask();
    const values = result.kind === 'accepted' ? result.attributes.map((attribute) => attribute.value) : [];
    expect(values).toEqual([Buffer.from('12345'), Buffer.from('hello')]);
    for (const value of values) expect(value.buffer.byteLength).toBeLessThanOrEqual(1_024);
  });
});

describe("a home server's own challenge", () => {
  const challenge = (packet: AskedPacket): void =>
    packet.reply('Access-Challenge', [
      ['Reply-Message', 'Enter the code'],
      [24, Buffer.from([1, 0, 255])],
      [76, Buffer.from([0, 0, 0, 0])],
      [25, Buffer.from('class')],
      [8, Buffer.from([10, 0, 0, 1])],
    ]);

  it('gives its State to the conversation, its text to the user, and grants nothing', async () => {
    const { server, ask } = await scene(challenge);
    expect(await ask()).toEqual({
      kind: 'challenged',
      conversation: { primary: 'corp', server: `127.0.0.1:${server.port}`, state: Buffer.from([1, 0, 255]) },
      attributes: [
        { type: 18, value: Buffer.from('Enter the code') },
        { type: 76, value: Buffer.from([0, 0, 0, 0]) },
      ],
    });
  });

  it("sends the home server's State back with the answer, and never the client's State", async () => {
    const { server, ask } = await scene((packet, count) => (count === 1 ? challenge(packet) : packet.accept()));
    const first = await ask();
    if (first.kind !== 'challenged') throw new Error(first.kind);
    const attributes = [...LOGIN.attributes, { type: 24, value: Buffer.from('ours') }];
    const answer = { ...passwordRequest('alice', '123456'), attributes, conversation: first.conversation };
    expect(await ask(answer)).toEqual(ACCEPTED);
    expect(server.asked[1]?.values(24)).toEqual([Buffer.from([1, 0, 255])]);
    expect(server.asked[1]?.password?.toString()).toBe('123456');
  });

  it('lets an empty answer be the right one', async () => {
    const { server, ask } = await scene(acceptAll);
    const conversation = { primary: 'corp', server: `127.0.0.1:${server.port}`, state: Buffer.from('s') };
    expect(await ask({ ...passwordRequest('alice', ''), conversation })).toEqual(ACCEPTED);
  });

  it('is unavailable when the server of the conversation is not configured any more', async () => {
    const { server, ask } = await scene(acceptAll);
    const result = await ask({ ...LOGIN, conversation: { primary: 'corp', server: '192.0.2.1:1812' } });
    expect(result.kind === 'unavailable' && result.cause).toContain('192.0.2.1:1812');
    expect(server.asked).toHaveLength(0);
  });
});

describe('replies that are not what they seem', () => {
  const changed = (octets: Buffer, at: number): Buffer => {
    const copy = Buffer.from(octets);
    copy[at] = copy[at]! ^ 1;
    return copy;
  };
  // A second Message-Authenticator, and the Response Authenticator right over both.
  const repeated = (packet: AskedPacket): Buffer =>
    packet.craft('Access-Accept', [[80, Buffer.alloc(16, 1)]], { messageAuthenticator: true });

  it.each<[string, string, (packet: AskedPacket) => Buffer]>([
    ['of another secret', 'response-authenticator', (p) => p.craft('Access-Accept', [], { secret: 'another' })],
    [
      'over another request',
      'response-authenticator',
      (p) => p.craft('Access-Accept', [], { requestAuthenticator: Buffer.alloc(16) }),
    ],
    ['with another Response Authenticator', 'response-authenticator', (p) => changed(p.craft('Access-Accept'), 19)],
    ['with another code', 'response-authenticator', (p) => changed(p.craft('Access-Reject'), 0)],
    [
      'with a changed attribute',
      'response-authenticator',
      (p) => changed(p.craft('Access-Accept', [[25, Buffer.from('group=user')]]), 25),
    ],
    [
      'with another identifier',
      'unexpected',
      (p) => p.craft('Access-Accept', [], { identifier: p.decoded.identifier ^ 0x80 }),
    ],
    [
      'without Message-Authenticator',
      'message-authenticator-missing',
      (p) => p.craft('Access-Accept', [], { messageAuthenticator: false }),
    ],
    ['with two Message-Authenticators', 'message-authenticator-repeated', repeated],
    [
      'with a wrong Message-Authenticator',
      'message-authenticator-wrong',
      (p) => p.craft('Access-Accept', [[80, Buffer.alloc(16, 1)]], { messageAuthenticator: false }),
    ],
    ['of another kind', 'code', (p) => p.craft('Accounting-Response')],
    ['that are cut short', 'malformed', (p) => p.craft('Access-Accept').subarray(0, 30)],
    ['with nothing in them', 'unexpected', () => Buffer.alloc(0)],
  ])('ignores replies %s, counts them, and takes the right one', async (_, reason, forge) => {
    const { server, ask, metric } = await scene((packet) => {
      packet.send(forge(packet));
      packet.reject();
    });
    expect((await ask()).kind).toBe('rejected');
    expect(metric(`home_server_ignored_replies_total{127.0.0.1:${server.port},${reason}}`)).toBe(1);
  });

  it('never sees what another address sends', async () => {
    const stranger = createSocket('udp4').bind(0, '127.0.0.1');
    await once(stranger, 'listening');
    closing.push(async () => {
      stranger.close();
      await once(stranger, 'close');
    });
    const { ask, metric, server } = await scene((packet) => {
      stranger.send(packet.craft('Access-Accept'), packet.from.port, packet.from.address, () => packet.reject());
    });
    expect((await ask()).kind).toBe('rejected');
    for (const reason of ['unexpected', 'response-authenticator', 'malformed']) {
      expect(metric(`home_server_ignored_replies_total{127.0.0.1:${server.port},${reason}}`)).toBe(0);
    }
  });

  it('takes one reply to a login, and none of it for a later login that has its identifier', async () => {
    const replies: Buffer[] = [];
    const { server, ask, metric } = await scene(
      (packet, count) => {
        if (count <= 256) {
          replies[packet.decoded.identifier] = packet.craft('Access-Accept');
          packet.send(replies[packet.decoded.identifier]!);
          if (count === 1) packet.send(replies[packet.decoded.identifier]!);
          return;
        }
        packet.send(replies[packet.decoded.identifier]!);
        packet.reject();
      },
      { sockets: 1 },
    );
    for (let login = 0; login < 256; login += 1) expect(await ask()).toEqual(ACCEPTED);
    expect(Object.keys(replies)).toHaveLength(256);
    expect((await ask()).kind).toBe('rejected');
    const ignored = (reason: string): number =>
      metric(`home_server_ignored_replies_total{127.0.0.1:${server.port},${reason}}`);
    expect([ignored('unexpected'), ignored('response-authenticator')]).toEqual([1, 1]);
  });

  it('takes a reply without Message-Authenticator from an old server only', async () => {
    const bare: Script = (packet) => packet.reply('Access-Accept', [], { messageAuthenticator: false });
    const { ask } = await scene(bare, { messageAuthenticator: 'when-present' });
    expect(await ask()).toEqual(ACCEPTED);
  });

  it('checks a Message-Authenticator of an old server where there is one', async () => {
    const { ask } = await scene(
      (packet) => {
        packet.reply('Access-Accept', [[80, Buffer.alloc(16)]], { messageAuthenticator: false });
        packet.reject();
      },
      { messageAuthenticator: 'when-present' },
    );
    expect((await ask()).kind).toBe('rejected');
  });

  it('requires Message-Authenticator with EAP-Message even of an old server (RFC 3579 §3.2)', async () => {
    const { ask } = await scene(
      (packet) => {
        packet.reply('Access-Accept', [[79, Buffer.from([3, 1, 0, 4])]], { messageAuthenticator: false });
        packet.reject();
      },
      { messageAuthenticator: 'when-present' },
    );
    expect((await ask()).kind).toBe('rejected');
  });

  it('warns once a minute, and tells the likely cause without the secret', async () => {
    const { ask, log, clock } = await scene((packet) => {
      packet.reply('Access-Accept', [], { secret: 'another' });
      packet.reject();
    });
    await ask();
    await ask();
    expect(log).toHaveLength(1);
    expect(log[0]?.message).toContain('another shared secret');
    expect(JSON.stringify(log)).not.toContain('home-server-secret');
    await clock.advance(60_000);
    await ask();
    expect(log).toHaveLength(2);
  });
});

describe('stopping', () => {
  it('answers open questions unavailable, and leaves no timer', async () => {
    const { primary, server, ask, clock } = await scene(silence);
    const open = [ask(), ask()];
    await server.hasBeenAsked(2);
    await primary.stop();
    for (const result of await Promise.all(open)) {
      expect(result.kind === 'unavailable' && result.cause).toContain('being stopped');
    }
    expect(clock.pendingTimers).toBe(0);
  });

  it('can be started again', async () => {
    const { primary, ask } = await scene(acceptAll);
    await primary.stop();
    await primary.start();
    expect(await ask()).toEqual(ACCEPTED);
  });

  it('has no timer while nothing is asked', async () => {
    const { ask, clock } = await scene(acceptAll);
    await ask();
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });
});
