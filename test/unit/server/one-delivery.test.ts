import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import { createPromMetrics } from '../../../src/lib/prom-metrics.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { decodePacket } from '../../../src/radius/index.ts';
import { createClientTable } from '../../../src/server/clients.ts';
import { Exchange } from '../../../src/server/exchange.ts';
import type { Peer } from '../../../src/server/listener.ts';
import { openGate, type Gate } from '../../support/gate.ts';
import { clientConfig, PEER, rememberingLogger } from './desk.ts';
import { makeRequest } from './wire.ts';

const OTHER_PORT: Peer = { ...PEER, port: PEER.port + 1 };
const ACCESS_ACCEPT = 2;
const ACCESS_CHALLENGE = 11;

// When a NAS sends its request, in seconds from the first time.
const SENT_AT = [0, 2, 5, 9, 14];

let gate: Gate;
let exchange: Exchange;
let replies: { readonly code: number; readonly atMs: number; readonly peer: Peer }[];
let beganMs: number;
let decisions: Promise<Decision>[];

beforeEach(async () => {
  gate = await openGate();
  await gate.addUser('alice');
  await gate.storage.users.setUser('alice', { phone: '+4512345678' });
  replies = [];
  decisions = [];
  beganMs = gate.clock.monotonicMs();
  exchange = new Exchange(
    {
      clock: gate.clock,
      random: createSystemRandom(),
      logger: rememberingLogger(true),
      metrics: createPromMetrics({ ofProcess: false }),
      clients: createClientTable([clientConfig()]),
      decide({ attempt }) {
        const decision = gate.decide({ ...(attempt !== undefined && { attempt }) });
        decisions.push(decision);
        return decision;
      },
      dumpPacket: () => '',
    },
    { maxInFlight: 100, maxAnswered: 1000 },
  );
});
afterEach(() => gate.close());

const listener = {
  send(reply: Buffer, peer: Peer): void {
    replies.push({ code: decodePacket(reply).code, atMs: gate.clock.monotonicMs() - beganMs, peer });
  },
};

// Lets everything run that waits for nothing but memory.
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Sends the same octets at each of these times, and once more from another port at the last. */
async function retransmit(request: Buffer, isHeld: boolean): Promise<void> {
  for (const seconds of SENT_AT) {
    await gate.clock.advance(seconds * 1_000 - (gate.clock.monotonicMs() - beganMs));
    exchange.receive(request, PEER, listener);
    // What is not held has been written to the store before it is answered.
    if (!isHeld) await Promise.all(decisions);
    await settle();
  }
  exchange.receive(request, OTHER_PORT, listener);
  if (!isHeld) await Promise.all(decisions);
  await settle();
}

describe('a request that is sent again after 2, 5, 9 and 14 seconds, and from another port', () => {
  it('leads to one message, and is answered each time', async () => {
    gate.setPolicy({ factors: ['sms', 'totp'] });
    await retransmit(makeRequest(), false);
    expect(gate.desk.texts).toHaveLength(1);
    expect(replies.map(({ code, atMs }) => [code, atMs])).toEqual(
      [0, 2, 5, 9, 14, 14].map((seconds) => [ACCESS_CHALLENGE, seconds * 1_000]),
    );
  });

  it('leads to one push, and is answered on both ports when that is approved', async () => {
    await gate.addPhone('alice');
    gate.setPolicy({ factors: ['push'] });
    await retransmit(makeRequest(), true);
    expect(gate.desk.prompts).toHaveLength(1);
    expect(replies).toEqual([]);
    gate.desk.tap({ kind: 'approved' });
    await Promise.all(decisions);
    await settle();
    expect(replies.map(({ code, peer }) => [code, peer.port])).toEqual([
      [ACCESS_ACCEPT, PEER.port],
      [ACCESS_ACCEPT, OTHER_PORT.port],
    ]);
  });

  it('leads to one call', async () => {
    gate.setPolicy({ factors: ['call'] });
    await retransmit(makeRequest(), true);
    expect(gate.desk.calls).toHaveLength(1);
    expect(replies).toEqual([]);
  });
});
