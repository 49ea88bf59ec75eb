import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/access/index.ts';
import type { PrimaryResult } from '../../../src/primary/index.ts';
import {
  authenticatorResponse,
  microsoftAttributes,
  MicrosoftType,
  microsoftValue,
  mppeKeys,
  type ClearAttribute,
} from '../../../src/radius/index.ts';
import { openGate, type Gate, type RequestFields } from '../../support/gate.ts';
import { changeByMsChap2 } from '../../support/password-change.ts';
import { byMsChap2 } from '../../support/peer-proofs.ts';

const microsoft = (type: number, text: string): ClearAttribute => ({
  type: 26,
  value: microsoftValue(type, Buffer.from(text)),
});
const error = microsoft(MicrosoftType.msChapError, '\u0008E=709 R=0');
const success = microsoft(MicrosoftType.msChap2Success, '\u0008S=THE HOME SERVER');
const key = { ...microsoft(MicrosoftType.mppeSendKey, 'the send key of it'), hidden: 'salted' } as const;
const EXPIRED: PrimaryResult = { kind: 'rejected', reason: 'password-expired', attributes: [] };

const outcome = ({ verdict }: Decision): string => `${verdict.kind} ${verdict.reason}`;
const phoneOnly = { challenge: false } as const;
const station = '00-11-22-33-44-55';

let gate: Gate;
let code: (steps?: number) => string;
/** What the home server says to a change. */
let changed: PrimaryResult;
let change: ReturnType<typeof changeByMsChap2>;

beforeEach(async () => {
  gate = await openGate();
  code = await gate.addUser('alice');
  await gate.addPhone('alice');
  gate.setPolicy({ factors: ['push', 'totp'] });
  changed = { kind: 'accepted', attributes: [success, key] };
  change = changeByMsChap2('old', 'new', 'alice');
  gate.answerFirstDoor(({ credentials }) =>
    credentials.kind === 'ms-chap' && credentials.response === undefined ? changed : EXPIRED,
  );
});
afterEach(() => gate.close());

/** The login whose password has expired. */
const login = (fields: Partial<RequestFields> = {}): Promise<Decision> =>
  gate.decide({ credentials: byMsChap2('old', 'alice'), client: phoneOnly, station, ...fields });
/** The change that follows. */
const renew = (fields: Partial<RequestFields> = {}): Promise<Decision> =>
  gate.decide({ ...change, client: phoneOnly, station, ...fields });
const changesAsked = (): number =>
  gate.asked.filter(({ credentials }) => credentials.kind === 'ms-chap' && credentials.response === undefined).length;

function stateOf({ verdict }: Decision): Buffer {
  if (verdict.kind !== 'challenge') throw new Error(`no challenge but ${verdict.kind} ${verdict.reason}`);
  return verdict.state;
}

function attributesOf({ verdict }: Decision): readonly ClearAttribute[] {
  if (verdict.kind !== 'accept') throw new Error(`no accept but ${verdict.kind} ${verdict.reason}`);
  return verdict.attributes;
}

