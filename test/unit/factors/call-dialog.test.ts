import { describe, expect, it } from 'vitest';
import { callLanguages, createCallDialog } from '../../../src/factors/index.ts';
import type { CallOutcome, CallQuestion, CallStep, Recordings } from '../../../src/factors/index.ts';

interface Settings {
  readonly language?: string;
  readonly recordings?: Recordings;
  readonly isOpen?: () => boolean;
}

function begin(question: CallQuestion, { language = 'en', recordings = {}, isOpen = () => true }: Settings = {}) {
  const outcomes: CallOutcome[] = [];
  const decided = (outcome: CallOutcome) => outcomes.push(outcome);
  const dialog = createCallDialog({ question, language, recordings, isOpen, decided });
  return { dialog, outcomes };
}

const withPin = (verifyPin: (pin: string) => Promise<boolean>) => {
  let wrong = 0;
  const question: CallQuestion = { kind: 'approve-with-pin', verifyPin, wrongPin: () => (wrong += 1) };
  return { ...begin(question), wrongPins: () => wrong };
};

const late = { isOpen: () => false };

const pinQuestion: CallQuestion = {
  kind: 'approve-with-pin',
  verifyPin: () => Promise.resolve(true),
  wrongPin: () => undefined,
};

const names = ({ say }: CallStep) => say.map(({ name }) => name);

describe('a call that asks for #', () => {
  it('is approved by # alone, says so and ends', async () => {
    const { dialog, outcomes } = begin({ kind: 'approve' });
    expect(names(dialog.answered())).toEqual(['approve']);
    const step = await dialog.pressed('');
    expect([names(step), step.gather, outcomes]).toEqual([['approved'], undefined, ['approved']]);
  });

  it('reports fraud by 0# and then 1', async () => {
    const { dialog, outcomes } = begin({ kind: 'approve' });
    dialog.answered();
    const asked = await dialog.pressed('0');
    expect([names(asked), asked.gather?.maxKeys, outcomes]).toEqual([['fraud'], 1, []]);
    expect(names(await dialog.pressed('1'))).toEqual(['fraud-reported']);
    expect(outcomes).toEqual(['fraud-reported']);
  });

  it.each(['', '4711'])('confirms nothing, and says so, when nobody waits for it any more: %j', async (keys) => {
    const dialogs = [begin({ kind: 'approve' }, late), begin(pinQuestion, late)];
    const { dialog, outcomes } = dialogs[keys === '' ? 0 : 1]!;
    dialog.answered();
    expect(names(await dialog.pressed(keys))).toEqual(['goodbye']);
    expect(outcomes).toEqual(['unanswered']);
  });

  it('reports fraud also when nobody waits for it any more', async () => {
    const { dialog, outcomes } = begin({ kind: 'approve' }, late);
    dialog.answered();
    await dialog.pressed('0');
    expect(names(await dialog.pressed('1'))).toEqual(['fraud-reported']);
    expect(outcomes).toEqual(['fraud-reported']);
  });

  it('cannot be approved any more after 0#', async () => {
    const { dialog, outcomes } = begin({ kind: 'approve' });
    dialog.answered();
    await dialog.pressed('0');
    await dialog.pressed('');
    await dialog.pressed('');
    expect(names(await dialog.pressed(''))).toEqual(['goodbye']);
    expect(outcomes).toEqual(['denied']);
  });

  it.each(['1', '00', '0#', '#', '*', ' ', '12345'])(
    'says that %j is wrong, and ends after the third',
    async (keys) => {
      const { dialog, outcomes } = begin({ kind: 'approve' });
      dialog.answered();
      expect(names(await dialog.pressed(keys))).toEqual(['wrong-keys', 'approve']);
      expect(names(await dialog.pressed(keys))).toEqual(['wrong-keys', 'approve']);
      expect(outcomes).toEqual([]);
      expect(names(await dialog.pressed(keys))).toEqual(['goodbye']);
      expect(outcomes).toEqual(['denied']);
    },
  );

  it('takes so many keys that a # cut off from a wrong answer never comes as an answer of its own', () => {
    expect(begin({ kind: 'approve' }).dialog.answered().gather?.maxKeys).toBe(32);
  });

  it('asks again when nothing is pressed, and is unanswered after the third silence', async () => {
    const { dialog, outcomes } = begin({ kind: 'approve' });
    dialog.answered();
    expect(names(await dialog.pressed(undefined))).toEqual(['no-keys', 'approve']);
    await dialog.pressed(undefined);
    expect(names(await dialog.pressed(undefined))).toEqual(['goodbye']);
    expect(outcomes).toEqual(['unanswered']);
  });

  it.each(['hung-up', 'no-answer', 'busy', 'failed'] as const)('is unanswered when it ends by %s', (how) => {
    const { dialog, outcomes } = begin({ kind: 'approve' });
    if (how === 'hung-up') dialog.answered();
    dialog.ended(how);
    expect(outcomes).toEqual(['unanswered']);
  });

  it('is denied when somebody hangs up at the question whether it was fraud', async () => {
    const { dialog, outcomes } = begin({ kind: 'approve' });
    dialog.answered();
    await dialog.pressed('0');
    dialog.ended('hung-up');
    expect(outcomes).toEqual(['denied']);
  });

  it('takes no key after its end', async () => {
    const { dialog, outcomes } = begin({ kind: 'approve' });
    dialog.answered();
    dialog.ended('hung-up');
    expect(await dialog.pressed('')).toEqual({ say: [] });
    expect(dialog.answered()).toEqual({ say: [] });
    expect(outcomes).toEqual(['unanswered']);
  });

  it('takes no key before it is answered', async () => {
    const { dialog, outcomes } = begin({ kind: 'approve' });
    expect(await dialog.pressed('')).toEqual({ say: [] });
    expect(outcomes).toEqual([]);
  });

  it('says its outcome once, whatever comes afterwards', async () => {
    const { dialog, outcomes } = begin({ kind: 'approve' });
    dialog.answered();
    await dialog.pressed('');
    await dialog.pressed('0');
    await dialog.pressed('1');
    dialog.ended('hung-up');
    dialog.ended('failed');
    expect(outcomes).toEqual(['approved']);
  });

  it('gives a gateway that lost the first words the same again', () => {
    const { dialog } = begin({ kind: 'approve' });
    expect(dialog.answered()).toEqual(dialog.answered());
  });
});

