import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/access/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createSharedKey, microsoftValue, revealReply, type ClearAttribute } from '../../../src/radius/index.ts';
import { clientConfig, Desk } from './desk.ts';
import {
  AUTHENTICATOR,
  checkReply,
  freshAuthenticator,
  makeRequest,
  proxyState,
  SECRET,
  userPassword,
  type CheckedReply,
  type Pair,
} from './wire.ts';

type ClientFields = Parameters<typeof clientConfig>[0];

async function replyTo(verdict: Verdict, client: ClientFields = {}, proxyStates: string[] = []): Promise<CheckedReply> {
  const desk = new Desk({ clients: [clientConfig(client)], decide: () => ({ verdict }) });
  const request = makeRequest({ attributes: [...proxyStates.map(proxyState), userPassword('x')] });
  return checkReply(await desk.answerTo(request), request);
}

const acceptWith = (...attributes: ClearAttribute[]): Verdict => ({ kind: 'accept', reason: 'both-doors', attributes });
const ask = (fields: Partial<Extract<Verdict, { kind: 'challenge' }>> = {}): Verdict => ({
  kind: 'challenge',
  reason: 'passcode-asked',
  state: Buffer.from('our state'),
  message: 'Enter the passcode.',
  echo: false,
  ...fields,
});
const rejectWith = (message: string, ...attributes: ClearAttribute[]): Verdict => ({
  kind: 'reject',
  reason: 'primary-rejected',
  message,
  attributes,
});
const attribute = (type: number, value: string | Buffer): ClearAttribute => ({
  type,
  value: Buffer.from(value as string),
});

describe('every reply', () => {
  const verdicts = [acceptWith(attribute(25, 'class')), ask(), rejectWith('No.')];

  it('has Message-Authenticator first and all Proxy-State in order (RFC 2865 §5.33)', async () => {
    for (const verdict of verdicts) {
      const reply = await replyTo(verdict, {}, ['one', 'two', 'one']);
      expect(reply.types[0]).toBe(80);
      expect(reply.types.filter((type) => type === 80)).toHaveLength(1);
      expect(reply.values(33).map(String)).toEqual(['one', 'two', 'one']);
    }
  });

  it('has no Message-Authenticator for a NAS that refuses it', async () => {
    for (const verdict of verdicts) {
      const reply = await replyTo(verdict, { replyMessageAuthenticator: false });
      expect(reply.types).not.toContain(80);
    }
  });
});

describe('Access-Accept', () => {
  it('holds the attributes of the verdict, in order, octets unchanged', async () => {
    const reply = await replyTo(
      acceptWith(attribute(25, Buffer.from([0, 255])), attribute(200, ''), attribute(25, 'b')),
    );
    expect(reply.code).toBe(2);
    expect(reply.pairs.slice(1)).toEqual([
      [25, Buffer.from([0, 255])],
      [200, Buffer.alloc(0)],
      [25, Buffer.from('b')],
    ]);
  });

  it("keeps a home server's Proxy-State and Message-Authenticator from the client", async () => {
    const reply = await replyTo(
      acceptWith(attribute(33, 'theirs'), attribute(80, Buffer.alloc(16)), attribute(25, 'c')),
    );
    expect(reply.types).toEqual([80, 25]);
  });

  it('hides what must not stand in clear (RFC 2548 §2.4, RFC 2868 §3.5)', async () => {
    const mppe = Buffer.concat([Buffer.from([0, 0, 1, 55, 16, 0]), Buffer.from('sixteen octets..')]);
    const tunnel = Buffer.concat([Buffer.from([1]), Buffer.from('tunnel password')]);
    const reply = await replyTo(
      acceptWith({ type: 26, value: mppe, hidden: 'salted' }, { type: 69, value: tunnel, hidden: 'salted' }),
    );
    expect(Buffer.concat(reply.pairs.map(([, value]) => value)).includes('sixteen')).toBe(false);
    const attributes = reply.pairs.slice(1).map(([type, value]) => ({ type, value }));
    const clear = revealReply(attributes, AUTHENTICATOR, createSharedKey(Secret.fromText(SECRET)));
    expect(clear?.map(({ value }) => value.toString())).toEqual([
      expect.stringContaining('sixteen octets..'),
      expect.stringContaining('tunnel password'),
    ]);
  });
});

describe('Access-Challenge', () => {
  it('holds State, a Reply-Message, Prompt and nothing else (RFC 2865 §4.4)', async () => {
    const reply = await replyTo(ask());
    expect(reply.code).toBe(11);
    expect(reply.types).toEqual([80, 24, 18, 76]);
    expect(reply.values(24).map(String)).toEqual(['our state']);
    expect(reply.message).toBe('Enter the passcode.');
    expect(reply.values(76)).toEqual([Buffer.from([0, 0, 0, 0])]);
  });

  it('lets the NAS echo what is not secret (RFC 2869 §5.10)', async () => {
    expect((await replyTo(ask({ echo: true }))).values(76)).toEqual([Buffer.from([0, 0, 0, 1])]);
  });

  it('never has an empty Reply-Message', async () => {
    for (const message of ['', ' ', '\u0000\u0007']) expect((await replyTo(ask({ message }))).message).not.toBe('');
  });

  it("relays a home server's own words and Prompt, under our State", async () => {
    const relayed = [attribute(18, 'Theirs 1'), attribute(18, 'Theirs 2'), attribute(76, Buffer.from([0, 0, 0, 1]))];
    const reply = await replyTo(ask({ relayed }));
    expect(reply.types).toEqual([80, 24, 18, 18, 76]);
    expect(reply.message).toBe('Theirs 1Theirs 2');
    expect(reply.values(24).map(String)).toEqual(['our state']);
    expect(reply.values(76)).toEqual([Buffer.from([0, 0, 0, 1])]);
  });

  it('adds what a home server left out', async () => {
    const reply = await replyTo(ask({ relayed: [attribute(18, ''), attribute(27, Buffer.from([0, 0, 0, 60]))] }));
    expect(reply.message).toBe('Enter the passcode.');
    expect(reply.values(76)).toHaveLength(1);
    expect(reply.values(27)).toEqual([Buffer.from([0, 0, 0, 60])]);
  });

  it('never carries an authorization, whatever a home server sends with it', async () => {
    const others = Array.from({ length: 255 }, (_, index) => index + 1).filter((type) => ![18, 27, 76].includes(type));
    for (const type of others) {
      const reply = await replyTo(ask({ relayed: [attribute(type, Buffer.from([0, 0, 1, 55, 1, 3, 1]))] }));
      expect(reply.types).toEqual([80, 24, 18, 76]);
      expect(reply.values(24).map(String)).toEqual(['our state']);
    }
  });
});

