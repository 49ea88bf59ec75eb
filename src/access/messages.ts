import type { Notice } from '../challenge/index.ts';
import type { DenialReason } from './reason.ts';

/** What the user reads in an Access-Challenge. */
export const questions: Readonly<Record<Notice, string>> = {
  first: 'Enter the passcode from your app or token.',
  'password-repeated': 'That was your password. Enter the passcode from your app or token.',
  empty: 'Nothing was entered. Enter the passcode from your app or token.',
  wrong: 'That passcode is wrong. Enter the passcode from your app or token.',
  replayed: 'That passcode was used before. Wait for the next one and enter it.',
};

const TRY_AGAIN = 'Please log in again.';
const CALL_HELP_DESK = 'Please ask your help desk.';

/** What the user reads in an Access-Reject: no more than a stranger may know. */
const denials: Readonly<Record<DenialReason, string>> = {
  'username-invalid': 'The user name or password is wrong.',
  'credentials-unsupported': 'This kind of login is not supported here (only PAP is).',
  'primary-rejected': 'The user name or password is wrong.',
  'primary-unavailable': `Your password cannot be checked at the moment. ${TRY_AGAIN}`,
  'user-disabled': 'The user name or password is wrong.',
  unenrolled: `No second factor is set up for you. ${CALL_HELP_DESK}`,
  'locked-out': 'Too many wrong answers: login is locked for a while.',
  'challenge-unsupported': 'Add your passcode to your password: password,123456.',
  'passcode-wrong': `The passcode is wrong. ${TRY_AGAIN}`,
  'passcode-replayed': 'That passcode was used before. Wait for the next one and log in again.',
  'challenge-expired': `The login took too long. ${TRY_AGAIN}`,
  'challenge-spent': `This question was answered already. ${TRY_AGAIN}`,
  'challenge-mismatched': TRY_AGAIN,
  'state-forged': TRY_AGAIN,
  'owner-unreachable': TRY_AGAIN,
  'too-busy': `Too many logins at the moment. ${TRY_AGAIN}`,
  'storage-failed': 'Login is not possible at the moment. Please try again later.',
  'internal-error': 'Login is not possible at the moment. Please try again later.',
};

/** The Reply-Message of a Reject, with the request id by which the help desk finds it in the log. */
export function denialMessage(reason: DenialReason, requestId: string): string {
  return `${denials[reason]} [${requestId}]`;
}
