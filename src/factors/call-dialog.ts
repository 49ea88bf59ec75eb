import type { CallDialog, CallStep, Phrase } from './gateway.ts';
import { languageSteps, phraseText, type PhraseName } from './call-phrases.ts';

/** Keys that fit nothing, PINs that are wrong, and silences: that many, then the call ends. */
const MAX_FAILURES = 3;

/**
 * More than anybody has to press, so that it is always `#` that closes: a `#` left over from a wrong answer that was cut
 * off would approve the login.
 */
const MAX_KEYS = 32;

const GATHER_SECONDS = 10;

const APPROVE = '';
const NOT_ME = '0';
const REPORT = '1';

/** What a call asks of whoever answers it. */
export type CallQuestion =
  /** `#` approves. */
  | { readonly kind: 'approve' }
  /** The PIN, then `#`. */
  | {
      readonly kind: 'approve-with-pin';
      /** Called with the keys as pressed, at most 32, before the next ones are taken. */
      readonly verifyPin: (keys: string) => Promise<boolean>;
      /** A PIN was wrong; told for each. */
      readonly wrongPin: () => void;
    }
  /** Nothing: a passcode is read out, twice. */
  | { readonly kind: 'speak'; readonly passcode: string };

/**
 * What became of a call. `denied`: `0#` said that it is somebody else's login, but nothing was reported, or wrong keys
 * were pressed three times; `unanswered`: nobody answered, pressed a key or stayed on the line; `spoken`: somebody hears the
 * passcode.
 */
export type CallOutcome = 'approved' | 'denied' | 'fraud-reported' | 'unanswered' | 'wrong-pin' | 'spoken';

/** Recordings in place of spoken texts: language (BCP 47), name of the phrase or `digit-0` to `digit-9`, recording. */
export type Recordings = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One call: what it asks, in which language, and whom it tells. */
export interface CallDialogOptions {
  readonly question: CallQuestion;
  /** BCP 47. */
  readonly language: string;
  readonly recordings?: Recordings;
  /** Whether anybody still waits for the answer: an approval that comes too late confirms nothing. */
  readonly isOpen: () => boolean;
  /** Told exactly once, as soon as it is known: what is said or pressed afterwards changes nothing. */
  readonly decided: (outcome: CallOutcome) => void;
}

type State = 'ringing' | 'asking' | 'fraud' | 'over';

/** The conversation of one call. */
export function createCallDialog(options: CallDialogOptions): CallDialog {
  return new Dialog(options);
}

class Dialog implements CallDialog {
  readonly #options: CallDialogOptions;
  #state: State = 'ringing';
  #failures = 0;
  #isDecided = false;
  #hasHungUp = false;
  #hasPinFailed = false;
  #opening: CallStep | undefined;
  #checking: Promise<CallStep> | undefined;

  constructor(options: CallDialogOptions) {
    this.#options = options;
  }

