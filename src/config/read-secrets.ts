import type { Secret } from '../lib/secret.ts';
import { formatPath } from './problem.ts';
import type { Finding, Path } from './problem.ts';
import type { SecretInput } from './schema/index.ts';
import { readSecretValue } from './secrets.ts';
import type { Folders, GeneratedSecret, SecretResult, SecretSources } from './secrets.ts';
import type { Survey } from './survey.ts';

/** Every secret of a file, read. */
export interface SecretBook {
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly generated: readonly GeneratedSecret[];
  /** The secret of the key at this path. Throws where there is none: that was a problem. */
  secretAt(path: Path): Secret;
}

/** Reads the secrets of all sound clients and home servers. */
export function readSecrets(survey: Survey, sources: SecretSources, folders: Folders): SecretBook {
  const results = secretsIn(survey).map(({ path, input }) => ({
    path,
    result: readSecretValue(input, sources, folders),
  }));
  const byPath = new Map(results.map(({ path, result }) => [formatPath(path), result]));
  return {
    problems: results.flatMap(({ path, result }) => faults(path, result)),
    warnings: firstOfEach(results.flatMap(({ path, result }) => notes(path, result))),
    generated: results.flatMap(({ path, result }) => made(path, result)),
    secretAt(path) {
      const result = byPath.get(formatPath(path));
      if (result?.kind !== 'read') throw new Error(`no secret was read at ${formatPath(path)}`);
      return result.secret;
    },
  };
}

function secretsIn({ clients, primaries }: Survey): { readonly path: Path; readonly input: SecretInput }[] {
  const ofClients = clients.map(({ path, data }) => ({ path: [...path, 'secret'], input: data.secret }));
  const ofHomeServers = [...primaries.values()].flatMap(({ path, data }) => {
    if (data.type !== 'radius') return [];
    return data.servers.map(({ secret }, index) => ({ path: [...path, 'servers', index, 'secret'], input: secret }));
  });
  return [...ofClients, ...ofHomeServers];
}

function faults(path: Path, result: SecretResult): Finding[] {
  return result.kind === 'unreadable' ? [{ path, message: result.message }] : [];
}

function notes(path: Path, result: SecretResult): Finding[] {
  return result.kind === 'read' ? result.notes.map((message) => ({ path, message })) : [];
}

// Fifty clients in one open file are one thing to put right.
function firstOfEach(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ message }, index) => findings.findIndex((other) => other.message === message) === index);
}

function made(path: Path, result: SecretResult): GeneratedSecret[] {
  if (result.kind !== 'read' || result.generatedFile === undefined) return [];
  return [{ path: formatPath(path), file: result.generatedFile }];
}
