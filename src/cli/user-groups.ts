import type { Argv } from 'yargs';
import type { UserFields } from '../storage/index.ts';

/** The groups that are given to a user. */
export interface UserGroupArguments {
  readonly group?: readonly string[] | undefined;
  /** `false`: the user is taken out of every group. */
  readonly groups?: boolean | undefined;
}

/** The options, for yargs' `options()`; the command needs `withRepeatedOptions` too. */
export const userGroupOptions = {
  group: { type: 'string', array: true, nargs: 1, describe: 'A group of the user, once for each; replaces the others' },
  groups: { type: 'boolean', describe: '--no-groups takes the user out of every group' },
} as const;

const MAX_CHARACTERS = 256;
const MAX_GROUPS = 200;

/** The groups to keep, `{}` where none are meant. */
export function userGroups({ group, groups }: UserGroupArguments): Pick<UserFields, 'groups'> {
  if (groups === false) return { groups: null };
  return group === undefined ? {} : { groups: [...new Set(named(group))] };
}

/** Why these groups cannot be kept, as a sentence; `undefined` when they can. */
export function userGroupsProblem({ group = [], groups }: UserGroupArguments): string | undefined {
  if (groups === true) return 'Which group? --group NAME, once for each.';
  if (groups === false && group.length > 0) return '--group and --no-groups cannot both be meant.';
  if (group.length > MAX_GROUPS) return `There are more than ${MAX_GROUPS} groups.`;
  const names = named(group);
  if (names.includes('')) return '--group is empty; --no-groups takes the user out of every group.';
  if (names.some((name) => /[\p{Cc}\p{Cs}]/u.test(name))) return '--group holds a control character.';
  const isLong = names.some((name) => name.length > MAX_CHARACTERS);
  return isLong ? `--group is longer than ${MAX_CHARACTERS} characters.` : undefined;
}

/** Lets `--group` be given several times; of every other option given twice the last counts, as everywhere. */
export function withRepeatedOptions<Arguments>(yargs: Argv<Arguments>): Argv<Arguments> {
  return yargs.parserConfiguration({ 'duplicate-arguments-array': true }).middleware((args) => {
    for (const [key, value] of Object.entries(args)) {
      if (key !== 'group' && key !== '_' && Array.isArray(value))
        Object.assign(args, { [key]: value.at(-1) as unknown });
    }
  }, true);
}

function named(groups: readonly string[]): string[] {
  return groups.map((name) => name.trim().normalize('NFC'));
}
