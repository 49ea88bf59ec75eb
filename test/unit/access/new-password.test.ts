import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, Decision } from '../../../src/access/index.ts';
import type { PrimaryResult } from '../../../src/primary/index.ts';
import { languages, textsOf } from '../../../src/access/texts/languages.ts';
import { newPasswordQuestion } from '../../../src/access/messages.ts';
import { en } from '../../../src/access/texts/en.ts';
import { packSession } from '../../../src/storage/packed-session.ts';
import { openGate, type Gate, type RequestFields } from '../../support/gate.ts';

const OLD = 'Wonder-land1';
const NEW = 'Through-the-glass2';
const REFUSED = 'reject primary-rejected';

let gate: Gate;
let code: (steps?: number) => string;
// What the directory holds.
let present: string;
let isExpired: boolean;
let refuses: (fresh: string) => boolean;

beforeEach(async () => {
  gate = await openGate();
  code = await gate.addUser('alice');
  present = OLD;
  isExpired = true;
  refuses = () => false;
  gate.setPolicy({ passwordChange: true });
  gate.answerFirstDoor(({ credentials }): PrimaryResult => {
    const typed = credentials.kind === 'pap' ? credentials.password.toString() : '';
    if (typed !== present) return { kind: 'rejected', reason: 'wrong-password', attributes: [] };
    if (isExpired) return { kind: 'rejected', reason: 'password-expired', attributes: [] };
    return { kind: 'accepted', attributes: [{ type: 25, value: Buffer.from('class') }] };
  });
  gate.changePasswords(({ old, fresh }) => {
    if (old.reveal().toString() !== present) return { kind: 'refused', reason: 'wrong-password' };
    const typed = fresh.reveal().toString();
    if (refuses(typed)) return { kind: 'refused', reason: 'policy' };
    present = typed;
    isExpired = false;
    return { kind: 'changed' };
  });
});
afterEach(() => gate.close());

function outcome({ verdict }: Decision): string {
  return `${verdict.kind} ${verdict.reason}`;
}

function messageOf({ verdict }: Decision): string {
  return verdict.kind === 'challenge' || verdict.kind === 'reject' ? verdict.message : '';
}

function stateOf({ verdict }: Decision): Buffer {
  if (verdict.kind !== 'challenge') throw new Error(`no challenge but ${verdict.kind} ${verdict.reason}`);
  return verdict.state;
}

/** One answer after the other, each to the question before it; all decisions. */
async function dialogue(
  answers: readonly (string | Buffer | undefined)[],
  fields: Partial<RequestFields> = {},
): Promise<Decision[]> {
  const decisions: Decision[] = [];
  for (const password of answers) {
    const last = decisions.at(-1);
    decisions.push(await gate.decide({ ...fields, password, state: last && stateOf(last) }));
  }
  return decisions;
}

async function events(): Promise<AuditEvent[]> {
  const found: AuditEvent[] = [];
  for await (const event of gate.storage.events.events({})) found.unshift(event);
  return found;
}

