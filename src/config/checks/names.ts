import { formatPath } from '../problem.ts';
import type { Finding, Path } from '../problem.ts';
import { listOf } from '../schema/index.ts';
import type { ClientData, PolicyData } from '../schema/index.ts';
import { didYouMean } from '../suggest.ts';
import type { Piece, Sound, Survey } from '../survey.ts';
import { repeatsOf } from './repeats.ts';

/** Names that are given twice, that nobody has, that stand in a list again; and a way in that no door closes. */
export function checkNames(survey: Survey): Finding[] {
  return [
    ...duplicateNames(survey),
    ...survey.clients.flatMap((client) => [
      ...missingPrimaries(client, survey),
      ...missingPolicy(client, survey),
      ...repeatedIn([...client.path, 'primary'], namesOf(client.data.primary)),
      ...noDoorAtAll(client, survey),
      ...passwordlessBesideOthers(client, survey),
    ]),
    ...[...survey.policies.values()].flatMap(({ path, data }) => repeatedIn([...path, 'factors'], data.factors ?? [])),
  ];
}

function duplicateNames({ clients, apiKeys }: Survey): Finding[] {
  return [...duplicatesAmong(clients), ...duplicatesAmong(apiKeys)];
}

function duplicatesAmong(pieces: readonly Piece<{ readonly name: string }>[]): Finding[] {
  const named = pieces.flatMap(({ path, data }) => (data.name === undefined ? [] : [{ path, name: data.name }]));
  return repeatsOf(named, ({ name }) => name).map(({ item, first }) => ({
    path: [...item.path, 'name'],
    message: `"${item.name}" is the name of ${formatPath(first.path)} already`,
  }));
}

function missingPrimaries({ path, data }: Piece<ClientData>, { primaryNames }: Survey): Finding[] {
  return namesOf(data.primary).flatMap((name, index) => {
    if (primaryNames.includes(name)) return [];
    const here = [...path, 'primary', ...(Array.isArray(data.primary) ? [index] : [])];
    return [{ path: here, message: noSuchName(name, 'primaries', primaryNames) }];
  });
}

function missingPolicy({ path, data }: Piece<ClientData>, { policies }: Survey): Finding[] {
  if (data.policy === undefined || policies.has(data.policy)) return [];
  return [{ path: [...path, 'policy'], message: noSuchName(data.policy, 'policies', [...policies.keys()]) }];
}

/** What is said of a name that stands under no section. */
export function noSuchName(name: string, section: string, names: readonly string[]): string {
  return `"${name}" is no name under ${section}${didYouMean(name, names)}`;
}

function repeatedIn(path: Path, names: readonly string[]): Finding[] {
  const numbered = names.map((name, index) => ({ name, index }));
  return repeatsOf(numbered, ({ name }) => name).map(({ item }) => ({
    path: [...path, item.index],
    message: 'stands in this list already',
  }));
}

function noDoorAtAll({ path, data }: Piece<ClientData>, { primaries, policies }: Survey): Finding[] {
  const isOpen = namesOf(data.primary).some((name) => isPasswordless(name, primaries));
  const policy = data.policy === undefined ? undefined : policies.get(data.policy)?.data;
  if (!isOpen || policy === undefined) return [];
  const why = doorlessBecause(policy) ?? doorlessByRule(policy, data.name);
  if (why === undefined) return [];
  const message = `anyone would be let in: its primary checks no password and policy "${data.policy ?? ''}" ${why}`;
  return [{ path, message }];
}

function doorlessBecause({ factors, unenrolled }: Sound<PolicyData>): string | undefined {
  if (factors?.length === 0) return 'asks for no factor';
  if (unenrolled === 'enrol') return 'lets anyone set up a factor (unenrolled: enrol)';
  return unenrolled === 'allow' ? 'lets in who has no token (unenrolled: allow)' : undefined;
}

// A rule that asks for more than the client's name is a choice, of which a warning speaks.
function doorlessByRule({ rules = [] }: Sound<PolicyData>, client: string | undefined): string | undefined {
  const open = rules.findIndex(({ then, when, except }) => {
    const { client: named, ...more } = when;
    const isHere = named === undefined || (client !== undefined && listOf(named).includes(client));
    return then === 'skip' && isHere && except === undefined && Object.keys(more).length === 0;
  });
  return open < 0 ? undefined : `asks nobody here for a factor (rules[${open}])`;
}

// Behind another primary it would open the first door while that one is down or busy; before one, nothing is asked.
function passwordlessBesideOthers({ path, data }: Piece<ClientData>, { primaries }: Survey): Finding[] {
  const names = namesOf(data.primary);
  if (names.length < 2) return [];
  return names.flatMap((name, index) => {
    if (!isPasswordless(name, primaries)) return [];
    const message = `"${name}" checks no password and cannot stand beside others; for when they are down there is \`unavailable\` in the policy`;
    return [{ path: [...path, 'primary', index], message }];
  });
}

function isPasswordless(name: string, primaries: Survey['primaries']): boolean {
  return primaries.get(name)?.data.type === 'none';
}

function namesOf(primary: string | string[] | undefined): string[] {
  return primary === undefined ? [] : listOf(primary);
}
