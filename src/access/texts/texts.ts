import type { DenialReason } from '../reason.ts';

/** How a factor is called in a menu and asked for. */
export type AskedFor = 'own' | 'codes' | 'sms' | 'email' | 'call' | 'push';

/** What is said of a new password. */
export type NewPasswordText =
  'expired' | 'mustChange' | 'again' | 'ask' | 'differs' | 'same' | 'unusable' | 'policy' | 'history';

/**
 * Everything a user reads, in one language. `{number}` and the like are filled in. A question has at most 253 octets,
 * and no character beyond Latin-1: some clients show no other.
 */
export interface Texts {
  /** Asks for a passcode, by where it comes from. `push`: the phone shows it once the login is approved. */
  readonly enter: Readonly<Record<AskedFor, string>>;
  /** Asks to approve, then to come back. `number`: the number to pick is `{number}`. */
  readonly approve: { readonly push: string; readonly number: string; readonly call: string; readonly sms: string };
  /** Put in front of a question. */
  readonly before: {
    readonly 'password-repeated': string;
    readonly empty: string;
    readonly wrong: string;
    readonly 'not-offered': string;
    readonly 'not-delivered': string;
    readonly 'approval-open': string;
    readonly 'approval-late': string;
  };
  /** Asks for a new password: `expired`, `mustChange` and `again` are whole questions, `ask` stands behind the others. */
  readonly newPassword: Readonly<Record<NewPasswordText, string>>;
  /** Whole questions. */
  readonly replayed: string;
  readonly orPasscode: string;
  /** Before the numbered list. */
  readonly menu: string;
  readonly menuNames: Readonly<Record<AskedFor, string>>;
  /** Before a question: nothing that rings is offered. */
  readonly paused: string;
  /** Behind a question: `{words}` that choose another factor. */
  readonly or: string;
  /** `{url}` and `{code}`: where to set up a second factor. */
  readonly enrol: string;
  /** Text of an SMS: `{code}`, `{issuer}`. */
  readonly smsCode: string;
  /** SMS to be answered with `{code}`. */
  readonly smsReply: string;
  readonly emailSubject: string;
  readonly emailCode: string;
  readonly pushTitle: string;
  /** `{user}`, `{client}`, and `{address}` where the NAS tells one. */
  readonly pushBody: string;
  readonly pushBodyFrom: string;
  /** What a stranger may read as well. */
  readonly denials: Readonly<Record<DenialReason, string>>;
  /** Before the reason of a reset enrolment. */
  readonly reset: string;
}