describe('a password that has expired', () => {
  it('is replaced, and then the second door is asked for as ever', async () => {
    const said = await dialogue([OLD, NEW, NEW, code()]);
    expect(said.map(outcome)).toEqual([
      'challenge new-password-asked',
      'challenge new-password-asked',
      'challenge passcode-asked',
      'accept both-doors',
    ]);
    expect(said.slice(0, 3).map(messageOf)).toEqual([
      'Your password has expired. New password:',
      'Enter the new password again:',
      'Enter the passcode from your app or token.',
    ]);
    expect(said[3]?.verdict).toMatchObject({ attributes: [{ value: Buffer.from('class') }] });
    expect(present).toBe(NEW);
  });

  it('is replaced without anything that is typed being shown', async () => {
    const [first, second] = await dialogue([OLD, NEW]);
    expect([first?.verdict, second?.verdict]).toMatchObject([{ echo: false }, { echo: false }]);
  });

  it('is written down as changed, beside the question that follows', async () => {
    await dialogue([OLD, NEW, NEW]);
    const reasons = (await events()).map(({ verdict, reason, primary }) => [verdict, reason, primary]);
    expect(reasons).toEqual([
      ['challenge', 'new-password-asked', 'door'],
      ['challenge', 'new-password-asked', 'door'],
      ['challenge', 'password-changed', 'door'],
      ['challenge', 'passcode-asked', 'door'],
    ]);
  });

  it('is named when it has to be changed at the first login', async () => {
    gate.answerFirstDoor(() => ({ kind: 'rejected', reason: 'password-must-change', attributes: [] }));
    const [first] = await dialogue([OLD]);
    expect(first && messageOf(first)).toBe('Your password has to be changed. New password:');
  });

  it('is told from the new one when the passcode is asked for and the new one is typed again', async () => {
    const said = await dialogue([OLD, NEW, NEW, NEW]);
    expect(said.map(messageOf).at(-1)).toMatch(/^That was your password\./);
  });

  it.each([
    ['the policy does not allow it', () => gate.setPolicy({ passwordChange: false }), {}],
    ['the client shows no challenge', () => undefined, { client: { challenge: false } }],
  ])('is refused by its own reason where %s', async (_, prepare, fields) => {
    prepare();
    const [said] = await dialogue([OLD], fields);
    expect(said && outcome(said)).toBe('reject password-expired');
    expect(said && messageOf(said)).toMatch(/^Your password has expired\./);
    expect(present).toBe(OLD);
  });

  it('is refused where the first door changes none', async () => {
    await gate.close();
    gate = await openGate();
    gate.setPolicy({ passwordChange: true });
    gate.answerFirstDoor(() => ({ kind: 'rejected', reason: 'password-expired', attributes: [] }));
    const [said] = await dialogue([OLD]);
    expect(said && outcome(said)).toBe('reject password-expired');
  });
});

