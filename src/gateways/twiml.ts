import type { CallStep, Phrase } from '../factors/index.ts';
import { voiceLanguage } from './phone-calls.ts';

/** What a step of a call needs besides itself. */
export interface TwimlOptions {
  /** BCP 47. */
  readonly language: string;
  /** Where keys are told. */
  readonly actionUrl: string;
}

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';

/** Hangs up without a word. */
export const hangUpTwiml = `${HEAD}<Response><Hangup/></Response>`;

/** A step of a call as TwiML: what is said, then keys up to `#` (told to us even when there are none), or the end. */
export function twimlOf({ say, gather }: CallStep, options: TwimlOptions): string {
  const language = escapeXml(voiceLanguage(options.language));
  const spoken = say.map((phrase) => phraseTwiml(phrase, language)).join('');
  if (gather === undefined) return `${HEAD}<Response>${spoken}<Hangup/></Response>`;
  const attributes = Object.entries({
    input: 'dtmf',
    action: options.actionUrl,
    method: 'POST',
    finishOnKey: '#',
    numDigits: String(gather.maxKeys),
    timeout: String(gather.timeoutSeconds),
    actionOnEmptyResult: 'true',
  }).map(([name, value]) => ` ${name}="${escapeXml(value)}"`);
  return `${HEAD}<Response><Gather${attributes.join('')}>${spoken}</Gather></Response>`;
}

function phraseTwiml({ text, recording }: Phrase, language: string): string {
  if (recording !== undefined) return `<Play>${escapeXml(recording)}</Play>`;
  return `<Say language="${language}">${escapeXml(text)}</Say>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

// XML 1.0 §2.2: other control characters may not stand in a document, escaped or not.
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
