import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/access/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createSharedKey, revealReply, type ClearAttribute } from '../../../src/radius/index.ts';
import { clientConfig, Desk } from './desk.ts';
import { AUTHENTICATOR, checkReply, makeRequest, proxyState, SECRET, userPassword, type CheckedReply } from './wire.ts';

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