describe('a new password', () => {
  it('is asked for again when it is mistyped, three times in all', async () => {
    const said = await dialogue([OLD, NEW, 'mistyped', NEW, 'mistyped', NEW, 'mistyped']);
    expect(said.map(outcome).at(-1)).toBe('reject password-change-refused');
    expect(messageOf(said[2] as Decision)).toBe('You entered two different passwords. New password:');
    expect(present).toBe(OLD);
  });

  it('is asked for again when the directory refuses it, and taken when it is better', async () => {
    refuses = (fresh) => fresh === 'simple';
    const said = await dialogue([OLD, 'simple', 'simple', NEW, NEW, code()]);
    expect(said.map(outcome)).toEqual([
      'challenge new-password-asked',
      'challenge new-password-asked',
      'challenge new-password-refused',
      'challenge new-password-asked',
      'challenge passcode-asked',
      'accept both-doors',
    ]);
    expect(messageOf(said[2] as Decision)).toMatch(/^That password is too short, too simple, or was used before\./);
  });

  it('is asked for three times in all when the directory refuses every one', async () => {
    refuses = () => true;
    const said = await dialogue([OLD, 'a', 'a', 'b', 'b', 'c', 'c']);
    expect(said.map(outcome).at(-1)).toBe('reject password-change-refused');
  });

  it('that can be none is not taken: empty, missing, too long, with control characters, no text', async () => {
    const garbled = Buffer.from([0x41, 0xff, 0xfe]);
    const unusable = ['', undefined, 'x'.repeat(129), 'Through\0the-glass2', 'Through-the-glass2\n', garbled];
    for (const typed of unusable) {
      const said = await dialogue([OLD, typed]);
      expect(said.map(messageOf).at(-1)).toBe('That cannot be used as a password. New password:');
    }
  });

  it('that is the present one is not taken', async () => {
    const said = await dialogue([OLD, OLD]);
    expect(said.map(messageOf).at(-1)).toBe('That is your present password. New password:');
  });

  it('is text in the charset of the client', async () => {
    const latin1 = Buffer.from('Grüße-an-Alice1', 'latin1');
    await dialogue([OLD, latin1, latin1], { client: { charset: 'latin1' } });
    expect(present).toBe('Grüße-an-Alice1');
  });

  it('may hold what looks like a passcode behind a comma', async () => {
    await dialogue([OLD, 'Pass-word,123456', 'Pass-word,123456']);
    expect(present).toBe('Pass-word,123456');
  });

  it('goes to nobody but the change: the first door is asked with it once it is changed, not before', async () => {
    await dialogue([OLD, NEW, 'mistyped', NEW, NEW]);
    expect(gate.asked.map(({ credentials }) => credentials.kind === 'pap' && credentials.password.toString())).toEqual([
      OLD,
      NEW,
    ]);
  });

  it('opens nothing where the first door does not take it: what a directory looks at last', async () => {
    gate.changePasswords(() => ({ kind: 'changed' }));
    gate.answerFirstDoor(({ credentials }) => {
      const isOld = credentials.kind === 'pap' && credentials.password.toString() === OLD;
      return { kind: 'rejected', reason: isOld ? 'password-expired' : 'logon-hours', attributes: [] };
    });
    expect((await dialogue([OLD, NEW, NEW])).map(outcome).at(-1)).toBe('reject logon-hours');
  });

  it('is taken although it was refused as a wrong one a moment before', async () => {
    gate.setLimits({ stormMs: 300_000 });
    const other = { client: { primary: ['door', 'door'] } };
    for (const fields of [{}, other]) expect((await dialogue([NEW], fields)).map(outcome)).toEqual([REFUSED]);
    await dialogue([OLD, NEW, NEW]);
    for (const fields of [{}, other])
      expect((await dialogue([NEW], fields)).map(outcome)).toEqual(['challenge passcode-asked']);
    expect((await dialogue([OLD])).map(outcome)).toEqual([REFUSED]);
    expect((await dialogue([OLD])).map(outcome)).toEqual(['reject wrong-password-repeated']);
  });

  it('that has expired at once does not begin all over again', async () => {
    gate.changePasswords(() => ({ kind: 'changed' }));
    gate.answerFirstDoor(() => ({ kind: 'rejected', reason: 'password-expired', attributes: [] }));
    expect((await dialogue([OLD, NEW, NEW])).map(outcome).at(-1)).toBe('reject password-expired');
  });

  it('ends the login where no other would do', async () => {
    for (const reason of ['too-soon', 'not-permitted', 'wrong-password', 'account-locked'] as const) {
      gate.changePasswords(() => ({ kind: 'refused', reason }));
      expect((await dialogue([OLD, NEW, NEW])).map(outcome).at(-1)).toBe('reject password-change-refused');
    }
  });

  it('lets nobody in where the directory falls silent, even where an unavailable one is passed', async () => {
    gate.setPolicy({ passwordChange: true, unavailable: 'allow' });
    gate.changePasswords(() => ({ kind: 'unavailable', cause: 'no answer' }));
    const said = await dialogue([OLD, NEW, NEW]);
    expect(said.map(outcome).at(-1)).toBe('reject password-change-failed');
  });
});

