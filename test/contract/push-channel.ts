import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushAnswer, PushPrompt } from '../../src/factors/index.ts';
import type { PushChannelsOptions } from '../../src/gateways/index.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import type { Phone, PhonePrompt } from '../support/phones/phone.ts';
import { startPushStage, type PushStage } from '../support/phones/push-stage.ts';

/** A protocol under test. */
export interface PushSubject {
  readonly options: PushChannelsOptions;
  /** A new phone that has been given the address of its enrolment. */
  phone(uri: string, clock: FakeClock): Phone;
  /** Ends what was started besides the channel. */
  close(): Promise<void>;
}

/** What a protocol is excused from. */
export interface PushContractOptions {
  /** `false` where a phone can show no code after its approval. */
  readonly showsCodes?: boolean;
  /** `false` where every phone that is asked has been given the prompt for good. */
  readonly takesBack?: boolean;
}

// What goes over the network has no clock of ours; keys are made meanwhile.
const PATIENCE = { timeout: 20_000 };
const never = new AbortController().signal;

/** What every way to ask phones owes the one who asks. `make` is called once a test. */
export function pushChannelContract(
  name: string,
  make: () => Promise<PushSubject>,
  { showsCodes = true, takesBack = true }: PushContractOptions = {},
): void {
  describe(`${name}: the contract of a push channel`, () => {
    let subject: PushSubject;
    let stage: PushStage;
    let phone: Phone;

    beforeEach(async () => {
      subject = await make();
      stage = await startPushStage(subject.options);
      phone = await enrolled('PHONE-1');
    });

    afterEach(async () => {
      await stage.stop();
      await subject.close();
    });

    async function enrolled(serial: string): Promise<Phone> {
      const one = subject.phone(stage.begin(serial), stage.clock);
      await stage.clock.advance(1_000);
      await expect
        .poll(async () => (await one.enrol()).isTaken || !stage.devices.get(serial).isPending, PATIENCE)
        .toBe(true);
      return one;
    }

    async function ask(changes: Partial<PushPrompt> = {}): Promise<{ prompt: PushPrompt; shown: PhonePrompt }> {
      const prompt = stage.prompt('PHONE-1', changes);
      expect(await stage.channel.send(prompt, never)).toMatchObject({ kind: 'sent' });
      const shown = (await phone.prompts()).at(-1);
      if (shown === undefined) throw new Error('the phone shows nothing');
      return { prompt, shown };
    }

    it('makes a pending token usable once its phone has proved itself', () => {
      expect(stage.devices.get('PHONE-1').isPending).toBe(false);
    });

    it('enrols no second time with the same address', async () => {
      expect((await phone.enrol()).isTaken).toBe(false);
    });

    it('enrols one of many that come with the same address at the same time', async () => {
      const uri = stage.begin('PHONE-2');
      const many = [1, 2, 3].map(() => subject.phone(uri, stage.clock));
      const enrolAll = async (): Promise<number> => {
        const results = await Promise.all(many.map((one) => one.enrol()));
        return results.filter(({ isTaken }) => isTaken).length;
      };
      await expect.poll(enrolAll, PATIENCE).toBe(1);
      expect(await enrolAll()).toBe(0);
    });

    it('enrols nobody after the time for it is over', async () => {
      const late = subject.phone(stage.begin('PHONE-2'), stage.clock);
      await stage.clock.advance(3_600_000);
      expect((await late.enrol()).isTaken).toBe(false);
      expect(stage.devices.get('PHONE-2').isPending).toBe(true);
    });

    it('asks no phone whose enrolment is not complete', async () => {
      stage.begin('PHONE-2');
      expect(await stage.channel.send(stage.prompt('PHONE-2'), never)).toMatchObject({ kind: 'refused' });
    });

    it('shows what is asked', async () => {
      const { shown } = await ask();
      expect(shown.title).toBe('Login to vpn');
      expect(shown.body).toMatch(/^Is it you, from 192\.0\.2\.7 [|/] today\?$/);
      expect(shown.choices).toBeUndefined();
    });

    it.each<PushAnswer>([{ kind: 'approved' }, { kind: 'denied' }, { kind: 'fraud-reported' }])(
      'brings the answer $kind',
      async (answer) => {
        const { prompt, shown } = await ask();
        expect((await phone.answer(shown, answer)).isTaken).toBe(true);
        expect(stage.events.answers).toEqual([{ promptId: prompt.id, answer }]);
      },
    );

    it.each(['17', '42'])('brings the number that was picked (%s)', async (choice) => {
      const { prompt, shown } = await ask({ choices: ['17', '42', '93'] });
      expect(shown.choices).toEqual(['17', '42', '93']);
      await phone.answer(shown, { kind: 'approved', choice });
      expect(stage.events.answers).toEqual([{ promptId: prompt.id, answer: { kind: 'approved', choice } }]);
    });

    it('shows once more what is sent again, with the same numbers, and takes one answer to it', async () => {
      const { prompt, shown: first } = await ask({ choices: ['17', '42', '93'] });
      const again = { ...prompt, choices: ['42', '55', '60'] };
      expect(await stage.channel.send(again, never)).toMatchObject({ kind: 'sent' });
      const shown = (await phone.prompts()).at(-1);
      expect(shown?.choices).toEqual(['17', '42', '93']);
      const answer = { kind: 'approved', choice: '42' } as const;
      expect((await phone.answer(first, answer)).isTaken).toBe(true);
      expect((await phone.answer(shown ?? first, answer)).isTaken).toBe(false);
      expect(stage.events.answers).toEqual([{ promptId: prompt.id, answer }]);
    });

    it('shows nothing under the name of another phone’s question', async () => {
      const { prompt } = await ask();
      const { data } = stage.devices.get('PHONE-1');
      stage.devices.add('PHONE-3', stage.channel.protocol, { uri: '', data }, { isPending: false });
      const stolen = stage.prompt('PHONE-3', { id: prompt.id });
      expect(await stage.channel.send(stolen, never)).toMatchObject({ kind: 'failed' });
    });

    it('takes no approval without a number where numbers are asked for, and none that was not offered', async () => {
      const { shown } = await ask({ choices: ['17', '42', '93'] });
      expect((await phone.answer(shown, { kind: 'approved' })).isTaken).toBe(false);
      expect((await phone.answer(shown, { kind: 'approved', choice: '18' })).isTaken).toBe(false);
      expect(stage.events.answers).toEqual([]);
    });

    it('takes no number where none was asked for', async () => {
      const { shown } = await ask();
      expect((await phone.answer(shown, { kind: 'approved', choice: '17' })).isTaken).toBe(false);
      expect(stage.events.answers).toEqual([]);
    });

    it.each<PushAnswer>([{ kind: 'approved' }, { kind: 'denied' }, { kind: 'fraud-reported' }])(
      'believes no forged answer ($kind), and still takes the true one',
      async (answer) => {
        const { shown } = await ask();
        expect((await phone.forge(shown, answer)).isTaken).toBe(false);
        expect(stage.events.answers).toEqual([]);
        expect((await phone.answer(shown, answer)).isTaken).toBe(true);
      },
    );

    it('believes no answer of another phone', async () => {
      const { shown } = await ask();
      const other = await enrolled('PHONE-2');
      await stage.channel.send(stage.prompt('PHONE-2'), never);
      const [theirs] = await other.prompts();
      if (theirs === undefined) throw new Error('the other phone shows nothing');
      await expect(refusedOrUnable(other.answer(shown, { kind: 'approved' }))).resolves.toBe(true);
      expect(stage.events.answers).toEqual([]);
    });

    it('takes an answer once', async () => {
      const { shown } = await ask();
      await phone.answer(shown, { kind: 'denied' });
      expect((await phone.replay()).isTaken).toBe(false);
      expect((await phone.answer(shown, { kind: 'approved' })).isTaken).toBe(false);
      expect(stage.events.answers).toHaveLength(1);
    });

    it('takes one of many answers at the same time', async () => {
      const { shown } = await ask();
      await phone.answer(shown, { kind: 'approved' });
      const { shown: next } = await ask();
      const all = await Promise.all(Array.from({ length: 5 }, () => phone.answer(next, { kind: 'approved' })));
      expect(all.filter(({ isTaken }) => isTaken)).toHaveLength(1);
      expect(stage.events.answers).toHaveLength(2);
    });

    it('takes no answer once the time is over', async () => {
      const { shown } = await ask();
      await stage.clock.advance(60_000);
      expect((await phone.answer(shown, { kind: 'approved' })).isTaken).toBe(false);
      expect(stage.events.answers).toEqual([]);
    });

    it('takes no answer to a prompt that was withdrawn', async () => {
      const { prompt, shown } = await ask();
      stage.channel.withdraw(prompt.id);
      if (takesBack) expect(await phone.prompts()).toEqual([]);
      expect((await phone.answer(shown, { kind: 'approved' })).isTaken).toBe(false);
      expect(stage.events.answers).toEqual([]);
    });

    it.each(['out of time', 'withdrawn'])('hears a report of fraud when the prompt is %s, once', async (how) => {
      const { prompt, shown } = await ask();
      if (how === 'withdrawn') stage.channel.withdraw(prompt.id);
      await stage.clock.advance(how === 'withdrawn' ? 100_000 : 179_000);
      expect((await phone.forge(shown, { kind: 'fraud-reported' })).isTaken).toBe(false);
      expect((await phone.answer(shown, { kind: 'denied' })).isTaken).toBe(false);
      expect((await phone.answer(shown, { kind: 'fraud-reported' })).isTaken).toBe(true);
      expect((await phone.answer(shown, { kind: 'fraud-reported' })).isTaken).toBe(false);
      expect(stage.events.answers).toEqual([{ promptId: prompt.id, answer: { kind: 'fraud-reported' } }]);
    });

    it('hears no report two minutes after the prompt is over', async () => {
      const { prompt, shown } = await ask();
      stage.channel.withdraw(prompt.id);
      await stage.clock.advance(120_001);
      expect((await phone.answer(shown, { kind: 'fraud-reported' })).isTaken).toBe(false);
      expect(stage.events.answers).toEqual([]);
    });

    it('takes no answer of a phone that was disabled meanwhile', async () => {
      const { shown } = await ask();
      stage.devices.remove('PHONE-1');
      expect((await phone.answer(shown, { kind: 'approved' })).isTaken).toBe(false);
      expect(stage.events.answers).toEqual([]);
    });

    it('tells the phone that an answer was not taken', async () => {
      const { shown } = await ask();
      stage.events.receipt = { kind: 'late' };
      expect((await phone.answer(shown, { kind: 'approved' })).isTaken).toBe(false);
    });

    it('gives one and the same answer to everything that fails', async () => {
      const { shown } = await ask();
      const texts = [
        await phone.enrol(),
        await phone.forge(shown, { kind: 'approved' }),
        await phone.answer(shown, { kind: 'approved', choice: '17' }),
        await subject.phone(stage.begin('PHONE-2').replaceAll('PHONE-2', 'PHONE-3'), stage.clock).enrol(),
      ].map(({ text }) => text);
      expect(new Set(texts.filter((text) => text !== 'no message')).size).toBe(1);
    });

    it('sends nothing that is called off or too late', async () => {
      const prompt = stage.prompt('PHONE-1', { expiresAtMs: stage.clock.nowMs() });
      expect(await stage.channel.send(prompt, never)).toMatchObject({ kind: 'failed' });
      const calledOff = AbortSignal.abort();
      expect(await stage.channel.send(stage.prompt('PHONE-1'), calledOff)).toMatchObject({ kind: 'failed' });
      expect(await phone.prompts()).toEqual([]);
    });

    it('can be stopped twice, and forgets what was open', async () => {
      const { shown } = await ask();
      await stage.channel.stop();
      await stage.channel.stop();
      expect((await phone.answer(shown, { kind: 'approved' })).isTaken).toBe(false);
      expect(stage.clock.pendingTimers).toBe(0);
    });

    it.runIf(showsCodes)('gives the phone the code that it has to show', async () => {
      const { shown } = await ask();
      stage.events.receipt = { kind: 'taken', code: '4711' };
      expect(await phone.answer(shown, { kind: 'approved' })).toMatchObject({ isTaken: true, code: '4711' });
    });

    it('tells a phone what waits only within a minute of the time it has signed, and once', async () => {
      if (phone.pollAt === undefined) return;
      const nowMs = stage.clock.nowMs();
      const texts = [];
      expect((await phone.pollAt(nowMs - 60_000)).isTaken).toBe(true);
      for (const atMs of [nowMs - 60_000, nowMs - 60_001, nowMs + 60_001]) texts.push(await phone.pollAt(atMs));
      expect(texts.map(({ isTaken }) => isTaken)).toEqual([false, false, false]);
      expect((await phone.pollAt(nowMs)).isTaken).toBe(true);
    });
  });
}

async function refusedOrUnable(answer: Promise<{ readonly isTaken: boolean }>): Promise<boolean> {
  try {
    return !(await answer).isTaken;
  } catch {
    return true;
  }
}
