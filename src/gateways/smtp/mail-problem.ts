import type { Delivery } from '../../factors/index.ts';
import { problemOf } from '../within.ts';

/** What nodemailer says went wrong; the server's own words stay out of logs, for they may repeat what we sent. */
interface MailError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

const SENTENCES = new Map([
  ['EAUTH', 'the mail server refuses the credentials'],
  ['ENOAUTH', 'the mail server offers no way to log in'],
  ['ETLS', 'the connection to the mail server cannot be encrypted'],
  ['EENVELOPE', 'the mail server refuses the sender or the recipient'],
  ['EMESSAGE', 'the mail server refuses the mail'],
  ['EDNS', 'the mail server’s name is not known'],
  ['ETIMEDOUT', 'the mail server has not answered in time'],
  ['ECONNECTION', 'the mail server has closed the connection'],
  ['EPROTOCOL', 'the mail server does not speak SMTP'],
]);

/** What a failed mail comes to. */
export function mailProblem(error: unknown): Delivery {
  const { code = '', command, responseCode } = error as MailError;
  const known = SENTENCES.get(code);
  const sentence = known ?? (responseCode === undefined ? problemOf(error) : 'the mail server has refused');
  const problem = responseCode === undefined ? sentence : `${sentence} (${String(responseCode)})`;
  return { kind: isRefusal(command, responseCode) ? 'refused' : 'failed', problem };
}

/** RFC 5321 §4.2.1: 5yz stays as it is; 4yz may be otherwise in a while. A policy of the server's own is no such answer. */
function isRefusal(command: string | undefined, responseCode = 0): boolean {
  return command === 'RCPT TO' && responseCode >= 500 && responseCode < 600;
}
