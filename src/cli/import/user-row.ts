import type { UserFields } from '../../storage/index.ts';
import { userFields, userFieldsProblem } from '../user-fields.ts';
import { userGroups, userGroupsProblem } from '../user-groups.ts';
import { userNameProblem } from '../user-name.ts';
import { parseCsvLine } from './csv-line.ts';
import type { Delimiter } from './csv-line.ts';
import { readHeadingLine, usernameHeadings } from './named-columns.ts';
import type { Headings, NamedColumns } from './named-columns.ts';
import { FileProblem } from './problem.ts';

type UserColumn = 'username' | 'firstName' | 'lastName' | 'email' | 'phone' | 'language' | 'preferred' | 'groups';

/** How a file of users is to be read. */
export interface UserLayout extends NamedColumns<UserColumn> {
  readonly delimiter: Delimiter;
}

/** The user of a row, with the fields that its cells fill, or why there is none. */
export type UserRowResult =
  | { readonly kind: 'user'; readonly name: string; readonly fields: UserFields }
  | { readonly kind: 'bad'; readonly name: string; readonly reason: string };

// As directories and their exports write them.
const headings: Headings<UserColumn> = {
  username: usernameHeadings,
  firstName: ['firstname', 'givenname'],
  lastName: ['lastname', 'surname', 'sn', 'familyname'],
  email: ['email', 'mail', 'emailaddress'],
  phone: ['phone', 'mobile', 'mobilephone', 'phonenumber', 'telephone', 'telephonenumber'],
  language: ['language', 'preferredlanguage'],
  preferred: ['preferred', 'factors'],
  groups: ['groups', 'group'],
};

// Names of groups hold commas (CN=VPN,OU=Groups) more often than these.
const BETWEEN_GROUPS = ';';

/** Finds columns and delimiter in the heading line. Throws `FileProblem`. */
export function readUserHeadings(line: string): UserLayout {
  const best = readHeadingLine(headings, line).find(({ positions }) => positions.username !== undefined);
  if (best !== undefined) return best;
  throw new FileProblem(
    'the first line must name the columns: username (or upn); first name, last name, email, phone, language, preferred, groups',
  );
}

/** Reads one line below the headings. An empty cell says nothing of its field. */
export async function readUserRow(line: string, { delimiter, positions }: UserLayout): Promise<UserRowResult> {
  const parsed = parseCsvLine(line, delimiter);
  if (parsed.kind === 'broken') return { kind: 'bad', name: '', reason: parsed.problem };
  const cell = (column: UserColumn): string | undefined => {
    const text = parsed.cells[positions[column] ?? -1]?.trim();
    return text === '' ? undefined : text;
  };
  const name = (cell('username') ?? '').normalize('NFC');
  const texts = {
    firstName: cell('firstName'),
    lastName: cell('lastName'),
    email: cell('email'),
    phone: cell('phone'),
    language: cell('language'),
    preferred: cell('preferred'),
  };
  const group = cell('groups')?.split(BETWEEN_GROUPS);
  const problem = userNameProblem(name) ?? (await userFieldsProblem(texts)) ?? userGroupsProblem({ group });
  if (problem !== undefined) return { kind: 'bad', name, reason: withoutOption(problem) };
  return { kind: 'user', name, fields: { ...userFields(texts), ...userGroups({ group }) } };
}

// The sentences are those of the command line.
function withoutOption(problem: string): string {
  return problem.replace(/^--/, '').replace(/\.$/, '');
}