describe('a call that asks for a PIN', () => {
  it('is approved by the right one', async () => {
    const { dialog, outcomes, wrongPins } = withPin((pin) => Promise.resolve(pin === '4711'));
    expect(names(dialog.answered())).toEqual(['pin']);
    expect(names(await dialog.pressed('4711'))).toEqual(['approved']);
    expect([outcomes, wrongPins()]).toEqual([['approved'], 0]);
  });

  it('counts each wrong one and ends after the third', async () => {
    const { dialog, outcomes, wrongPins } = withPin(() => Promise.resolve(false));
    dialog.answered();
    expect(names(await dialog.pressed('1'))).toEqual(['wrong-pin', 'pin']);
    await dialog.pressed('2');
    expect(names(await dialog.pressed('3'))).toEqual(['goodbye']);
    expect([outcomes, wrongPins()]).toEqual([['wrong-pin'], 3]);
  });

  it('is not approved by # alone, and no PIN is asked about it', async () => {
    const asked: string[] = [];
    const { dialog, outcomes, wrongPins } = withPin((pin) => Promise.resolve(asked.push(pin) > 0));
    dialog.answered();
    expect(names(await dialog.pressed(''))).toEqual(['wrong-keys', 'pin']);
    expect([asked, outcomes, wrongPins()]).toEqual([[], [], 0]);
  });

  it('reports fraud by 0# and then 1', async () => {
    const { dialog, outcomes } = withPin(() => Promise.resolve(true));
    dialog.answered();
    await dialog.pressed('0');
    await dialog.pressed('1');
    expect(outcomes).toEqual(['fraud-reported']);
  });

  it('is approved although the caller hung up right after the PIN', async () => {
    const { answerPin, dialog, outcomes } = slowPin();
    const step = dialog.pressed('4711');
    dialog.ended('hung-up');
    expect(outcomes).toEqual([]);
    answerPin(true);
    await step;
    expect(outcomes).toEqual(['approved']);
  });

  it('is a wrong PIN when the caller hung up right after that', async () => {
    const { answerPin, dialog, outcomes } = slowPin();
    const step = dialog.pressed('1234');
    dialog.ended('hung-up');
    answerPin(false);
    await step;
    expect(outcomes).toEqual(['wrong-pin']);
  });

  it('checks keys that are told twice only once', async () => {
    const { answerPin, dialog, wrongPins } = slowPin();
    const both = [dialog.pressed('1234'), dialog.pressed('1234')];
    answerPin(false);
    const [first, second] = await Promise.all(both);
    expect(first).toEqual(second);
    expect(wrongPins()).toBe(1);
  });

  it('is not approved when nobody can say whether the PIN is right', async () => {
    const { dialog, outcomes } = withPin(() => Promise.reject(new Error('no store')));
    dialog.answered();
    await expect(dialog.pressed('4711')).rejects.toThrow('no store');
    expect(await dialog.pressed('4711')).toEqual({ say: [] });
    expect(outcomes).toEqual(['unanswered']);
  });
});

