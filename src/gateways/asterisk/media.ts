import type { Phrase } from '../../factors/index.ts';

/** What Asterisk plays for a phrase; `language` is BCP 47. */
export type MediaOf = (phrase: Phrase, language: string) => string;

/**
 * A recording of the configuration; else the text by way of the administrator's own speech server, where there is one
 * (`{{text}}` and `{{language}}` stand in its address); else the sound file of that name under `sallyport/LANGUAGE`.
 * Passcodes are put together from Asterisk's own digits: no other server hears of them.
 */
export function createMediaOf(speech: string | undefined): MediaOf {
  return (phrase, language) => {
    if (phrase.recording !== undefined) return soundOf(phrase.recording);
    if (phrase.name === 'digits') return `digits:${phrase.text.replace(/\D/g, '')}`;
    if (speech !== undefined) return spoken(speech, phrase.text, language);
    return `sound:sallyport/${folderOf(language)}/${phrase.name ?? 'unknown'}`;
  };
}

/** `de` of `de-AT`: Asterisk's sounds lie in folders of that name. */
export function folderOf(language: string): string {
  return /^[a-z]{2,8}(?=-|$)/i.exec(language)?.[0].toLowerCase() ?? 'en';
}

function soundOf(recording: string): string {
  return /^(sound|recording|number|digits|characters|tone):/.test(recording) ? recording : `sound:${recording}`;
}

function spoken(speech: string, text: string, language: string): string {
  const values: Readonly<Record<string, string>> = { text, language };
  return speech.replace(/\{\{(text|language)\}\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}
