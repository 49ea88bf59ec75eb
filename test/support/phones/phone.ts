import type { PushAnswer } from '../../../src/factors/index.ts';

/** A question on a phone's screen. */
export interface PhonePrompt {
  /** The protocol's own name for it. */
  readonly name: string;
  readonly title: string;
  readonly body: string;
  readonly choices?: readonly string[];
}

/** What the server made of a request. */
export interface PhoneResult {
  readonly isTaken: boolean;
  /** Digits that the phone now shows. */
  readonly code?: string;
  /** The whole answer, to be compared. */
  readonly text: string;
}

/** A phone that speaks one of the protocols with its own keys, over the network. */
export interface Phone {
  /** Follows the address of its enrolment to the end. */
  enrol(): Promise<PhoneResult>;
  /** What it shows now. Throws when the server refuses to tell. */
  prompts(): Promise<readonly PhonePrompt[]>;
  answer(prompt: PhonePrompt, answer: PushAnswer): Promise<PhoneResult>;
  /** The same answer, with a signature that is not its own. */
  forge(prompt: PhonePrompt, answer: PushAnswer): Promise<PhoneResult>;
  /** Sends the last answer again, octet by octet. */
  replay(): Promise<PhoneResult>;
  /** Where the phone asks for prompts with a signed time: asks as if it were that time (wall milliseconds). */
  pollAt?(atMs: number): Promise<PhoneResult>;
}
