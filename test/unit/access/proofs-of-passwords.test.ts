import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import {
  authenticatorResponse,
  microsoftAttributes,
  MicrosoftType,
  microsoftValue,
  mppeKeys,
  type ClearAttribute,
} from '../../../src/radius/index.ts';
import { openGate, type Gate } from '../../support/gate.ts';
import { byChap, byMsChap, byMsChap2 } from '../../support/peer-proofs.ts';

const salted = (type: number, text: string): ClearAttribute => ({
  type: 26,
  value: microsoftValue(type, Buffer.from(text)),
  hidden: 'salted',
});
const success = microsoftValue(MicrosoftType.msChap2Success, Buffer.from('\u0007S=THE HOME SERVER'));
const granted: readonly ClearAttribute[] = [
  { type: 25, value: Buffer.from('class') },
  { type: 26, value: success },
  salted(MicrosoftType.mppeSendKey, 'the send key of it'),
  salted(MicrosoftType.mppeReceiveKey, 'the receive key'),
];

let gate: Gate;
let code: (steps?: number) => string;

beforeEach(async () => {
  gate = await openGate();
  code = await gate.addUser('alice');
  gate.answerFirstDoor(() => ({ kind: 'accepted', attributes: granted }));
});
afterEach(() => gate.close());

const outcome = ({ verdict }: Decision): string => `${verdict.kind} ${verdict.reason}`;

function stateOf({ verdict }: Decision): Buffer {
  if (verdict.kind !== 'challenge') throw new Error(`no challenge but ${verdict.kind} ${verdict.reason}`);
  return verdict.state;
}

function attributesOf({ verdict }: Decision): readonly ClearAttribute[] {
  if (verdict.kind !== 'accept') throw new Error(`no accept but ${verdict.kind} ${verdict.reason}`);
  return verdict.attributes;
}

/** The first step, by MS-CHAP-V2. */
const asked = async (user = 'alice'): Promise<Buffer> =>
  stateOf(await gate.decide({ user, credentials: byMsChap2('secret', user) }));

describe('a password that is proved, not told', () => {
  it.each([
    ['CHAP', byChap('secret')],
    ['MS-CHAP', byMsChap('secret')],
    ['MS-CHAP-V2', byMsChap2('secret', 'alice')],
  ])('goes to the first door as it came, and the second is asked: %s', async (_, credentials) => {
    const question = await gate.decide({ credentials });
    expect(outcome(question)).toBe('challenge passcode-asked');
    expect(gate.asked[0]?.credentials).toEqual(credentials);
    expect(attributesOf(await gate.decide({ password: code(), state: stateOf(question) }))).toEqual(granted);
  });

  it('is held for a push, and what the home server granted is let out with it', async () => {
    await gate.addPhone('alice');
    gate.setPolicy({ factors: ['push', 'totp'] });
    const client = { challenge: false };
    const held = gate.decide({ credentials: byMsChap2('secret', 'alice'), client });
    await gate.desk.prompted();
    gate.desk.tap({ kind: 'approved' });
    expect(attributesOf(await held)).toEqual(granted);
  });

  it('that is refused gets the words of the home server', async () => {
    const error = { type: 26, value: microsoftValue(MicrosoftType.msChapError, Buffer.from('\u0007E=648 R=0')) };
    gate.answerFirstDoor(() => ({ kind: 'rejected', reason: 'rejected-upstream', attributes: [error] }));
    const { verdict } = await gate.decide({ credentials: byMsChap2('secret', 'alice') });
    expect(verdict).toMatchObject({ kind: 'reject', reason: 'primary-rejected', attributes: [error] });
  });

  it('says what is missing where no passcode can be typed and there is no phone', async () => {
    const client = { challenge: false };
    expect(outcome(await gate.decide({ credentials: byMsChap('secret'), client }))).toBe('reject approval-needed');
    expect(outcome(await gate.decide({ client }))).toBe('reject challenge-unsupported');
  });
});

