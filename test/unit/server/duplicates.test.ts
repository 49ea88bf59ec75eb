import { describe, expect, it } from 'vitest';
import { decodePacket } from '../../../src/radius/index.ts';
import { createClientTable } from '../../../src/server/clients.ts';
import { duplicateKey, Duplicates } from '../../../src/server/duplicates.ts';
import type { Link } from '../../../src/server/listener.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { clientConfig, PEER } from './desk.ts';
import { freshAuthenticator, makeRequest } from './wire.ts';

const setUp = (maxAnswered = 100) => {
  const clock = new FakeClock();
  return { clock, duplicates: new Duplicates(clock, { maxAnswered, seed: 0x5eed }) };
};
const reply = Buffer.from('reply');
const client = createClientTable([clientConfig()]).find(PEER.address)!;
const linkOf = (name: string): Link => ({ name, client });

describe('duplicates', () => {
  it('go from new to running to answered', () => {
    const { duplicates } = setUp();
    expect(duplicates.find('a')).toEqual({ kind: 'new' });
    duplicates.begin('a');
    expect(duplicates.find('a')).toEqual({ kind: 'running' });
    duplicates.settle('a', reply, 10);
    expect(duplicates.find('a')).toEqual({ kind: 'answered', reply });
  });

  it('are new again when nothing was answered', () => {
    const { duplicates } = setUp();
    duplicates.begin('a');
    duplicates.forget('a');
    expect(duplicates.find('a').kind).toBe('new');
  });

  it('keep an answer for ten seconds, however often it is asked for', async () => {
    const { clock, duplicates } = setUp();
    duplicates.settle('a', reply, 10);
    for (let second = 0; second < 9; second += 1) {
      await clock.advance(1000);
      expect(duplicates.find('a').kind).toBe('answered');
    }
    await clock.advance(1001);
    expect(duplicates.find('a').kind).toBe('new');
  });

  it('do not age when the wall clock jumps', () => {
    const { clock, duplicates } = setUp();
    duplicates.settle('a', reply, 10);
    clock.jumpWall(86_400_000);
    expect(duplicates.find('a').kind).toBe('answered');
  });

  it('give up the oldest answer over the limit, never a running request', () => {
    const { duplicates } = setUp(2);
    duplicates.begin('running');
    for (const key of ['a', 'b', 'c']) duplicates.settle(key, reply, 10);
    expect(['running', 'a', 'b', 'c'].map((key) => duplicates.find(key).kind)).toEqual([
      'running',
      'new',
      'answered',
      'answered',
    ]);
  });

  it('are forgotten when cleared', () => {
    const { duplicates } = setUp();
    duplicates.settle('a', reply, 10);
    duplicates.clear();
    expect(duplicates.find('a').kind).toBe('new');
    duplicates.settle('a', reply, 10);
    expect(duplicates.find('a').kind).toBe('answered');
  });
});

describe('the key of a request', () => {
  const fields = { identifier: 1, authenticator: freshAuthenticator() };
  const keyOf = (changed: Partial<typeof fields> = {}, peer = PEER): string =>
    duplicateKey(decodePacket(makeRequest({ ...fields, ...changed })), peer);

  it('is the same for a retransmission', () => {
    expect(keyOf()).toBe(keyOf());
  });

  it('is another for another connection from the same port', () => {
    const keys = ['1', '2', '12'].map((name) => keyOf({}, { ...PEER, link: linkOf(name) }));
    expect(new Set(keys).size).toBe(3);
  });

  it.each([
    ['identifier', keyOf({ identifier: 2 })],
    ['request authenticator', keyOf({ authenticator: freshAuthenticator() })],
    ['port', keyOf({}, { ...PEER, port: PEER.port + 1 })],
    ['port by 256', keyOf({}, { ...PEER, port: PEER.port + 256 })],
    ['address', keyOf({}, { ...PEER, address: '127.0.0.2' })],
    ['way, a connection', keyOf({}, { ...PEER, link: linkOf('1') })],
  ])('is another for another %s', (_what, other) => {
    expect(other).not.toBe(keyOf());
  });
});
