import { formatPath } from '../problem.ts';
import type { Finding, Path } from '../problem.ts';
import { listOf } from '../schema/index.ts';
import type { ClientData } from '../schema/index.ts';
import { didYouMean } from '../suggest.ts';
import type { Piece, Survey } from '../survey.ts';
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
    ]),
    ...[...survey.policies.values()].flatMap(({ path, data }) => repeatedIn([...path, 'factors'], data.factors ?? [])),
  ];
}

function duplicateNames({ clients }: Survey): Finding[] {
  const named = clients.flatMap(({ path, data }) => (data.name === undefined ? [] : [{ path, name: data.name }]));
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

function noSuchName(name: string, section: string, names: readonly string[]): string {
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
  const isOpen = namesOf(data.primary).some((name) => primaries.get(name)?.data.type === 'none');
  const factors = data.policy === undefined ? undefined : policies.get(data.policy)?.data.factors;
  if (!isOpen || factors?.length !== 0) return [];
  const message = `anyone would be let in: its primary checks no password and policy "${data.policy ?? ''}" asks for no factor`;
  return [{ path, message }];
}

function namesOf(primary: string | string[] | undefined): string[] {
  return primary === undefined ? [] : listOf(primary);
}
