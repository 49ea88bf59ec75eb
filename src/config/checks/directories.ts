import type { Finding, Path } from '../problem.ts';
import type { LdapPrimaryData, PrimaryData } from '../schema/index.ts';
import { didYouMean } from '../suggest.ts';
import type { Piece, Sound, Survey } from '../survey.ts';

/** Directories that would be asked in clear or as nobody, filters that are none, and doors whose directory is not there. */
export function checkDirectories(survey: Survey): Finding[] {
  return [...survey.primaries.values()].flatMap((piece) =>
    isLdap(piece) ? directoryFindings(piece) : referenceFindings(piece, survey),
  );
}

function isLdap(piece: Piece<PrimaryData>): piece is Piece<LdapPrimaryData> {
  return piece.data.type === 'ldap';
}

function directoryFindings({ path, data }: Piece<LdapPrimaryData>): Finding[] {
  return [...transportFindings(path, data), ...accountFindings(path, data), ...filterFindings(path, data)];
}

function transportFindings(path: Path, { urls = [], startTls, allowPlaintext }: Sound<LdapPrimaryData>): Finding[] {
  return urls.flatMap((url, index) => {
    const isTls = url.toLowerCase().startsWith('ldaps:');
    const here = [...path, 'urls', index];
    if (isTls && startTls === true) return [{ path: here, message: 'is under TLS already: `startTls` is for ldap://' }];
    if (isTls || startTls === true || allowPlaintext === true) return [];
    const message =
      'passwords would cross the network in clear: use ldaps://, or `startTls: true`; ' +
      'where it has to be so, say `allowPlaintext: true`';
    return [{ path: here, message }];
  });
}

function accountFindings(path: Path, data: Sound<LdapPrimaryData>): Finding[] {
  const { bindDn, bindPassword, directBind, sync } = data;
  if (bindDn !== undefined && bindPassword === undefined)
    return [
      { path: [...path, 'bindPassword'], message: 'is missing: without it the directory would be asked as nobody' },
    ];
  if (bindDn === undefined && bindPassword !== undefined)
    return [{ path: [...path, 'bindDn'], message: 'is missing: whose password is `bindPassword`?' }];
  if (bindDn !== undefined) return [];
  if (directBind === undefined)
    return [
      { path: [...path, 'bindDn'], message: 'is missing: users are looked up by an account, or `directBind` is set' },
    ];
  return sync === undefined
    ? []
    : [{ path: [...path, 'sync'], message: 'needs `bindDn`: an account that may read users' }];
}

function filterFindings(path: Path, { userFilter, groupFilter, sync }: Sound<LdapPrimaryData>): Finding[] {
  const written: [Path, string | undefined][] = [
    [[...path, 'userFilter'], userFilter],
    [[...path, 'groupFilter'], groupFilter],
    [[...path, 'sync', 'filter'], sync?.filter],
  ];
  return written.flatMap(([place, filter]) =>
    filter === undefined || isFilter(filter)
      ? []
      : [{ path: place, message: 'is no LDAP filter, such as (objectClass=person)' }],
  );
}

// RFC 4515 §3: each bracket holds a list of filters behind `&`, `|` or `!`, or one comparison without brackets.
const COMPARISON = /\([A-Za-z0-9.:;-]+[~<>]?=[^()]*\)/g;
const LIST = /\([&|](?:\u0000)*\)|\(!\u0000\)/g;
const MAX_DEPTH = 50;

function isFilter(text: string): boolean {
  let rest = text.trim().replaceAll('\0', '(').replace(COMPARISON, '\0');
  for (let depth = 0; depth < MAX_DEPTH && rest.length > 1; depth += 1)
    rest = rest.replace(/\s+/g, '').replace(LIST, '\0');
  return rest === '\0';
}

function referenceFindings({ path, data }: Piece<PrimaryData>, { primaries, primaryNames }: Survey): Finding[] {
  const name = 'directory' in data ? data.directory : undefined;
  if (name === undefined) return [];
  const place = [...path, 'directory'];
  const named = primaries.get(name);
  if (named === undefined) {
    if (primaryNames.includes(name)) return [];
    return [{ path: place, message: `"${name}" is no name under primaries${didYouMean(name, primaryNames)}` }];
  }
  if (!isLdap(named)) return [{ path: place, message: `"${name}" is no directory: its type is not ldap` }];
  if (named.data.bindDn !== undefined) return [];
  return [{ path: place, message: `"${name}" has no \`bindDn\`: it cannot look users up` }];
}
