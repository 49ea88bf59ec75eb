import type { CallStep, PhoneCall } from '../factors/index.ts';
import type { Clock, Timer } from '../lib/clock.ts';

/** How a call ended. */
export type CallEnd = Parameters<PhoneCall['dialog']['ended']>[0];

/** What the provider asks about a call. */
export interface CallQuestion {
  /** Ours. */
  readonly id: string;
  /** The provider's name for the call: all its questions must come from one. */
  readonly reference: string;
  /** 0 when it was answered; then the number its last step carried. */
  readonly turn: number;
  /** Keys that were pressed, from turn 1 on. */
  readonly keys: string | undefined;
}

/** What to do next, and the number the next question has to carry. */
export interface CallAnswer {
  readonly call: PhoneCall;
  readonly step: CallStep;
  readonly nextTurn: number;
}

/** The calls of one gateway that are under way: each turn of a dialog is taken once. */
export interface PhoneCalls {
  /** False when too many are under way. */
  begin(call: PhoneCall): boolean;
  /** The call never came about by this gateway: another may place it, and what still asks for it here gets nothing. */
  forget(id: string): void;
  /** `undefined`: no such call, over, another call's, or not its turn. A repeated question gets the same answer. */
  ask(question: CallQuestion): Promise<CallAnswer | undefined>;
  /** It is over: the dialog is told once. */
  end(id: string, reference: string, how: CallEnd): void;
  /** Ends all of them as failed. */
  stop(): void;
}

interface Running {
  readonly call: PhoneCall;
  readonly deadline: Timer;
  readonly turns: Promise<CallStep>[];
  reference: string | undefined;
}

const MAX_CALLS = 5_000;
// No dialog is longer; a provider that never says how a call ended is not waited for.
const LONGEST_MS = 10 * 60_000;
const MAX_TURNS = 20;

/** No calls yet. */
export function createPhoneCalls(clock: Clock): PhoneCalls {
  const running = new Map<string, Running>();

  return {
    begin(call) {
      if (running.size >= MAX_CALLS) return false;
      const deadline = clock.setTimer(LONGEST_MS, () => finish(call.id, 'failed'));
      running.set(call.id, { call, deadline, turns: [], reference: undefined });
      return true;
    },
    forget(id) {
      running.get(id)?.deadline.cancel();
      running.delete(id);
    },
    async ask({ id, reference, turn, keys }) {
      const present = running.get(id);
      if (present === undefined || !isSameCall(present, reference)) return undefined;
      const { call, turns } = present;
      if (turn === turns.length && turn < MAX_TURNS && (await isOpen(turns)) && turn === turns.length)
        turns.push(turn === 0 ? answered(call) : pressed(call, keys));
      const step = turn === turns.length - 1 ? turns[turn] : undefined;
      return step && { call, step: await step, nextTurn: turn + 1 };
    },
    end(id, reference, how) {
      const present = running.get(id);
      if (present !== undefined && isSameCall(present, reference)) finish(id, how);
    },
    stop() {
      for (const id of [...running.keys()]) finish(id, 'failed');
    },
  };

  function finish(id: string, how: CallEnd): void {
    const present = running.get(id);
    if (present === undefined) return;
    present.deadline.cancel();
    running.delete(id);
    present.call.dialog.ended(how);
  }
}

// The first question tells the provider's name for the call; another's may not speak for it.
function isSameCall(present: Running, reference: string): boolean {
  present.reference ??= reference;
  return present.reference === reference;
}

// After a step that gathers nothing the call is over, whatever is pressed.
async function isOpen(turns: readonly Promise<CallStep>[]): Promise<boolean> {
  const last = turns.at(-1);
  return last === undefined || (await last).gather !== undefined;
}

const HANG_UP: CallStep = { say: [] };

// A dialog that breaks hangs up: nothing it might have meant is taken for granted.
function answered({ dialog }: PhoneCall): Promise<CallStep> {
  return Promise.resolve()
    .then(() => dialog.answered())
    .catch(() => HANG_UP);
}

function pressed({ dialog }: PhoneCall, keys: string | undefined): Promise<CallStep> {
  return dialog.pressed(keys).catch(() => HANG_UP);
}

/** A language with its usual region (`da` → `da-DK`): what voices are named by. */
export function voiceLanguage(language: string): string {
  try {
    const locale = new Intl.Locale(language);
    if (locale.region !== undefined) return `${locale.language}-${locale.region}`;
    const { region } = locale.maximize();
    return region === undefined ? locale.language : `${locale.language}-${region}`;
  } catch {
    return 'en-US';
  }
}
