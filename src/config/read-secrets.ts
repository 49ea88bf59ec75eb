import type { Secret } from '../lib/secret.ts';
import { formatPath } from './problem.ts';
import type { Finding, Path } from './problem.ts';
import { readAuthorities, type AuthoritiesResult } from './read-authorities.ts';
import type { SecretInput } from './schema/index.ts';
import { gatewaySchemas, ldapPrimarySchema } from './schema/index.ts';
import { authoritiesWithin, secretsWithin } from './secret-places.ts';
import type { SecretsOf, WrittenAuthorities, WrittenSecret } from './secret-places.ts';
import { readSecretValue } from './secrets.ts';
import type { Folders, GeneratedSecret, SecretResult, SecretSources } from './secrets.ts';
import type { Survey } from './survey.ts';

/** Every secret of a file, read. */
export interface SecretBook extends SecretsOf {
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly generated: readonly GeneratedSecret[];
  /** The secret of the key at this path. Throws where there is none: that was a problem. */
  readonly secretAt: (path: Path) => Secret;
  /** The certificates there, PEM; likewise. */
  readonly authoritiesAt: (path: Path) => string;
}

/** Reads the secrets of all sound clients, home servers, directories, gateways, phones and API keys. */
export function readSecrets(survey: Survey, sources: SecretSources, folders: Folders): SecretBook {
  const results = secretsIn(survey).map(({ path, input }) => ({
    path,
    result: readSecretValue(input, sources, folders),
  }));
  const authorities = authoritiesIn(survey).map(({ path, input }) => ({
    path,
    result: readAuthorities(input, sources, folders.base),
  }));
  const pems = new Map(authorities.map(({ path, result }) => [formatPath(path), result]));
  const byPath = new Map(results.map(({ path, result }) => [formatPath(path), result]));
  return {
    problems: [...results, ...authorities].flatMap(({ path, result }) => faults(path, result)),
    warnings: firstOfEach(results.flatMap(({ path, result }) => notes(path, result))),
    generated: results.flatMap(({ path, result }) => made(path, result)),
    secretAt(path) {
      const result = byPath.get(formatPath(path));
      if (result?.kind !== 'read') throw new Error(`no secret was read at ${formatPath(path)}`);
      return result.secret;
    },
    authoritiesAt(path) {
      const result = pems.get(formatPath(path));
      if (result?.kind !== 'authorities') throw new Error(`no certificates were read at ${formatPath(path)}`);
      return result.pem;
    },
  };
}

function secretsIn({ clients, primaries, gateways, apiKeys, ntfy, alertWebhook }: Survey): WrittenSecret[] {
  const ofClients = clients.flatMap(({ path, data }) => [
    ...written([...path, 'secret'], data.secret),
    ...written([...path, 'disconnect', 'secret'], data.disconnect?.secret),
    ...written([...path, 'psk', 'key'], data.psk?.key),
  ]);
  const ofHomeServers = [...primaries.values()].flatMap(({ path, data }) =>
    ('servers' in data ? (data.servers ?? []) : []).flatMap(({ secret, psk }, index) => [
      ...written([...path, 'servers', index, 'secret'], secret),
      ...written([...path, 'servers', index, 'psk', 'key'], psk?.key),
    ]),
  );
  const inSchemas = withSchemas({ primaries, gateways }).flatMap(({ schema, data, path }) =>
    secretsWithin(schema, data, path),
  );
  const ofApiKeys = apiKeys.flatMap(({ path, data }) => written([...path, 'secret'], data.secret));
  const ofNtfy = written([...ntfy.path, 'accessToken'], ntfy.data.accessToken);
  const ofAlerts =
    alertWebhook === undefined ? [] : written([...alertWebhook.path, 'secret'], alertWebhook.data.secret);
  return [...ofClients, ...ofHomeServers, ...inSchemas, ...ofApiKeys, ...ofNtfy, ...ofAlerts];
}

function authoritiesIn(survey: Survey): WrittenAuthorities[] {
  return withSchemas(survey).flatMap(({ schema, data, path }) => authoritiesWithin(schema, data, path));
}

function withSchemas({ primaries, gateways }: Pick<Survey, 'primaries' | 'gateways'>) {
  const directories = [...primaries.values()].flatMap(({ path, data }) =>
    data.type === 'ldap' ? [{ schema: ldapPrimarySchema, data, path }] : [],
  );
  const others = [...gateways.values()].flatMap(({ path, data }) => {
    const schema = gatewaySchemas.find(({ shape }) => shape.type.value === data.type);
    return schema === undefined ? [] : [{ schema, data, path }];
  });
  return [...directories, ...others];
}

function written(path: Path, input: SecretInput | undefined): WrittenSecret[] {
  return input === undefined ? [] : [{ path, input }];
}

function faults(path: Path, result: SecretResult | AuthoritiesResult): Finding[] {
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