describe('Access-Reject', () => {
  it("holds the home server's Reply-Message before ours, and nothing else of its", async () => {
    const reply = await replyTo(rejectWith('Ours. [ID]', attribute(18, 'Theirs. '), attribute(25, 'class')));
    expect(reply.code).toBe(3);
    expect(reply.types).toEqual([80, 18, 18]);
    expect(reply.message).toBe('Theirs. Ours. [ID]');
  });
});

describe('a reply to EAP', () => {
  const eap = (identifier: number): Pair => [79, Buffer.from([2, identifier, 0, 5, 1])];
  const message = attribute(79, Buffer.from([1, 9, 0, 5, 25]));

  async function answer(verdict: Verdict, ...attributes: Pair[]): Promise<CheckedReply> {
    return answerFor({}, verdict, ...attributes);
  }

  async function answerFor(client: ClientFields, verdict: Verdict, ...attributes: Pair[]): Promise<CheckedReply> {
    const desk = new Desk({ clients: [clientConfig(client)], decide: () => ({ verdict }) });
    const request = makeRequest({ attributes });
    return checkReply(await desk.answerTo(request), request);
  }

  it('has a Message-Authenticator for every NAS: without one it counts for nothing (RFC 3579 §3.2)', async () => {
    const success = acceptWith(attribute(79, Buffer.from([3, 4, 0, 4])));
    for (const verdict of [success, ask({ relayed: [message] }), rejectWith('No.')]) {
      const reply = await answerFor({ replyMessageAuthenticator: false }, verdict, eap(4));
      expect(reply.types[0]).toBe(80);
    }
  });

  it('has no Reply-Message and no Prompt beside the packet of the home server (RFC 3579 §2.6.5)', async () => {
    const relayed = [attribute(18, 'Hello'), message, message, attribute(27, Buffer.from([0, 0, 0, 60]))];
    const reply = await answer(ask({ relayed }), eap(4));
    expect(reply.code).toBe(11);
    expect(reply.types).toEqual([80, 24, 79, 79, 27]);
  });

  it('has an EAP-Failure of ours with the identifier of the response, unless the home server gave one', async () => {
    const own = await answer(rejectWith('No.'), eap(201));
    expect(own.types).toEqual([80, 79]);
    expect(own.values(79)).toEqual([Buffer.from([4, 201, 0, 4])]);
    const theirs = await answer(rejectWith('No.', attribute(79, Buffer.from([4, 7, 0, 4]))), eap(201));
    expect(theirs.values(79)).toEqual([Buffer.from([4, 7, 0, 4])]);
  });

  it('has one also where its packet could not be read, or came with a password', async () => {
    const decide = (): never => {
      throw new Error('a bug');
    };
    const desk = new Desk({ decide });
    for (const attributes of [[[79, Buffer.from([2, 5, 0, 99])] as const], [eap(5), userPassword('x')]]) {
      const request = makeRequest({ attributes, authenticator: freshAuthenticator() });
      const reply = checkReply(await desk.answerTo(request), request);
      expect(reply.values(79)).toEqual([Buffer.from([4, 5, 0, 4])]);
    }
  });
});

describe('a Reject of MS-CHAP', () => {
  const microsoft = (type: number, octets: Buffer): Pair => [26, microsoftValue(type, octets)];
  const byVersion = { 1: microsoft(1, Buffer.alloc(50, 7)), 2: microsoft(25, Buffer.alloc(50, 7)) } as const;

  async function rejected(verdict: Verdict, version: 1 | 2): Promise<string> {
    const desk = new Desk({ decide: () => ({ verdict }) });
    const request = makeRequest({ attributes: [microsoft(11, Buffer.alloc(16)), byVersion[version]] });
    const reply = checkReply(await desk.answerTo(request), request);
    expect(reply.message).toBe('No. [ID]');
    return reply
      .values(26)
      .map((value) => value.subarray(6).toString('latin1'))
      .join('|');
  }

  it('of ours says so in the words of the protocol (RFC 2759 §6, RFC 2433 §9)', async () => {
    const verdict = rejectWith('No. [ID]');
    expect(await rejected(verdict, 2)).toMatch(/^\u0007E=691 R=0 C=[0-9A-F]{32} V=3 M=No\. \[ID\]$/);
    expect(await rejected(verdict, 1)).toMatch(/^\u0007E=691 R=0 C=[0-9A-F]{16} V=2$/);
  });

  it('of the home server keeps its words, and grants nothing', async () => {
    const expired = { type: 26, value: microsoftValue(2, Buffer.from('\u0007E=648 R=0')) };
    const key = { type: 26, value: microsoftValue(16, Buffer.alloc(34)) };
    expect(await rejected(rejectWith('No. [ID]', expired, key), 2)).toBe('\u0007E=648 R=0');
  });
});