describe('the question for a new password', () => {
  it('is never asked for a wrong old one', async () => {
    expect((await dialogue(['Looking-glass1'])).map(outcome)).toEqual(['reject primary-rejected']);
  });

  it('is never asked of who is locked out or disabled, also in the middle of it', async () => {
    const first = await gate.decide({ password: OLD });
    await gate.storage.users.setUser('alice', { isEnabled: false });
    expect(outcome(await gate.decide({ password: NEW, state: stateOf(first) }))).toBe('reject user-disabled');
    expect(outcome(await gate.decide({ password: OLD }))).toBe('reject user-disabled');
  });

  it('is never asked of who is disabled while the first door thinks', async () => {
    gate.answerFirstDoor(async () => {
      await gate.storage.users.setUser('alice', { isEnabled: false });
      return { kind: 'rejected', reason: 'password-expired', attributes: [] };
    });
    expect(outcome(await gate.decide({ password: OLD }))).toBe('reject user-disabled');
  });

  it('is answered once: a second answer to it changes nothing', async () => {
    const [, second] = await dialogue([OLD, NEW]);
    await gate.decide({ password: NEW, state: stateOf(second as Decision) });
    expect(present).toBe(NEW);
    const other = await gate.decide({ password: 'Another-one3', state: stateOf(second as Decision) });
    expect(outcome(other)).toBe('reject challenge-spent');
    expect(present).toBe(NEW);
  });

  it('is answered by the same again when its answer is repeated', async () => {
    const [first, second] = await dialogue([OLD, NEW]);
    const repeated = await gate.decide({ password: NEW, state: stateOf(first as Decision) });
    expect(stateOf(repeated)).toEqual(stateOf(second as Decision));
    expect(repeated.verdict).toMatchObject({ echo: false });
  });

  it('takes no answer of another user or client', async () => {
    await gate.addUser('bob');
    const first = await gate.decide({ password: OLD });
    const [state, password] = [stateOf(first), NEW];
    expect(outcome(await gate.decide({ user: 'bob', state, password }))).toBe('reject challenge-mismatched');
    expect(outcome(await gate.decide({ client: { name: 'wifi' }, state, password }))).toBe(
      'reject challenge-mismatched',
    );
  });

  it('takes no answer after five minutes, all rounds together', async () => {
    const [, second] = await dialogue([OLD, NEW]);
    await gate.clock.advance(299_000);
    const third = await gate.decide({ password: 'mistyped', state: stateOf(second as Decision) });
    await gate.clock.advance(2_000);
    expect(outcome(await gate.decide({ password: NEW, state: stateOf(third) }))).toBe('reject challenge-expired');
  });

  it('takes no answer once the policy allows no change any more', async () => {
    const [, second] = await dialogue([OLD, NEW]);
    gate.setPolicy({ passwordChange: false });
    const third = await gate.decide({ password: NEW, state: stateOf(second as Decision) });
    expect(outcome(third)).toBe('reject password-expired');
    expect(present).toBe(OLD);
  });

  it('leaves neither password in what is kept or written down', async () => {
    const packed: string[] = [];
    const put = gate.sessions.put.bind(gate.sessions);
    gate.sessions.put = (id, session, ttlMs) => {
      packed.push(packSession(session));
      return put(id, session, ttlMs);
    };
    await dialogue([OLD, NEW, 'mistyped', NEW, NEW]);
    expect(packed).toHaveLength(5);
    const kept = packed.join('\n') + JSON.stringify(await events());
    expect(kept).not.toContain(OLD);
    expect(kept).not.toContain(NEW);
  });

  it('fits one Reply-Message in every language', () => {
    const notices = Object.keys(en.newPassword).filter((name) => name !== 'ask');
    for (const language of languages.keys()) {
      for (const notice of notices) {
        const asked = newPasswordQuestion(notice as Parameters<typeof newPasswordQuestion>[0], language);
        expect(Buffer.byteLength(asked)).toBeLessThanOrEqual(253);
        expect(asked).toMatch(new RegExp(`(${textsOf(language).newPassword.ask}|:)$`));
      }
    }
  });
});

