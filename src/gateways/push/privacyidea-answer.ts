import type { PushAnswer } from '../../factors/index.ts';
import { isAbsent, type Fields } from './fields.ts';
import type { WaitingPrompt } from './pending-prompts.ts';

/** An answer, and what the app has signed behind nonce and serial. */
export interface SignedAnswer {
  readonly answer: PushAnswer;
  readonly signed: readonly string[];
}

// The app's words: the user did not ask for this login; or has, and called it off.
const REASONS: Readonly<Partial<Record<string, PushAnswer>>> = {
  unknown_trigger: { kind: 'fraud-reported' },
  cancelled: { kind: 'denied' },
};

/** Choices are digits: what the app signs has its parts unmarked, so none may read like another (`decline`). */
export function isChoice(text: string): boolean {
  return /^\d{1,6}$/.test(text);
}

/**
 * What the app says: nothing more (approved), `presence_answer` (approved, with the number that was picked), `decline`,
 * or `decline` with `decline_reason`. `undefined` for every other mixture, and for a number that was not offered: else a
 * signed refusal could be turned into a consent by moving its last word from one field into another.
 */
export function readAnswer(fields: Fields, { choices }: WaitingPrompt): SignedAnswer | undefined {
  const hasChoice = !isAbsent(fields, 'presence_answer');
  if (!isAbsent(fields, 'decline')) return hasChoice ? undefined : refusal(fields);
  if (!isAbsent(fields, 'decline_reason')) return undefined;
  if (choices === undefined) return hasChoice ? undefined : { answer: { kind: 'approved' }, signed: [] };
  const choice = choices.find((one) => one === fields['presence_answer']);
  return choice === undefined ? undefined : { answer: { kind: 'approved', choice }, signed: [choice] };
}

function refusal(fields: Fields): SignedAnswer | undefined {
  if (fields['decline'] !== '1') return undefined;
  const reason = fields['decline_reason'];
  if (reason === undefined) return { answer: { kind: 'denied' }, signed: ['decline'] };
  if (typeof reason !== 'string' || reason === '') return undefined;
  // A reason this program does not know yet still refuses.
  return { answer: REASONS[reason] ?? { kind: 'denied' }, signed: ['decline', reason] };
}
