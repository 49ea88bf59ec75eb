import { twilioSignature } from '../../gateways/index.ts';
import type { Secret } from '../../lib/secret.ts';

/** A call to the telephone of the demo, as Twilio was asked to place it. */
export interface IncomingCall {
  readonly to: string;
  readonly sid: string;
  /** Asked what to say when it is answered. */
  readonly url: string;
  /** Told how it ended. */
  readonly statusUrl: string;
  readonly authToken: Secret;
  readonly show: (text: string) => void;
}

const TIMEOUT_MS = 10_000;

/** Picks up, listens, presses `#`, and hangs up; asks as Twilio does, with its signatures. */
export async function answerCall(call: IncomingCall): Promise<void> {
  call.show(`The telephone ${call.to} rings; the user picks up.`);
  const question = await ask(call, call.url, { CallStatus: 'in-progress' });
  call.show(`It says: ${spokenIn(question)}`);
  call.show('The user presses #.');
  const keysUrl = unescaped(/ action="([^"]*)"/.exec(question)?.[1] ?? '');
  const end = await ask(call, keysUrl, { CallStatus: 'in-progress', Digits: '', FinishedOnKey: '#' });
  call.show(`It says: ${spokenIn(end)}`);
  await ask(call, call.statusUrl, { CallStatus: 'completed' });
}

async function ask(call: IncomingCall, url: string, told: Readonly<Record<string, string>>): Promise<string> {
  const fields = Object.entries({ CallSid: call.sid, To: call.to, ...told });
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': twilioSignature({ url, fields }, call.authToken),
    },
    body: new URLSearchParams(fields).toString(),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`the server answered with status ${response.status}`);
  return response.text();
}

function spokenIn(twiml: string): string {
  return [...twiml.matchAll(/<Say[^>]*>([^<]*)<\/Say>/g)].map(([, text = '']) => unescaped(text)).join(' ');
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(\w+);/g, (all, name: string) => entities[name] ?? all);
}
