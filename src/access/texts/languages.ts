import { da } from './da.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { nl } from './nl.ts';
import type { Texts } from './texts.ts';

/** Every language users can be addressed in, by its code of ISO 639-1. A new one is a file and a row. */
export const languages: ReadonlyMap<string, Texts> = new Map([
  ['en', en],
  ['da', da],
  ['de', de],
  ['es', es],
  ['fr', fr],
  ['nl', nl],
]);

/** The texts of a language tag (BCP 47); English where there are none. */
export function textsOf(language: string | undefined): Texts {
  const code = language?.split('-')[0]?.toLowerCase() ?? 'en';
  return languages.get(code) ?? en;
}
