import type { UserFields } from '../storage/index.ts';
import { phoneProblem } from './phone.ts';

/** What is kept of a user besides name, password and PIN. */
export interface UserFieldArguments {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly language?: string | undefined;
  /** Factors with commas between them. */
  readonly preferred?: string | undefined;
}

/** The field options, for yargs' `options()`. */
export const userFieldOptions = {
  'first-name': { type: 'string', describe: 'First name', requiresArg: true },
  'last-name': { type: 'string', describe: 'Last name', requiresArg: true },
  email: { type: 'string', describe: 'E-mail address', requiresArg: true },
  phone: { type: 'string', describe: 'Phone number, with the country: +45 20 12 34 56 x890', requiresArg: true },
  language: { type: 'string', describe: 'Language of messages, as in de or pt-BR', requiresArg: true },
  preferred: { type: 'string', describe: 'Own order of factors: push,totp', requiresArg: true },
} as const;

const texts = ['firstName', 'lastName', 'email', 'phone', 'language'] as const;
const MAX_CHARACTERS = 256;

// Factors that a login can begin with.
const factors = ['totp', 'hotp', 'push', 'sms', 'call', 'email'];

/** The fields that were given; an empty text empties the field (`null`). */
export function userFields(args: UserFieldArguments): UserFields {
  const given = texts.flatMap((name) => {
    const value = args[name]?.trim();
    return value === undefined ? [] : [[name, value === '' ? null : value] as const];
  });
  const preferred = args.preferred === undefined ? undefined : listed(args.preferred);
  const order = preferred?.length === 0 ? null : preferred;
  return { ...Object.fromEntries(given), ...(order !== undefined && { preferred: order }) };
}

/** Why these fields cannot be kept, as a sentence; `undefined` when they can. */
export async function userFieldsProblem(args: UserFieldArguments): Promise<string | undefined> {
  for (const name of texts) {
    const value = args[name] ?? '';
    if (/\p{Cc}/u.test(value)) return `${option(name)} holds a control character.`;
    if (value.length > MAX_CHARACTERS) return `${option(name)} is longer than ${MAX_CHARACTERS} characters.`;
  }
  const language = args.language?.trim() ?? '';
  if (language !== '' && !isLanguage(language)) return '--language is no language tag, such as de or pt-BR.';
  const phone = args.phone?.trim() ?? '';
  return preferredProblem(listed(args.preferred ?? '')) ?? (phone === '' ? undefined : phoneProblem(phone));
}

function preferredProblem(preferred: readonly string[]): string | undefined {
  const isKnown = preferred.every((factor) => factors.includes(factor));
  if (!isKnown) return `--preferred names a factor that is none of ${factors.join(', ')}.`;
  return new Set(preferred).size === preferred.length ? undefined : '--preferred names a factor twice.';
}

function listed(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

function option(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