describe('a change of an expired password by MS-CHAP', () => {
  it('goes to the home server once the phone has approved, and its word is the verdict', async () => {
    expect(outcome(await login())).toBe('reject password-expired');
    const held = renew();
    await gate.desk.prompted();
    expect(changesAsked()).toBe(0);
    gate.desk.tap({ kind: 'approved' });
    const decision = await held;
    expect(outcome(decision)).toBe('accept both-doors');
    expect(attributesOf(decision)).toEqual([success, key]);
    expect(gate.asked.at(-1)).toMatchObject({ credentials: change.credentials, username: Buffer.from('alice') });
    expect(gate.asked.at(-1)?.attributes.slice(-5)).toEqual(change.attributes);
  });

  it('is written down: allowed, done, let in', async () => {
    await login();
    const held = renew();
    await gate.desk.prompted();
    gate.desk.tap({ kind: 'approved' });
    await held;
    const said = [];
    for await (const { verdict, reason, factor } of gate.storage.events.events({}))
      said.unshift([verdict, reason, factor]);
    expect(said).toEqual([
      ['reject', 'password-expired', undefined],
      ['challenge', 'password-change-allowed', 'push'],
      ['challenge', 'password-changed', 'push'],
      ['accept', 'both-doors', 'push'],
    ]);
  });

  it.each([
    ['denies', { kind: 'denied' }, 'reject approval-denied'],
    ['reports a fraud', { kind: 'fraud-reported' }, 'reject fraud-reported'],
  ] as const)('goes to nobody when the phone %s', async (_, answer, expected) => {
    await login();
    const held = renew();
    await gate.desk.prompted();
    gate.desk.tap(answer);
    expect(outcome(await held)).toBe(expected);
    expect(changesAsked()).toBe(0);
  });

  it('asks for a passcode where the NAS can show a question, and is kept until it is there', async () => {
    await login({ client: {} });
    gate.setPolicy({ factors: ['totp'] });
    const asked = await renew({ client: {} });
    expect(outcome(asked)).toBe('challenge passcode-asked');
    const wrong = await gate.decide({ password: '000000', state: stateOf(asked), station });
    expect([outcome(wrong), changesAsked()]).toEqual(['challenge passcode-asked-again', 0]);
    const decision = await gate.decide({ password: code(), state: stateOf(wrong), station });
    expect(attributesOf(decision)).toEqual([success, key]);
    expect(gate.asked.at(-1)).toMatchObject({ credentials: change.credentials });
    expect(gate.asked.at(-1)?.attributes.slice(-5)).toEqual(change.attributes);
  });

  it('is answered by a proof over the passcode where that was proved and not told', async () => {
    await login({ client: {} });
    gate.setPolicy({ factors: ['totp'] });
    const state = stateOf(await renew({ client: {} }));
    const passcode = code();
    const credentials = byMsChap2(passcode, 'alice');
    const proved = { type: 26, value: microsoftValue(MicrosoftType.msChap2Response, credentials.response!) };
    const decision = await gate.decide({ credentials, attributes: [proved], state, station });
    const response = credentials.response!.subarray(26);
    const exchange = {
      challenge: credentials.challenge,
      peerChallenge: credentials.response!.subarray(2, 18),
      username: Buffer.from('alice'),
    };
    const parts = attributesOf(decision).map(({ value }) => microsoftAttributes(value)[0]);
    expect(parts.map((part) => part?.type)).toEqual([
      MicrosoftType.msChap2Success,
      MicrosoftType.mppeSendKey,
      MicrosoftType.mppeReceiveKey,
    ]);
    const proof = authenticatorResponse(exchange, response, Buffer.from(passcode));
    expect(parts[0]?.value.toString('latin1', 1)).toBe(proof);
    expect(parts[1]?.value).toEqual(mppeKeys(response, Buffer.from(passcode)).send);
    expect(gate.asked.at(-1)?.attributes.slice(-5)).toEqual(change.attributes);
    expect(gate.asked.at(-1)?.attributes).not.toContainEqual(proved);
  });

  it('that the home server refuses gets its words, and a new login has to come before the next one', async () => {
    changed = { kind: 'rejected', reason: 'rejected-upstream', attributes: [error] };
    await login();
    const held = renew();
    await gate.desk.prompted();
    gate.desk.tap({ kind: 'approved' });
    expect((await held).verdict).toMatchObject({ reason: 'password-change-refused', attributes: [error] });
    expect(outcome(await renew())).toBe('reject password-change-unproven');
    expect(changesAsked()).toBe(1);
  });

  it.each([
    ['asks something more', { kind: 'challenged', conversation: { primary: 'door', server: 'a' }, attributes: [] }],
    ['does not answer', { kind: 'unavailable', cause: 'no answer' }],
  ] as const)('is not known to be done where the home server %s', async (_, said) => {
    gate.setPolicy({ factors: ['push'], unavailable: 'allow' });
    changed = said;
    await login();
    const held = renew();
    await gate.desk.prompted();
    gate.desk.tap({ kind: 'approved' });
    expect(outcome(await held)).toBe('reject password-change-failed');
  });

  it('that came by two ways is one: one push, one change, the same answer', async () => {
    await login();
    const held = [renew({ attempt: 'same' }), renew({ attempt: 'same' })];
    await gate.desk.prompted();
    // The second waits for nothing but promises on its way to the open push.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    gate.desk.tap({ kind: 'approved' });
    expect((await Promise.all(held)).map(outcome)).toEqual(['accept both-doors', 'accept both-doors']);
    expect([gate.desk.prompts.length, changesAsked()]).toEqual([1, 1]);
  });

  it('needs no remembered login: what stood for the second factor yesterday changes nothing', async () => {
    gate.setPolicy({ factors: ['push'], rememberHours: 8 });
    gate.answerFirstDoor(({ credentials }) =>
      credentials.kind === 'ms-chap' && credentials.response !== undefined
        ? { kind: 'accepted', attributes: [] }
        : changed,
    );
    const first = login();
    await gate.desk.prompted();
    gate.desk.tap({ kind: 'approved' });
    await first;
    gate.answerFirstDoor(() => EXPIRED);
    await login();
    gate.setPolicy({ factors: ['totp'], rememberHours: 8 });
    expect(outcome(await renew({ client: {} }))).toBe('challenge passcode-asked');
  });

  it('is admitted no more when the user was disabled meanwhile', async () => {
    await login();
    const held = renew();
    await gate.desk.prompted();
    gate.answerFirstDoor(async () => {
      await gate.storage.users.setUser('alice', { isEnabled: false });
      return changed;
    });
    gate.desk.tap({ kind: 'approved' });
    expect((await held).verdict.kind).toBe('reject');
  });
});