  answered(): CallStep {
    if (this.#state === 'ringing') this.#opening = this.#open();
    // A gateway that asks twice has lost our answer.
    return this.#opening ?? SILENCE;
  }

  async pressed(keys: string | undefined): Promise<CallStep> {
    // Keys told twice get one check and one answer.
    if (this.#checking !== undefined) return this.#checking;
    switch (this.#state) {
      case 'ringing':
      case 'over':
        return SILENCE;
      case 'fraud':
        return keys === REPORT ? this.#end('fraud-reported', 'fraud-reported') : this.#failed(keys);
      case 'asking':
        if (keys === NOT_ME) return this.#askWhetherFraud();
        return keys === undefined ? this.#failed(keys) : this.#answer(keys);
    }
  }

  ended(): void {
    this.#hasHungUp = true;
    this.#opening = undefined;
    // Whoever presses `#` may hang up at once: the check that runs decides.
    if (this.#checking === undefined) this.#close(this.#outcomeSoFar());
  }

  #open(): CallStep {
    const { question } = this.#options;
    if (question.kind === 'speak') {
      this.#close('spoken');
      return { say: this.#passcode(question.passcode) };
    }
    this.#state = 'asking';
    return this.#ask();
  }

  async #answer(keys: string): Promise<CallStep> {
    const { question } = this.#options;
    switch (question.kind) {
      case 'speak':
        return SILENCE;
      case 'approve':
        return keys === APPROVE ? this.#approve() : this.#failed(keys);
      case 'approve-with-pin':
        if (keys === '' || keys.length > MAX_KEYS) return this.#failed(keys);
        this.#checking = this.#checkPin(question, keys);
        return this.#checking;
    }
  }

  async #checkPin(question: CallQuestion & { kind: 'approve-with-pin' }, keys: string): Promise<CallStep> {
    let isRight = false;
    try {
      isRight = await question.verifyPin(keys);
    } catch (error) {
      this.#close('unanswered');
      throw error;
    } finally {
      this.#checking = undefined;
    }
    if (isRight) return this.#approve();
    this.#hasPinFailed = true;
    question.wrongPin();
    if (this.#hasHungUp) return this.#end('wrong-pin', 'goodbye');
    return this.#failed(keys, 'wrong-pin');
  }

  #askWhetherFraud(): CallStep {
    this.#state = 'fraud';
    return this.#ask();
  }

  #failed(keys: string | undefined, name: PhraseName = keys === undefined ? 'no-keys' : 'wrong-keys'): CallStep {
    this.#failures += 1;
    if (this.#failures < MAX_FAILURES) return this.#ask(name);
    const isDenied = keys !== undefined && !this.#hasPinFailed;
    return this.#end(isDenied ? 'denied' : this.#outcomeSoFar(), 'goodbye');
  }

  #outcomeSoFar(): CallOutcome {
    if (this.#state === 'fraud') return 'denied';
    return this.#hasPinFailed ? 'wrong-pin' : 'unanswered';
  }

  #ask(...before: readonly PhraseName[]): CallStep {
    const isFraud = this.#state === 'fraud';
    const asked = this.#options.question.kind === 'approve-with-pin' ? 'pin' : 'approve';
    const names: PhraseName[] = [...before, isFraud ? 'fraud' : asked];
    return {
      say: names.map((name) => this.#phrase(name)),
      gather: { maxKeys: isFraud ? 1 : MAX_KEYS, timeoutSeconds: GATHER_SECONDS },
    };
  }

  #approve(): CallStep {
    return this.#options.isOpen() ? this.#end('approved', 'approved') : this.#end('unanswered', 'goodbye');
  }

  #end(outcome: CallOutcome, name: PhraseName): CallStep {
    this.#opening = undefined;
    this.#close(outcome);
    return { say: [this.#phrase(name)] };
  }

  #close(outcome: CallOutcome): void {
    this.#state = 'over';
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#options.decided(outcome);
  }

  #passcode(passcode: string): Phrase[] {
    const digits = this.#digits(passcode);
    return [this.#phrase('passcode'), ...digits, this.#phrase('passcode-again'), ...digits];
  }

  // One by one: `123456` is a large number to a voice.
  #digits(passcode: string): Phrase[] {
    const digits = Array.from(passcode);
    const recordings = digits.map((digit) => this.#recording(`digit-${digit}`));
    if (recordings.includes(undefined)) return [{ text: digits.join(', '), name: 'digits' }];
    return digits.map((text, index) => ({ text, name: `digit-${text}`, recording: recordings[index] ?? '' }));
  }

  #phrase(name: PhraseName): Phrase {
    const recording = this.#recording(name);
    const text = phraseText(this.#options.language, name);
    return recording === undefined ? { text, name } : { text, name, recording };
  }

  #recording(name: string): string | undefined {
    const { language, recordings = {} } = this.#options;
    const byLanguage = new Map(Object.entries(recordings).map(([key, value]) => [key.toLowerCase(), value]));
    return languageSteps(language).flatMap(
      (step) => new Map(Object.entries(byLanguage.get(step) ?? {})).get(name) ?? [],
    )[0];
  }
}

/** Nothing more is said: the gateway hangs up. */
const SILENCE: CallStep = { say: [] };