describe('a call that speaks a passcode', () => {
  it('reads it twice, digit by digit, and waits for no key', () => {
    const { dialog, outcomes } = begin({ kind: 'speak', passcode: '040506' });
    const step = dialog.answered();
    expect(step.gather).toBeUndefined();
    expect(names(step)).toEqual(['passcode', 'digits', 'passcode-again', 'digits']);
    expect(step.say[1]?.text).toBe('0, 4, 0, 5, 0, 6');
    expect(outcomes).toEqual(['spoken']);
    expect(dialog.answered()).toEqual(step);
  });

  it('is unanswered when nobody takes it', () => {
    const { dialog, outcomes } = begin({ kind: 'speak', passcode: '040506' });
    dialog.ended('busy');
    expect(outcomes).toEqual(['unanswered']);
  });

  it('plays a recording for each digit where there are all of them', () => {
    const some = { en: { 'digit-1': 'one', 'digit-2': 'two', passcode: 'intro' } };
    const settings = { recordings: some };
    const played = (passcode: string) =>
      begin({ kind: 'speak', passcode }, settings)
        .dialog.answered()
        .say.slice(0, 3)
        .map(({ recording }) => recording);
    expect(played('12')).toEqual(['intro', 'one', 'two']);
    expect(played('13')).toEqual(['intro', undefined, undefined]);
  });
});

describe('the phrases of a call', () => {
  const first = (language: string, recordings: Recordings = {}) =>
    begin({ kind: 'approve' }, { language, recordings }).dialog.answered().say[0];

  it.each(callLanguages)('are all there in %s', (language) => {
    const english = first('en');
    expect(first(language)?.text).not.toBe('');
    expect(language === 'en' || first(language)?.text !== english?.text).toBe(true);
  });

  it('are those of the language without its country, and English where nothing fits', () => {
    expect(first('de-AT')).toEqual(first('de'));
    expect(first('DA')).toEqual(first('da'));
    expect(first('tlh')).toEqual(first('en'));
  });

  it.each(['__proto__', 'constructor', ''])('are English in the language %j', (language) => {
    expect(first(language)).toEqual(first('en'));
  });

  it('give way to recordings of the language', () => {
    const recordings = { de: { approve: 'ansage' }, 'de-AT': { approve: 'servus' } };
    expect(first('de-AT', recordings)?.recording).toBe('servus');
    expect(first('de-CH', recordings)?.recording).toBe('ansage');
    expect(first('fr', recordings)?.recording).toBeUndefined();
  });
});

function slowPin() {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const call = withPin(() => promise);
  call.dialog.answered();
  return { answerPin: resolve, ...call };
}