describe('a change that nobody asked for', () => {
  it.each([
    ['nobody has logged in', () => Promise.resolve()],
    ['the login was at another client', () => login({ client: { ...phoneOnly, name: 'other' } })],
    ['the login was that of another station', () => login({ station: '66-77-88-99-aa-bb' })],
    ['the login was that of another user', () => login({ user: 'bob', credentials: byMsChap2('old', 'bob') })],
    [
      'the password was wrong',
      () => {
        gate.answerFirstDoor(() => ({ kind: 'rejected', reason: 'rejected-upstream', attributes: [] }));
        return login();
      },
    ],
    [
      'it was told in clear, to a door that changes it in another way',
      () => login({ credentials: { kind: 'pap', password: Buffer.from('old') } }),
    ],
    [
      'that was too long ago',
      async () => {
        await login();
        await gate.clock.advance(300_001);
      },
    ],
  ])('rings no phone and goes to nobody: %s', async (_, before) => {
    await before();
    expect(outcome(await renew())).toBe('reject password-change-unproven');
    expect([gate.desk.prompts.length, changesAsked()]).toEqual([0, 0]);
  });

  it('goes to nobody while the first door is shut, whatever the policy says', async () => {
    gate.setPolicy({ factors: [], unavailable: 'allow' });
    changed = { kind: 'unavailable', cause: 'no answer' };
    expect(outcome(await renew())).toBe('reject primary-unavailable');
  });

  it('is no answer to a question of the home server', async () => {
    const conversation = { primary: 'door', server: 'a', state: Buffer.from('state') };
    gate.answerFirstDoor(() => ({ kind: 'challenged', conversation, attributes: [] }));
    const state = stateOf(await login({ client: {} }));
    expect(outcome(await renew({ client: {}, state }))).toBe('reject challenge-mismatched');
    expect(changesAsked()).toBe(0);
  });
});

describe('a change that needs no second factor first', () => {
  it.each([
    ['the policy asks for none', { factors: [] }, 'accept no-second-factor'],
    ['the policy says that it comes first', { factors: ['totp'], passwordChange: true }, 'reject approval-needed'],
  ] as const)('goes to the home server at once: %s', async (_, policy, expected) => {
    gate.setPolicy(policy);
    expect(outcome(await renew())).toBe(expected);
    expect(changesAsked()).toBe(1);
  });
});
