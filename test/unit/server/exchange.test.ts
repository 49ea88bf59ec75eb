import { describe, expect, it } from 'vitest';
import type { AccessRequest, Decision } from '../../../src/access/index.ts';
import { withoutQuestions } from '../../../src/access/eap.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { accept, clientConfig, Desk, PEER, reject } from './desk.ts';
import {
  AUTHENTICATOR,
  checkReply,
  freshAuthenticator,
  makeRequest,
  proxyState,
  SECRET,
  userName,
  userPassword,
  type Pair,
} from './wire.ts';

const vendor = (number: number, ...body: number[]): Pair => [
  26,
  Buffer.from([0, 0, number >> 8, number & 255, ...body]),
];

/** One attribute of Microsoft: its value, or how many octets of nothing. */
function microsoft(type: number, value: Buffer | number): Pair {
  const octets = typeof value === 'number' ? Buffer.alloc(value) : value;
  return vendor(311, type, octets.length + 2, ...octets);
}

/** A decision that the test makes when it wants. */
function openDecision(): { decide: () => Promise<Decision>; resolve: (decision: Decision) => void } {
  const { promise, resolve } = Promise.withResolvers<Decision>();
  return { decide: () => promise, resolve };
}

describe('what is asked of the decision', () => {
  it('holds name and password in clear octets, State and all attributes in order', async () => {
    const desk = new Desk();
    const attributes = [
      proxyState('p'),
      userName('alice'),
      userPassword('s3cret'),
      [24, Buffer.from('state')] as const,
    ];
    await desk.receive(makeRequest({ attributes, signed: 'first' }));
    const [asked] = desk.asked;
    expect(asked).toMatchObject({
      client: { name: 'vpn' },
      clientAddress: '127.0.0.1',
      receivedMs: desk.clock.monotonicMs(),
      credentials: { kind: 'pap', password: Buffer.from('s3cret') },
    });
    expect(asked!.username?.toString()).toBe('alice');
    expect(asked!.state?.toString()).toBe('state');
    expect(asked!.attributes.map(({ type }) => type)).toEqual([80, 33, 1, 2, 24]);
  });

  it.each([
    { way: 'a password', own: userPassword('s3cret') },
    { way: 'CHAP', own: [3, Buffer.alloc(17, 7)] as const },
    { way: 'EAP', own: [79, Buffer.from([2, 1, 0, 5, 1])] as const },
  ])('is the same of a request by $way that was put away for a while, and so is its reply', async ({ own }) => {
    const { decide, resolve } = openDecision();
    const desk = new Desk({ decide });
    const request = makeRequest({ attributes: [proxyState('p'), userName('alice'), own, [24, Buffer.from('state')]] });
    await desk.receive(request);
    const [asked] = desk.asked;
    const told = ({ client, username, credentials, state, attributes, attempt }: AccessRequest) =>
      structuredClone({ client: client.name, username, credentials, state, attributes, attempt });
    const before = told(asked!);
    asked?.putAway?.();
    asked?.putAway?.();
    expect(told(asked!)).toEqual(before);
    resolve({ verdict: accept });
    await desk.clock.advance(0);
    expect(checkReply(desk.sent[0]!.reply, request).values(33).map(String)).toEqual(['p']);
  });

  it('is whole also where EAP changes something of it', async () => {
    const desk = new Desk();
    await desk.receive(makeRequest({ attributes: [userName('alice'), [79, Buffer.from([2, 1, 0, 5, 1])]] }));
    const asked = desk.asked[0]!;
    const { id, clientAddress, receivedMs, attempt, username, credentials, state, attributes } = asked;
    const client = { ...asked.client, challenge: false, outOfBand: 'hold' };
    expect(withoutQuestions(asked)).toEqual({
      ...{ id, client, clientAddress, receivedMs, attempt, username, credentials, state, attributes },
    });
    expect(username?.toString()).toBe('alice');
    expect(credentials.kind).toBe('eap');
  });

  it('names a client behind a socket of both families by its IPv4 address', async () => {
    const desk = new Desk();
    await desk.receive(makeRequest(), { address: '::ffff:127.0.0.1', port: 9 });
    expect(desk.asked[0]?.clientAddress).toBe('127.0.0.1');
    expect(desk.sent[0]?.peer.address).toBe('::ffff:127.0.0.1');
  });

  it('has no username, no password and no State where the packet has none, or an empty State', async () => {
    const desk = new Desk();
    await desk.receive(makeRequest({ attributes: [[24, Buffer.alloc(0)]] }));
    expect(desk.asked[0]).toMatchObject({ username: undefined, state: undefined, credentials: { kind: 'none' } });
  });

  it('keeps an empty password apart from none', async () => {
    const desk = new Desk();
    await desk.receive(makeRequest({ attributes: [userPassword('')] }));
    expect(desk.asked[0]?.credentials).toEqual({ kind: 'pap', password: Buffer.alloc(0) });
  });

  it.each<[string, ...Pair[]]>([
    ['a CHAP-Password that is too short', [3, Buffer.alloc(16)]],
    ['a CHAP-Password with an empty challenge', [3, Buffer.alloc(17)], [60, Buffer.alloc(0)]],
    ['two of CHAP-Password', [3, Buffer.alloc(17)], [3, Buffer.alloc(17)]],
    ['EAP-Message whose Length is longer than it', [79, Buffer.from([2, 1, 0, 6, 1])]],
    ['EAP-Message whose Length is shorter than it', [79, Buffer.from([2, 1, 0, 4, 1])]],
    ['EAP-Message without a type', [79, Buffer.from([2, 1, 0, 4])]],
    ['an EAP-Message that breaks off', [79, Buffer.from([2, 1, 0])]],
    ['an EAP request, which no NAS relays', [79, Buffer.from([1, 1, 0, 5, 1])]],
    ['an EAP-Success', [79, Buffer.from([3, 1, 0, 4])]],
    ['MS-CHAP-Response that breaks off', vendor(311, 1, 52)],
    ['MS-CHAP-Response without a challenge', microsoft(1, 50)],
    ['MS-CHAP-Challenge alone', vendor(311, 11, 10, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['both versions of MS-CHAP', microsoft(11, 16), microsoft(1, 50), microsoft(25, 50)],
    ['MS-CHAP2-Response that is too short', microsoft(11, 16), microsoft(25, 49)],
    ['MS-CHAP2-CPW that is too short', microsoft(11, 16), microsoft(27, 66)],
    ['MS-CHAP2-Response that breaks off behind another attribute', vendor(311, 47, 6, 0, 0, 0, 1, 25, 52)],
    ['CHAP beside a plain password', [3, Buffer.alloc(17)], userPassword('secret')],
    ['EAP beside a plain password', [79, Buffer.from([2, 1, 0, 5, 1])], userPassword('secret')],
    ['EAP beside CHAP', [79, Buffer.from([2, 1, 0, 5, 1])], [3, Buffer.alloc(17)]],
  ])('says of %s that it is not spoken', async (_name, ...attributes) => {
    const desk = new Desk();
    await desk.receive(makeRequest({ attributes: [userName('alice'), ...attributes] }));
    expect(desk.asked[0]?.credentials).toEqual({ kind: 'unsupported' });
  });

  it('takes the request authenticator for the challenge of CHAP where none is given (RFC 2865 §2.2)', async () => {
    const desk = new Desk();
    const response = Buffer.alloc(17, 7);
    await desk.receive(makeRequest({ attributes: [userName('alice'), [3, response]] }));
    const challenge = AUTHENTICATOR;
    expect(desk.asked[0]?.credentials).toEqual({ kind: 'chap', response, challenge, isImplicit: true });
    const given = Buffer.from('a challenge');
    const authenticator = freshAuthenticator();
    const attributes = [userName('alice'), [3, response], [60, given]] as const;
    await desk.receive(makeRequest({ attributes, authenticator }));
    expect(desk.asked[1]?.credentials).toEqual({ kind: 'chap', response, challenge: given, isImplicit: false });
  });

  it.each([
    { version: 1, type: 1, octets: 50, isChange: false },
    { version: 2, type: 25, octets: 50, isChange: false },
    { version: 1, type: 3, octets: 70, isChange: true },
    { version: 1, type: 4, octets: 84, isChange: true },
    { version: 2, type: 27, octets: 68, isChange: true },
  ])('reads MS-CHAP version $version, type $type', async ({ version, type, octets, isChange }) => {
    const desk = new Desk();
    const value = Buffer.alloc(octets).map((_, index) => index + 3) as Buffer;
    const own = microsoft(type, value);
    await desk.receive(makeRequest({ attributes: [userName('alice'), own, microsoft(11, 16), microsoft(6, 240)] }));
    expect(desk.asked[0]?.credentials).toEqual({
      kind: 'ms-chap',
      version,
      identifier: isChange ? 4 : 3,
      challenge: Buffer.alloc(16),
      response: isChange ? undefined : value,
    });
  });

  it('puts the pieces of an EAP packet together, and lets a NAS begin with none (RFC 3579 §2.1)', async () => {
    const desk = new Desk();
    const packet = Buffer.concat([Buffer.from([2, 9, 2, 0, 13]), Buffer.alloc(507, 5)]);
    const pieces = [packet.subarray(0, 253), packet.subarray(253, 506), packet.subarray(506)];
    await desk.receive(makeRequest({ attributes: pieces.map((piece) => [79, piece] as const) }));
    expect(desk.asked[0]?.credentials).toEqual({ kind: 'eap', message: packet });
    const authenticator = freshAuthenticator();
    await desk.receive(makeRequest({ attributes: [userName('a'), [79, Buffer.alloc(0)]], authenticator }));
    expect(desk.asked[1]?.credentials).toEqual({ kind: 'eap', message: Buffer.alloc(0) });
  });

  it.each([1, 15, 17, 144, 253])(
    'gives a User-Password of %d octets on as one that nobody can check',
    async (length) => {
      const desk = new Desk();
      await desk.receive(makeRequest({ attributes: [userName('alice'), [2, Buffer.alloc(length)] as const] }));
      expect(desk.asked[0]?.credentials).toEqual({ kind: 'unsupported' });
    },
  );

  it('gives a User-Password of no octets on as an empty password', async () => {
    const desk = new Desk();
    await desk.receive(makeRequest({ attributes: [userName('alice'), [2, Buffer.alloc(0)] as const] }));
    expect(desk.asked[0]?.credentials).toEqual({ kind: 'pap', password: Buffer.alloc(0) });
  });

  it('takes other attributes of Microsoft, and others numbered alike, for what they are', async () => {
    const desk = new Desk();
    const attributes = [
      userPassword('x'),
      vendor(311, 47, 6, 0, 0, 0, 1),
      vendor(9, 1, 3, 0),
      vendor(311),
      vendor(311, 0, 0),
    ];
    await desk.receive(makeRequest({ attributes }));
    expect(desk.asked[0]?.credentials.kind).toBe('pap');
  });

  it('is named by ten characters, other ones each time', async () => {
    const desk = new Desk();
    for (let identifier = 0; identifier < 50; identifier += 1) await desk.receive(makeRequest({ identifier }));
    const ids = new Set(desk.asked.map(({ id }) => id));
    expect(ids.size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{10}$/);
  });
});

describe('duplicates (RFC 5080 §2.2.2)', () => {
  it('of a client that says so are absorbed for its whole patience: every three seconds while it is held, and after', async () => {
    const { decide, resolve } = openDecision();
    const desk = new Desk({ decide, clients: [clientConfig({ duplicateSeconds: 60 })] });
    const request = makeRequest();
    for (let second = 0; second < 30; second += 3) {
      await desk.receive(request);
      await desk.clock.advance(3000);
    }
    resolve({ verdict: accept });
    await desk.clock.advance(0);
    expect(desk.sent).toHaveLength(1);
    for (let second = 3; second < 60; second += 3) {
      await desk.clock.advance(3000);
      expect(await desk.answerTo(request)).toEqual(desk.sent[0]!.reply);
    }
    expect(desk.asked).toHaveLength(1);
    await desk.clock.advance(3000);
    await desk.receive(request);
    expect(desk.asked).toHaveLength(2);
  });

  it('are absorbed while the first is being decided, then get the same octets', async () => {
    const { decide, resolve } = openDecision();
    const desk = new Desk({ decide });
    const request = makeRequest();
    await desk.receive(request);
    await desk.receive(request);
    expect(desk.sent).toEqual([]);
    resolve({ verdict: accept });
    await desk.clock.advance(0);
    expect(desk.sent).toHaveLength(1);
    expect(await desk.answerTo(request)).toEqual(desk.sent[0]!.reply);
    expect(desk.asked).toHaveLength(1);
    expect(await desk.count('duplicates_total{kind="running"}')).toBe(1);
    expect(await desk.count('duplicates_total{kind="answered"}')).toBe(1);
  });

  it('are not those with another authenticator, identifier, port or address', async () => {
    const desk = new Desk();
    await desk.receive(makeRequest());
    await desk.receive(makeRequest({ identifier: 8 }));
    await desk.receive(makeRequest(), { ...PEER, port: 40_002 });
    await desk.receive(makeRequest(), { ...PEER, address: '127.0.0.2' });
    const authenticator = freshAuthenticator();
    await desk.receive(makeRequest({ authenticator, attributes: [userPassword('x', { authenticator })] }));
    expect(desk.asked).toHaveLength(5);
  });

  it('are decided anew after ten seconds', async () => {
    const desk = new Desk();
    const request = makeRequest();
    await desk.receive(request);
    await desk.clock.advance(10_001);
    await desk.receive(request);
    expect(desk.asked).toHaveLength(2);
  });

  it('cannot be occupied by a packet that is not genuine', async () => {
    const desk = new Desk();
    const request = makeRequest();
    const forged = Buffer.from(request);
    forged.writeUInt8(forged.at(-1)! ^ 1, forged.length - 1);
    await desk.receive(forged);
    checkReply(await desk.answerTo(request), request);
  });
});

describe('from the verdict to the client', () => {
  it('answers with the identifier of the request, from where it came', async () => {
    const desk = new Desk();
    const request = makeRequest({ identifier: 201 });
    expect(checkReply(await desk.answerTo(request), request)).toMatchObject({ code: 2, identifier: 201 });
    expect(desk.sent[0]?.peer).toEqual(PEER);
  });

  it('says nothing where the verdict is silence, and decides a retransmission anew', async () => {
    const desk = new Desk({ decide: () => ({ verdict: { kind: 'silence', reason: 'unavailable-silent' } }) });
    await desk.receive(makeRequest());
    await desk.receive(makeRequest());
    expect(desk.sent).toEqual([]);
    expect(desk.asked).toHaveLength(2);
    expect(await desk.count('requests_in_flight')).toBe(0);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
  ])('rejects, and says why in the log, when the decision %s', async (_how, decide) => {
    const desk = new Desk({ decide });
    const request = makeRequest();
    const reply = checkReply(await desk.answerTo(request), request);
    expect(reply.code).toBe(3);
    expect(reply.message).toContain(desk.asked[0]!.id);
    expect(reply.message).not.toContain('boom');
    expect(desk.logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(await desk.count('verdicts_total{client="vpn",verdict="reject",reason="internal-error"}')).toBe(1);
  });

  it('rejects when the reply would be longer than a packet', async () => {
    const attributes = Array.from({ length: 17 }, () => ({ type: 25, value: Buffer.alloc(253) }));
    const desk = new Desk({
      decide: () => ({ verdict: { ...accept, kind: 'accept', reason: 'both-doors', attributes } }),
    });
    const request = makeRequest({ attributes: [userPassword('x'), proxyState('kept')] });
    const reply = checkReply(await desk.answerTo(request), request);
    expect(reply.code).toBe(3);
    expect(reply.message).toContain(desk.asked[0]!.id);
    expect(reply.values(33).map(String)).toEqual(['kept']);
    expect(desk.logger.lines.some(({ level, fields }) => level === 'error' && fields['verdict'] === 'accept')).toBe(
      true,
    );
  });

  it('rejects without a text when Proxy-State leaves no room for one', async () => {
    const filling = Array.from({ length: 15 }, () => [33, Buffer.alloc(253)] as const);
    const rest = [33, Buffer.alloc(4096 - 20 - 18 - 18 - 15 * 255 - 2)] as const;
    const desk = new Desk({ decide: () => ({ verdict: reject }) });
    const request = makeRequest({ attributes: [userPassword('x'), ...filling, rest] });
    expect(request).toHaveLength(4096);
    expect(checkReply(await desk.answerTo(request), request)).toMatchObject({ code: 3, message: 'No. [ID]' });
    const longer = new Desk({
      decide: () => ({
        verdict: { ...reject, kind: 'reject', reason: 'internal-error', message: 'long '.repeat(20), attributes: [] },
      }),
    });
    expect(checkReply(await longer.answerTo(request), request)).toMatchObject({ code: 3, message: '' });
  });
});

describe('the delay of a Reject', () => {
  const delaying = clientConfig({ rejectDelaySeconds: 1 });

  it('lasts until a second after receipt, duplicates absorbed meanwhile', async () => {
    const desk = new Desk({ clients: [delaying], decide: () => ({ verdict: reject }) });
    const request = makeRequest();
    await desk.receive(request);
    await desk.clock.advance(999);
    await desk.receive(request);
    expect(desk.sent).toEqual([]);
    expect(await desk.count('requests_in_flight')).toBe(1);
    await desk.clock.advance(1);
    expect(checkReply(desk.sent[0]!.reply, request).code).toBe(3);
  });

  it('ends nothing but itself where it cannot be sent', async () => {
    const desk = new Desk({ clients: [delaying], decide: () => ({ verdict: reject }) });
    const send = (): never => {
      throw new Error('not to be put into RADIUS/1.1');
    };
    desk.exchange.receive(makeRequest(), PEER, { send });
    await desk.clock.advance(0);
    await desk.clock.advance(1_000);
    expect(desk.logger.lines.at(-1)?.message).toContain('the reply failed');
    expect(await desk.count('requests_in_flight')).toBe(0);
  });

  it('counts the time that was taken already', async () => {
    const { decide, resolve } = openDecision();
    const desk = new Desk({ clients: [delaying], decide });
    await desk.receive(makeRequest());
    await desk.clock.advance(700);
    resolve({ verdict: reject });
    await desk.clock.advance(299);
    expect(desk.sent).toHaveLength(0);
    await desk.clock.advance(1);
    expect(desk.sent).toHaveLength(1);
  });

  it('is none for a Reject that took longer, an Accept and a Challenge', async () => {
    const { decide, resolve } = openDecision();
    const slow = new Desk({ clients: [delaying], decide });
    await slow.receive(makeRequest());
    await slow.clock.advance(1_500);
    resolve({ verdict: reject });
    await slow.clock.advance(0);
    expect(slow.sent).toHaveLength(1);
    const state = Buffer.from('state');
    const challenge = { kind: 'challenge', reason: 'passcode-asked', state, message: 'Code?', echo: false } as const;
    for (const verdict of [accept, challenge]) {
      const desk = new Desk({ clients: [delaying], decide: () => ({ verdict }) });
      await desk.receive(makeRequest());
      expect(desk.sent).toHaveLength(1);
    }
  });
});

describe('more than can be worked on', () => {
  it('gets silence and a count until something is answered', async () => {
    const { decide, resolve } = openDecision();
    const desk = new Desk({ maxInFlight: 2, decide });
    for (let identifier = 0; identifier < 4; identifier += 1) await desk.receive(makeRequest({ identifier }));
    expect(desk.asked).toHaveLength(2);
    expect(await desk.count('dropped_packets_total{reason="overload"}')).toBe(2);
    resolve({ verdict: accept });
    await desk.clock.advance(0);
    await desk.receive(makeRequest({ identifier: 3 }));
    expect(desk.asked).toHaveLength(3);
  });
});

describe('Status-Server (RFC 5997)', () => {
  const status = makeRequest({ code: 12, attributes: [proxyState('a'), proxyState('b')] });

  it('is answered with a signed Access-Accept that holds nothing but Proxy-State', async () => {
    const desk = new Desk();
    const reply = checkReply(await desk.answerTo(status), status);
    expect(reply.code).toBe(2);
    expect(reply.types).toEqual([80, 33, 33]);
    expect(desk.asked).toEqual([]);
    expect(await desk.count('status_server_total{client="vpn"}')).toBe(1);
  });

  it('answers the published packet of §6 with its shared secret', async () => {
    const desk = new Desk();
    const published = Buffer.from(
      '0cda00268a54f4686fb394c52866e302185d062350125a665e2e1e8411f3e243822097c84fa3',
      'hex',
    );
    const known = new Desk({ clients: [clientConfig({ secret: Secret.fromText('xyzzy5461') })] });
    expect(checkReply(await known.answerTo(published), published, 'xyzzy5461').code).toBe(2);
    await desk.receive(published);
    expect(desk.sent).toEqual([]);
  });
});

describe('stopping', () => {
  it('waits for what is being worked on and answers it, but takes nothing new', async () => {
    const { decide, resolve } = openDecision();
    const desk = new Desk({ decide });
    const request = makeRequest();
    await desk.receive(request);
    let isStopped = false;
    const stopped = desk.exchange.stop(10).then(() => (isStopped = true));
    await desk.receive(makeRequest({ identifier: 99 }));
    await desk.receive(makeRequest({ code: 12 }));
    expect(desk.sent).toEqual([]);
    expect(await desk.count('dropped_packets_total{reason="stopping"}')).toBe(2);
    expect(isStopped).toBe(false);
    resolve({ verdict: accept });
    await stopped;
    expect(checkReply(desk.sent[0]!.reply, request).code).toBe(2);
    expect(desk.clock.pendingTimers).toBe(0);
  });

  it('sends a Reject that is still delayed', async () => {
    const desk = new Desk({ clients: [clientConfig({ rejectDelaySeconds: 1 })], decide: () => ({ verdict: reject }) });
    await desk.receive(makeRequest());
    const stopped = desk.exchange.stop(10);
    await desk.clock.advance(1_000);
    await stopped;
    expect(desk.sent).toHaveLength(1);
  });

  it('does not wait for ever', async () => {
    const desk = new Desk({ decide: openDecision().decide });
    await desk.receive(makeRequest());
    const stopped = desk.exchange.stop(10);
    await desk.clock.advance(10_000);
    await stopped;
    expect(desk.sent).toEqual([]);
  });

  it('is over at once when nothing is being worked on', async () => {
    await new Desk().exchange.stop(10);
  });
});

describe('what the log says', () => {
  it('is one line a verdict', async () => {
    const event = {
      id: 'x',
      atMs: 0,
      server: 'gate-1',
      verdict: 'accept',
      reason: 'both-doors',
      username: 'Alice',
      client: 'vpn',
      clientAddress: '127.0.0.1',
      durationMs: 0,
      factor: 'totp',
      token: 'SN1',
      primary: 'local',
    } as const;
    const desk = new Desk({
      decide: async () => {
        await desk.clock.advance(12);
        return { verdict: accept, event };
      },
    });
    await desk.receive(makeRequest());
    await desk.clock.advance(0);
    expect(desk.verdictLines).toEqual([
      {
        level: 'info',
        message: 'access accepted',
        fields: expect.objectContaining({
          requestId: desk.asked[0]!.id,
          client: 'vpn',
          clientAddress: '127.0.0.1',
          user: 'Alice',
          verdict: 'accept',
          reason: 'both-doors',
          factor: 'totp',
          token: 'SN1',
          primary: 'local',
          durationMs: 12,
        }) as object,
      },
    ]);
    expect(await desk.count('verdicts_total{client="vpn",verdict="accept",reason="both-doors"}')).toBe(1);
    expect(await desk.count('verdict_seconds_bucket{le="0.025",verdict="accept"}')).toBe(1);
    expect(await desk.count('verdict_seconds_bucket{le="0.01",verdict="accept"}')).toBe(0);
  });

  it('cannot be written to by a user name', async () => {
    const desk = new Desk();
    await desk.receive(makeRequest({ attributes: [userName('a\u001b[2J\u009b1m\n\u202eb'), userPassword('x')] }));
    expect(desk.verdictLines[0]?.fields['user']).toBe('a\ufffd[2J\ufffd1m\ufffd\ufffdb');
  });

  it('reads a name in the charset of the client', async () => {
    const desk = new Desk({ clients: [clientConfig({ charset: 'latin1' })] });
    await desk.receive(makeRequest({ attributes: [[1, Buffer.from([0x6a, 0xfc])], userPassword('x')] }));
    expect(desk.verdictLines[0]?.fields['user']).toBe('jü');
  });

  it('shows both packets at trace, and no secret anywhere', async () => {
    const desk = new Desk();
    await desk.receive(makeRequest({ attributes: [userName('alice'), userPassword('hunter2')] }));
    const traced = desk.logger.lines.filter(({ level }) => level === 'trace');
    expect(traced.map(({ message, fields }) => [message, fields['packet']])).toEqual([
      ['received', 'packet of code 1'],
      ['sent', 'packet of code 2'],
    ]);
    expect(JSON.stringify(desk.logger.lines)).not.toMatch(new RegExp(`hunter2|${SECRET}`));
  });

  it('does not keep an answer back when a packet cannot be shown', async () => {
    const dumpPacket = (): string => {
      throw new Error('no dictionary');
    };
    const desk = new Desk({ dumpPacket });
    const request = makeRequest();
    expect(checkReply(await desk.answerTo(request), request).code).toBe(2);
    expect(desk.logger.lines.filter(({ fields }) => 'error' in fields)).toHaveLength(2);
    expect(await desk.count('requests_in_flight')).toBe(0);
  });

  it('names the likely cause of silence once a minute for each address and reason', async () => {
    const desk = new Desk();
    const forged = makeRequest({ secret: 'another' });
    for (let times = 0; times < 5; times += 1) await desk.receive(forged);
    expect(desk.warnings).toHaveLength(1);
    expect(desk.warnings[0]?.message).toContain('wrong shared secret');
    expect(desk.warnings[0]?.fields).toMatchObject({ client: 'vpn', address: '127.0.0.1', unlogged: 0 });
    await desk.receive(Buffer.from('noise'));
    expect(desk.warnings).toHaveLength(2);
    await desk.clock.advance(60_000);
    await desk.receive(forged);
    expect(desk.warnings[2]?.fields).toMatchObject({ reason: 'message-authenticator-wrong', unlogged: 4 });
    expect(await desk.count('dropped_packets_total{reason="message-authenticator-wrong"}')).toBe(6);
  });
});

describe('a bug in the handling of a datagram', () => {
  it('is counted, logged at a bounded rate, and ends nothing', async () => {
    const desk = new Desk();
    const error = new Error('bug');
    const broken = {
      send() {
        throw error;
      },
    };
    for (let times = 0; times < 5; times += 1) desk.exchange.receive(makeRequest({ code: 12 }), PEER, broken);
    expect(await desk.count('dropped_packets_total{reason="internal-error"}')).toBe(5);
    expect(desk.warnings.map(({ fields }) => fields['error'])).toEqual([error]);
    const request = makeRequest();
    checkReply(await desk.answerTo(request), request);
  });
});
