import type { UserFields } from '../storage/index.ts';

/** What is kept of a user besides name and password. */
export interface UserFieldArguments {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly email?: string | undefined;
  readonly phone?: string | undefined;
  readonly language?: string | undefined;
}

/** The field options, for yargs' `options()`. */
export const userFieldOptions = {
  'first-name': { type: 'string', describe: 'First name', requiresArg: true },
  'last-name': { type: 'string', describe: 'Last name', requiresArg: true },
  email: { type: 'string', describe: 'E-mail address', requiresArg: true },
  phone: { type: 'string', describe: 'Phone number, with the country: +49 …', requiresArg: true },
  language: { type: 'string', describe: 'Language of messages, as in de or pt-BR', requiresArg: true },
} as const;

const names = ['firstName', 'lastName', 'email', 'phone', 'language'] as const;
const MAX_CHARACTERS = 256;

/** The fields that were given; an empty text empties the field (`null`). */
export function userFields(args: UserFieldArguments): UserFields {
  const given = names.flatMap((name) => {
    const value = args[name]?.trim();
    return value === undefined ? [] : [[name, value === '' ? null : value] as const];
  });
  return Object.fromEntries(given);
}

/** Why these fields cannot be kept, as a sentence; `undefined` when they can. */
export function userFieldsProblem(args: UserFieldArguments): string | undefined {
  for (const name of names) {
    const value = args[name] ?? '';
    if (/\p{Cc}/u.test(value)) return `${option(name)} holds a control character.`;
    if (value.length > MAX_CHARACTERS) return `${option(name)} is longer than ${MAX_CHARACTERS} characters.`;
  }
  const language = args.language?.trim() ?? '';
  return language === '' || isLanguage(language) ? undefined : '--language is no language tag, such as de or pt-BR.';
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
