import type { Notice, Offer, Open } from '../challenge/index.ts';
import { textsOf } from './texts/languages.ts';
import type { AskedFor, NewPasswordText, Texts } from './texts/texts.ts';
import type { DenialReason } from './reason.ts';

// One Reply-Message (RFC 2865 §5.18).
const MAX_OCTETS = 253;

/** Fills in `{name}`s; what is filled in is shown as it is. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
}

/** What the user reads in an Access-Challenge: at most 253 octets, but for the name of a number. */
export function question(notice: Notice, challenge: Open, language: string | undefined, number?: string): string {
  const texts = textsOf(language);
  const asked = questionOf(notice, challenge, texts, number);
  const words = otherWords(challenge);
  const whole = words === '' ? asked : `${asked} ${filled(texts.or, { words })}`;
  return Buffer.byteLength(whole) <= MAX_OCTETS ? whole : asked;
}

/** The question with the reason in front of it why nothing is offered that rings, where both fit. */
export function whilePaused(asked: string, language: string | undefined): string {
  const whole = `${textsOf(language).paused} ${asked}`;
  return Buffer.byteLength(whole) <= MAX_OCTETS ? whole : asked;
}

function questionOf(notice: Notice, challenge: Open, texts: Texts, number?: string): string {
  switch (notice) {
    case 'menu':
      return menuOf(challenge, texts);
    case 'replayed':
      return texts.replayed;
    case 'first':
    case 'sent':
    case 'approve':
      return asking(challenge, texts, number);
    case 'password-repeated':
    case 'empty':
    case 'wrong':
    case 'not-offered':
    case 'not-delivered':
    case 'approval-open':
    case 'approval-late':
      return `${texts.before[notice]} ${asking(challenge, texts, number)}`;
  }
}

function asking(challenge: Open, texts: Texts, number: string | undefined): string {
  switch (challenge.state) {
    case 'choosing':
      return menuOf(challenge, texts);
    case 'awaiting-passcode':
      return texts.enter[askedFor(challenge, challenge.current)];
    case 'awaiting-approval': {
      const hasOwn = challenge.offers.some(({ kind }) => kind === 'own');
      const approve = approvalOf(challenge.current, texts, number);
      return hasOwn ? `${approve} ${texts.orPasscode}` : approve;
    }
  }
}

function approvalOf(factor: Offer['factor'], { approve }: Texts, number: string | undefined): string {
  if (factor === 'call' || factor === 'sms') return approve[factor];
  return number === undefined ? approve.push : filled(approve.number, { number });
}

// What is not of the user's own has been sent.
function askedFor(challenge: Open, current: Offer['factor']): AskedFor {
  const offer = challenge.offers.find(({ factor }) => factor === current);
  return offer === undefined ? 'own' : nameOf(offer);
}

function nameOf({ factor, kind }: Offer): AskedFor {
  if (kind === 'own') return factor === 'codes' ? 'codes' : 'own';
  return factor === 'totp' || factor === 'hotp' || factor === 'codes' ? 'own' : factor;
}

function menuOf({ offers }: Open, { menu, menuNames }: Texts): string {
  const rows = offers.map((offer, index) => `${index + 1} ${menuNames[nameOf(offer)]}`);
  return `${menu} ${rows.join(', ')}`;
}

// The menu has numbers; elsewhere the other factors are words.
function otherWords(challenge: Open): string {
  if (challenge.state === 'choosing') return '';
  const { current } = challenge;
  return challenge.offers
    .filter(({ factor, kind }) => factor !== current && kind !== 'own')
    .map(({ factor }) => factor)
    .join(', ');
}

/** Asks for a new password, or for the same one again. */
export function newPasswordQuestion(notice: Exclude<NewPasswordText, 'ask'>, language: string | undefined): string {
  const { newPassword: texts } = textsOf(language);
  const isWhole = notice === 'expired' || notice === 'mustChange' || notice === 'again';
  return isWhole ? texts[notice] : `${texts[notice]} ${texts.ask}`;
}

/** Where to set up a second factor; and why, where it was reset and the words fit. */
export function enrolMessage(
  invitation: { readonly url: string; readonly code: string },
  language: string,
  resetReason: string | undefined,
): string {
  return afterReset(filled(textsOf(language).enrol, invitation), language, resetReason);
}

/** The same after the reason for a reset, in the administrator's words; without it where there is none or it does not fit. */
export function afterReset(message: string, language: string | undefined, resetReason: string | undefined): string {
  if (resetReason === undefined) return message;
  const whole = `${textsOf(language).reset} ${resetReason.replace(/[.\s]+$/, '')}. ${message}`;
  return Buffer.byteLength(whole) <= MAX_OCTETS ? whole : message;
}

/** The Reply-Message of a Reject, with the request id by which the help desk finds it in the log. */
export function denialMessage(reason: DenialReason, requestId: string, language?: string): string {
  return `${textsOf(language).denials[reason]} [${requestId}]`;
}
