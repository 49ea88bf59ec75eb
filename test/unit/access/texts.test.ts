import { describe, expect, it } from 'vitest';

import { denialMessage, filled, question } from '../../../src/access/messages.ts';
import type { DenialReason } from '../../../src/access/reason.ts';
import { en } from '../../../src/access/texts/en.ts';
import { languages, textsOf } from '../../../src/access/texts/languages.ts';
import type { Texts } from '../../../src/access/texts/texts.ts';
import type { Notice, Offer, Open } from '../../../src/challenge/index.ts';

const MAX_OCTETS = 253;
const REQUEST_ID = 'XXXX-XXXX-XXXX';

const all: readonly Offer[] = [
  { factor: 'totp', kind: 'own' },
  { factor: 'sms', kind: 'sent' },
  { factor: 'email', kind: 'sent' },
  { factor: 'call', kind: 'approval' },
  { factor: 'push', kind: 'approval' },
];
const common = {
  ...{ attemptsLeft: 3, roundsLeft: 9, expiresAtMs: 0, mayAsk: true, holds: false, hasMenu: true, offers: all },
  wrongDigests: [],
} as const;
const challenges: readonly Open[] = [
  { ...common, state: 'choosing' },
  { ...common, offers: [{ factor: 'codes', kind: 'own' }], state: 'awaiting-passcode', current: 'codes' },
  ...all.map(({ factor }) => ({ ...common, state: 'awaiting-passcode', current: factor }) as const),
  ...(['push', 'call', 'sms'] as const).map(
    (factor) => ({ ...common, state: 'awaiting-approval', current: factor }) as const,
  ),
];
const notices: readonly Notice[] = [
  ...(['menu', 'first', 'sent', 'approve', 'replayed'] as const),
  ...(Object.keys(en.before) as (keyof Texts['before'])[]),
];
const questions = notices.flatMap((notice) => challenges.map((challenge) => ({ notice, challenge })));

describe.each([...languages.keys()])('the texts in %s', (language) => {
  const texts = textsOf(language);

  it('fill no question beyond one Reply-Message, the menu of everything included', () => {
    for (const { notice, challenge } of questions) {
      const asked = question(notice, challenge, language, '42');
      expect(Buffer.byteLength(asked), asked).toBeLessThanOrEqual(MAX_OCTETS);
      expect(asked).not.toMatch(/[{}]/);
    }
  });

  it('fill no refusal and no enrolment beyond one Reply-Message', () => {
    const url = `https://${'a'.repeat(80)}/enrol/ABCD-EFGH`;
    const told = Object.keys(en.denials).map((reason) => denialMessage(reason as DenialReason, REQUEST_ID, language));
    for (const text of [...told, filled(texts.enrol, { url, code: 'ABCD-EFGH' })]) {
      expect(Buffer.byteLength(text), text).toBeLessThanOrEqual(MAX_OCTETS);
    }
  });

  it('have the same places to fill in as the English ones', () => {
    expect(placesOf(texts)).toEqual(placesOf(en));
  });

  it('are of characters that every client can show', () => {
    for (const [, text] of sentencesOf(texts)) expect(text).toMatch(/^[ -~\xa0-\xff]+$/);
  });

  it('are not English by oversight', () => {
    const own = new Map(sentencesOf(texts));
    const same = sentencesOf(en).filter(([path, text]) => own.get(path) === text && text.includes(' '));
    expect(same.map(([path]) => path)).toEqual(language === 'en' ? sentencesWithSpaces(en) : []);
  });
});

describe('a language tag', () => {
  it('with a region is served by its language, and one that nobody translated by English', () => {
    expect(textsOf('de-AT')).toBe(textsOf('de'));
    expect(textsOf('pt-BR')).toBe(en);
    expect(textsOf(undefined)).toBe(en);
  });
});

function sentencesOf(texts: Texts): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]: [string, string | Record<string, string>]) =>
    typeof value === 'string'
      ? [[key, value] as [string, string]]
      : Object.entries(value).map(([inner, text]): [string, string] => [`${key}.${inner}`, text]),
  );
}

function sentencesWithSpaces(texts: Texts): string[] {
  return sentencesOf(texts).flatMap(([path, text]) => (text.includes(' ') ? [path] : []));
}

function placesOf(texts: Texts): Record<string, string[]> {
  const places = sentencesOf(texts).map(([path, text]) => [path, text.match(/\{\w+\}/g)?.toSorted() ?? []] as const);
  return Object.fromEntries(places.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
