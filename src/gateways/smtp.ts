import type { SmtpGatewayConfig } from '../config/index.ts';
import { createTransport } from 'nodemailer';
import type { Delivery, Gateway, TextMessage } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import { mailProblem } from './smtp/mail-problem.ts';
import { within } from './within.ts';

/** RFC 5321 §4.5.3.1.3. */
const MAX_ADDRESS = 254;

/** One address and nothing else: no list, no name, no route, no control character. */
const ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u;

const MAX_SUBJECT = 200;

/** Programs that answer mail should not answer these (RFC 3834 §5; the second is Exchange's). */
const HEADERS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/** A mail server that takes our mail. */
export interface SmtpGatewayOptions extends Omit<SmtpGatewayConfig, 'type' | 'failures' | 'asideSeconds'> {
  readonly name: string;
}

/** What the SMTP gateway works with. */
export interface SmtpGatewayDeps {
  readonly clock: Clock;
}

/** Sends mail through a mail server. */
export function createSmtpGateway(deps: SmtpGatewayDeps, options: SmtpGatewayOptions): Gateway {
  const transport = createTransport(transportOptions(options));
  const send = async (message: TextMessage, signal: AbortSignal): Promise<Delivery> => {
    const ms = options.timeoutSeconds * 1000;
    const problem = 'the mail server has not taken the mail in time';
    try {
      const sending = transport.sendMail(mailOf(message, options));
      const { messageId } = await within(sending, { clock: deps.clock, ms, signal, problem });
      return { kind: 'sent', reference: messageId };
    } catch (error) {
      return mailProblem(error);
    }
  };
  let isStopped = false;
  return {
    name: options.name,
    channels: ['email'],
    start: () => Promise.resolve(),
    stop() {
      isStopped = true;
      transport.close();
      return Promise.resolve();
    },
    sendText(message, signal) {
      if (isStopped) return Promise.resolve({ kind: 'failed', problem: 'the gateway has been stopped' });
      if (isMailAddress(message.to)) return send(message, signal);
      return Promise.resolve({ kind: 'refused', problem: 'the address is no mail address' });
    },
  };
}

/** Connects and logs in, and sends nothing. Gives what is wrong, or `undefined`. */
export async function verifyMailServer(options: Omit<SmtpGatewayOptions, 'name'>): Promise<string | undefined> {
  const transport = createTransport(transportOptions(options));
  try {
    await transport.verify();
    return undefined;
  } catch (error) {
    const delivery = mailProblem(error);
    return delivery.kind === 'sent' ? undefined : delivery.problem;
  } finally {
    transport.close();
  }
}

function isMailAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS && ADDRESS.test(text);
}

function transportOptions(options: Omit<SmtpGatewayOptions, 'name'>) {
  const { host, port, security, ca, username, password } = options;
  const timeoutMs = options.timeoutSeconds * 1000;
  return {
    pool: true as const,
    maxConnections: options.connections,
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2' as const, ...(ca !== undefined && { ca }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A mail is text from memory: nothing it names is ever read or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
    ...(security !== 'none' &&
      username !== undefined &&
      password !== undefined && { auth: { user: username, pass: password.reveal().toString('utf8') } }),
  };
}

function mailOf(message: TextMessage, options: SmtpGatewayOptions) {
  const from = oneLine(message.from ?? options.from);
  return {
    from,
    to: { name: '', address: message.to },
    ...(options.replyTo !== undefined && { replyTo: oneLine(options.replyTo) }),
    subject: oneLine(message.subject ?? '').slice(0, MAX_SUBJECT),
    text: message.text,
    headers: HEADERS,
  };
}

/** Nothing that could begin a header of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