describe('a change after the second factor', () => {
  beforeEach(() => gate.setPolicy({ passwordChange: 'after-second-factor' }));

  it('asks for the passcode first, and lets in with the new password', async () => {
    const said = await dialogue([OLD, code(), NEW, NEW]);
    expect(said.map(outcome)).toEqual([
      'challenge passcode-asked',
      'challenge new-password-asked',
      'challenge new-password-asked',
      'accept both-doors',
    ]);
    expect(present).toBe(NEW);
    expect(said.at(-1)?.verdict).toMatchObject({ attributes: [{ value: Buffer.from('class') }] });
    expect(said.at(-1)?.event).toMatchObject({ factor: 'totp' });
  });

  it('writes down no Accept before the password is changed', async () => {
    await dialogue([OLD, code(), NEW]);
    expect((await events()).map(({ verdict, reason }) => `${verdict} ${reason}`)).toEqual([
      'challenge passcode-asked',
      'challenge new-password-asked',
      'challenge new-password-asked',
    ]);
  });

  it('is not led to without the second factor', async () => {
    const said = await dialogue([OLD, '000000', '000001', '000002']);
    expect(said.map(outcome).at(-1)).toBe('reject passcode-wrong');
    expect(present).toBe(OLD);
  });

  it('is not led to by a login that is remembered', async () => {
    gate.setPolicy({ passwordChange: 'after-second-factor', rememberHours: 8 });
    isExpired = false;
    await dialogue([OLD, code()], { station: '192.0.2.7' });
    isExpired = true;
    expect((await dialogue([OLD], { station: '192.0.2.7' })).map(outcome)).toEqual(['challenge passcode-asked']);
  });

  it('takes a passcode that came with the expired password', async () => {
    const said = await dialogue([`${OLD},${code()}`, NEW, NEW]);
    expect(said.map(outcome).at(-1)).toBe('accept both-doors');
  });

  it('lets nobody in who is disabled while the directory changes', async () => {
    gate.changePasswords(({ fresh }) => {
      present = fresh.reveal().toString();
      isExpired = false;
      void gate.storage.users.setUser('alice', { isEnabled: false });
      return { kind: 'changed' };
    });
    expect((await dialogue([OLD, code(), NEW, NEW])).map(outcome).at(-1)).toBe('reject locked-out');
  });

  it('lets nobody in whom the first door refuses in the end', async () => {
    gate.changePasswords(() => ({ kind: 'changed' }));
    gate.answerFirstDoor(({ credentials }) => {
      const isOld = credentials.kind === 'pap' && credentials.password.toString() === OLD;
      return { kind: 'rejected', reason: isOld ? 'password-expired' : 'logon-hours', attributes: [] };
    });
    expect((await dialogue([OLD, code(), NEW, NEW])).map(outcome).at(-1)).toBe('reject logon-hours');
  });

  it('lets nobody in where the first door cannot be asked about the new password', async () => {
    gate.setPolicy({ passwordChange: 'after-second-factor', unavailable: 'allow' });
    gate.changePasswords(() => ({ kind: 'changed' }));
    gate.answerFirstDoor(({ credentials }) => {
      const isOld = credentials.kind === 'pap' && credentials.password.toString() === OLD;
      if (isOld) return { kind: 'rejected', reason: 'password-expired', attributes: [] };
      return { kind: 'unavailable', cause: 'no answer' };
    });
    expect((await dialogue([OLD, code(), NEW, NEW])).map(outcome).at(-1)).toBe('reject primary-unavailable');
  });

  it('lets in where the policy asks for no factor', async () => {
    gate.setPolicy({ passwordChange: 'after-second-factor', factors: [] });
    expect((await dialogue([OLD, NEW, NEW])).map(outcome).at(-1)).toBe('accept no-second-factor');
  });
});

describe('a user without a second factor', () => {
  it('changes nothing where that is refused', async () => {
    await gate.storage.users.addUser('carol', {});
    expect((await dialogue([OLD], { user: 'carol' })).map(outcome)).toEqual(['reject unenrolled']);
  });

  it('sets one up first, where the policy leads to that', async () => {
    await gate.storage.users.addUser('carol', {});
    gate.setPolicy({ passwordChange: true, unenrolled: 'enrol' });
    const [first] = await dialogue([OLD], { user: 'carol' });
    expect(first && outcome(first)).toBe('challenge enrolment-asked');
    expect(present).toBe(OLD);
  });

  it('changes the password where the policy lets in without', async () => {
    await gate.storage.users.addUser('carol', {});
    gate.setPolicy({ passwordChange: true, unenrolled: 'allow' });
    const said = await dialogue([OLD, NEW, NEW], { user: 'carol' });
    expect(said.map(outcome)).toEqual([
      'challenge new-password-asked',
      'challenge new-password-asked',
      'accept unenrolled-allowed',
    ]);
  });
});
