import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import type { Gateway, PushChannel, TextMessage } from '../../../src/factors/index.ts';
import { createDesk } from '../../../src/gateways/index.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createPromMetrics } from '../../../src/lib/prom-metrics.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { openGate, type Gate } from '../../support/gate.ts';

// As they are without a configuration.
const LIMITS = { perUserInFiveMinutes: 5, perClientInFiveMinutes: 1_000, inFiveMinutes: 2_000 };
const STATION = '192.0.2.7';

let gate: Gate;
let sent: TextMessage[];
let pushed: string[];

beforeEach(async () => {
  gate = await openGate();
  await gate.addUser('alice');
  await gate.storage.users.setUser('alice', { phone: '+4520123456' });
  sent = [];
  pushed = [];
  gate.setDesk(realDesk());
});
afterEach(() => gate.close());

// The desk of the program, with a gateway and a way to phones that take everything.
function realDesk() {
  const done = () => Promise.resolve();
  const gateway: Gateway = {
    name: 'sms',
    channels: ['sms'],
    sendText(message) {
      sent.push(message);
      return Promise.resolve({ kind: 'sent' });
    },
    start: done,
    stop: done,
  };
  const phones: PushChannel = {
    protocol: 'app',
    send({ id }) {
      pushed.push(id);
      return Promise.resolve({ kind: 'sent' });
    },
    withdraw: () => undefined,
    enrol: () => {
      throw new Error('nobody enrols here');
    },
    callbacks: [],
    start: done,
    stop: done,
  };
  return createDesk(
    {
      ...{ clock: gate.clock, random: createSystemRandom(), logger: silentLogger },
      metrics: createPromMetrics({ ofProcess: false }),
      deliveries: { record: () => undefined, report: () => undefined },
      gateways: () => new Map([['sms', gateway]]),
      pushChannels: () => new Map([['app', phones]]),
    },
    () => ({
      defaultCountry: 'DK',
      countries: {},
      limits: LIMITS,
      routes: { sms: ['sms'], call: [], email: [] },
      patience: {},
    }),
  );
}

function outcome({ verdict }: Decision): string {
  return `${verdict.kind} ${verdict.reason}`;
}

function answer(question: Decision, password: string, user = 'alice'): Promise<Decision> {
  if (question.verdict.kind !== 'challenge') throw new Error(outcome(question));
  return gate.decide({ user, password, state: question.verdict.state, station: STATION });
}

function passcodes(): string[] {
  return sent.map(({ text }) => /\d{6}/.exec(text)?.[0] ?? '');
}

describe('`resend` where a passcode was sent', () => {
  beforeEach(() => gate.setPolicy({ factors: ['sms', 'totp'] }));

  it('sends the same one, at most every 30 seconds', async () => {
    const first = await gate.decide({ station: STATION });
    await gate.clock.advance(29_999);
    const soon = await answer(first, 'resend');
    expect(outcome(soon)).toBe('challenge passcode-sent-asked');
    expect(sent).toHaveLength(1);
    await gate.clock.advance(1);
    const then = await answer(soon, 'resend');
    await answer(then, 'resend');
    expect(sent).toHaveLength(2);
    expect(new Set(passcodes()).size).toBe(1);
  });

  it('sends one for two logins that ask at the same time', async () => {
    const two = [await gate.decide({ station: STATION }), await gate.decide({ station: STATION })];
    expect(sent).toHaveLength(1);
    await gate.clock.advance(30_000);
    await Promise.all(two.map((question) => answer(question, 'resend')));
    expect(sent).toHaveLength(2);
  });

  it('sends five in five minutes; the sixth asks for the app, and what was sent stays good', async () => {
    let question = await gate.decide({ station: STATION });
    for (let turn = 1; turn < 5; turn += 1) {
      await gate.clock.advance(30_000);
      question = await answer(question, 'resend');
    }
    expect(sent).toHaveLength(5);
    await gate.clock.advance(30_000);
    const sixth = await answer(question, 'resend');
    expect(outcome(sixth)).toBe('challenge passcode-asked-again');
    expect(sent).toHaveLength(5);
    expect(outcome(await answer(sixth, passcodes()[0] ?? ''))).toBe('accept both-doors');
  });

  it('leaves a user who has nothing else with what was sent, and sends again when the five minutes are over', async () => {
    const user = 'bob';
    await gate.storage.users.addUser(user, { phone: '+4520654321' });
    let question = await gate.decide({ user, station: STATION });
    for (let turn = 1; turn < 5; turn += 1) {
      await gate.clock.advance(30_000);
      question = await answer(question, 'resend', user);
    }
    await gate.clock.advance(30_000);
    expect(outcome(await answer(question, 'resend', user))).toBe('reject deliveries-limited');
    expect(outcome(await gate.decide({ user, station: STATION }))).toBe('challenge passcode-sent-asked');
    expect(sent).toHaveLength(5);
    await gate.clock.advance(150_000);
    const later = await gate.decide({ user, station: STATION });
    expect(outcome(later)).toBe('challenge passcode-sent-asked');
    expect(sent).toHaveLength(6);
    expect(passcodes()[5]).not.toBe(passcodes()[4]);
    expect(outcome(await answer(later, passcodes()[5] ?? '', user))).toBe('accept both-doors');
  });

  it('counts the same five when the wall clock is set meanwhile', async () => {
    let question = await gate.decide({ station: STATION });
    for (let turn = 1; turn < 6; turn += 1) {
      gate.clock.jumpWall(turn % 2 === 0 ? -3_600_000 : 3_600_000);
      await gate.clock.advance(30_000);
      question = await answer(question, 'resend');
    }
    expect(sent).toHaveLength(5);
  });
});

describe('`resend` where a phone is asked', () => {
  it('shows the same question again, at most every 30 seconds', async () => {
    await gate.addPhone('alice');
    gate.setPolicy({ factors: ['push', 'totp'] });
    const client = { outOfBand: 'ask' } as const;
    const first = await gate.decide({ station: STATION, client });
    expect(outcome(first)).toBe('challenge approval-asked');
    if (first.verdict.kind !== 'challenge') return;
    const soon = await gate.decide({ password: 'resend', state: first.verdict.state, station: STATION, client });
    expect(pushed).toHaveLength(1);
    if (soon.verdict.kind !== 'challenge') throw new Error(outcome(soon));
    await gate.clock.advance(30_000);
    const again = await gate.decide({ password: 'resend', state: soon.verdict.state, station: STATION, client });
    expect(outcome(again)).toBe('challenge approval-asked');
    expect(pushed).toHaveLength(2);
    expect(new Set(pushed).size).toBe(1);
    expect(gate.open.answered(pushed[0] ?? '', { kind: 'approved' })).toEqual({ kind: 'taken' });
    if (again.verdict.kind !== 'challenge') throw new Error(outcome(again));
    const come = await gate.decide({ password: '', state: again.verdict.state, station: STATION, client });
    expect(outcome(come)).toBe('accept both-doors');
  });
});