describe('a passcode that is proved, not told', () => {
  it.each([
    ['CHAP', (typed: string) => byChap(typed)],
    ['MS-CHAP', (typed: string) => byMsChap(typed)],
    ['MS-CHAP-V2', (typed: string) => byMsChap2(typed, 'alice')],
  ])('lets in once, and a wrong one counts: %s', async (_, prove) => {
    const again = await gate.decide({ credentials: prove('000000'), state: await asked() });
    expect(outcome(again)).toBe('challenge passcode-asked-again');
    expect((await gate.storage.users.findUserRecord('alice'))?.failures).toBe(1);
    const passcode = code();
    expect(outcome(await gate.decide({ credentials: prove(passcode), state: stateOf(again) }))).toBe(
      'accept both-doors',
    );
    const replay = await gate.decide({ credentials: prove(passcode), state: await asked() });
    expect(outcome(replay)).toBe('challenge passcode-asked-again');
    expect((await gate.storage.users.findUserRecord('alice'))?.failures).toBe(0);
  });

  it('locks out who guesses', async () => {
    for (let guess = 0; guess < 5; guess += 1)
      await gate.decide({ credentials: byMsChap2(`00000${guess}`, 'alice'), state: await asked() });
    expect(outcome(await gate.decide({ credentials: byMsChap2('secret', 'alice') }))).toBe('reject locked-out');
  });

  it('is answered by a proof over the passcode, and keys that follow from it (RFC 2759 §8.7, RFC 3079 §3.4)', async () => {
    const passcode = code();
    const credentials = byMsChap2(passcode, 'alice');
    const decision = await gate.decide({ credentials, state: await asked() });
    const response = credentials.response!;
    const exchange = {
      challenge: credentials.challenge,
      peerChallenge: response.subarray(2, 18),
      username: Buffer.from('alice'),
    };
    const proof = authenticatorResponse(exchange, response.subarray(26), Buffer.from(passcode));
    const keys = mppeKeys(response.subarray(26), Buffer.from(passcode));
    expect(attributesOf(decision)).toEqual([
      granted[0],
      { type: 26, value: microsoftValue(MicrosoftType.msChap2Success, Buffer.from(`\u0007${proof}`)) },
      { type: 26, value: microsoftValue(MicrosoftType.mppeSendKey, keys.send), hidden: 'salted' },
      { type: 26, value: microsoftValue(MicrosoftType.mppeReceiveKey, keys.receive), hidden: 'salted' },
    ]);
  });

  it('may be computed with the domain before the name, or without', async () => {
    code = await gate.addUser('corp\\bob');
    const state = await asked('corp\\bob');
    const wrong = await gate.decide({ user: 'corp\\bob', credentials: byMsChap2(code(), 'eve'), state });
    const right = { user: 'corp\\bob', credentials: byMsChap2(code(), 'bob'), state: stateOf(wrong) };
    expect(outcome(await gate.decide(right))).toBe('accept both-doors');
    const next = { user: 'corp\\bob', credentials: byMsChap2(code(1), 'corp\\bob'), state: await asked('corp\\bob') };
    expect(outcome(await gate.decide(next))).toBe('accept both-doors');
  });

  it('may be six digits in clear, as a FortiGate sends them', async () => {
    const credentials = byMsChap2('', 'alice');
    credentials.response?.write(code(), 2);
    const decision = await gate.decide({ credentials, state: await asked() });
    expect(attributesOf(decision)).toEqual(granted);
  });

  it('may have been sent, or be a word that has one sent', async () => {
    await gate.storage.users.setUser('alice', { phone: '+4512345678' });
    gate.setPolicy({ factors: ['totp', 'sms'] });
    const sent = await gate.decide({ credentials: byMsChap2('sms', 'alice'), state: await asked() });
    expect(outcome(sent)).toBe('challenge passcode-sent-asked');
    const passcode = gate.desk.lastPasscode();
    const decision = await gate.decide({ credentials: byMsChap2(passcode, 'alice'), state: stateOf(sent) });
    expect(outcome(decision)).toBe('accept both-doors');
    const parts = attributesOf(decision).flatMap(({ value }) => microsoftAttributes(value));
    expect(parts.filter(({ type }) => type === MicrosoftType.msChap2Success)).toHaveLength(1);
  });

  it('that is the password once more counts for nothing', async () => {
    const credentials = byChap('secret');
    const state = stateOf(await gate.decide({ credentials }));
    expect(outcome(await gate.decide({ credentials, state }))).toBe('challenge passcode-asked-again');
    expect((await gate.storage.users.findUserRecord('alice'))?.failures).toBe(0);
  });

  it('cannot be a change of password', async () => {
    const credentials = { ...byMsChap2(code(), 'alice'), response: undefined };
    expect(outcome(await gate.decide({ credentials, state: await asked() }))).toBe('challenge passcode-asked-again');
  });

  it('of another user lets nobody in', async () => {
    const other = await gate.addUser('bob');
    const guess = byMsChap2(other(), 'alice');
    expect(outcome(await gate.decide({ credentials: guess, state: await asked() }))).toBe(
      'challenge passcode-asked-again',
    );
  });
});
