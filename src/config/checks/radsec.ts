import type { Finding, Path } from '../problem.ts';
import { listOf } from '../schema/index.ts';
import type { ClientData } from '../schema/index.ts';
import type { Piece, Survey } from '../survey.ts';
import { repeatsOf } from './repeats.ts';

/** RadSec: what belongs together, and what has to be there. */
export function checkRadsec(survey: Survey): Finding[] {
  return [
    ...listeners(survey),
    ...homeServers(survey),
    ...survey.clients.flatMap(emptyCertificate),
    ...unheardClients(survey),
    ...repeatedNames(survey),
  ];
}

const listenKeys = ['cert', 'key', 'clientCa'] as const;
const homeKeys = ['serverName', 'ca', 'cert', 'key', 'psk'] as const;
const onlyInTls = 'belongs to `protocol: radsec`';

function listeners({ server, clients }: Survey): Finding[] {
  const hasKeys = clients.some(({ data }) => data.psk !== undefined);
  const hasCertificates = clients.some(({ data }) => data.certificate !== undefined);
  return (server.listen ?? []).flatMap((listener, index) => {
    const path = ['server', 'listen', index];
    const written = listenKeys.filter((key) => listener[key] !== undefined);
    if (listener.protocol === 'udp') return written.map((key) => ({ path: [...path, key], message: onlyInTls }));
    if (written.length === 0 && hasKeys && !hasCertificates) return [];
    const missing = listenKeys.filter((key) => listener[key] === undefined);
    return missing.map((key) => ({ path: [...path, key], message: 'is missing' }));
  });
}

function homeServers({ primaries }: Survey): Finding[] {
  return [...primaries.values()].flatMap(({ path, data }) => {
    const servers = 'servers' in data ? (data.servers ?? []) : [];
    return servers.flatMap((home, index): Finding[] => {
      const place = [...path, 'servers', index];
      const written = homeKeys.filter((key) => home[key] !== undefined);
      if (home.protocol === 'udp') return written.map((key) => ({ path: [...place, key], message: onlyInTls }));
      return credentials(
        place,
        home.psk !== undefined,
        (['cert', 'key'] as const).filter((key) => !home[key]),
      );
    });
  });
}

function credentials(path: Path, hasPsk: boolean, missing: readonly string[]): Finding[] {
  if (!hasPsk) return missing.map((key) => ({ path: [...path, key], message: 'is missing' }));
  if (missing.length === 2) return [];
  return [{ path: [...path, 'psk'], message: 'is one way, `cert` and `key` are the other: only one of them' }];
}

function emptyCertificate({ path, data: { certificate, psk } }: Piece<ClientData>): Finding[] {
  if (certificate === undefined) return [];
  if (psk !== undefined) return [{ path: [...path, 'psk'], message: 'is one way, `certificate` the other: only one' }];
  if (Object.values(certificate).some((value) => value !== undefined)) return [];
  const message = 'needs one of dns, commonName, fingerprint: otherwise every certificate would be this client';
  return [{ path: [...path, 'certificate'], message }];
}

function unheardClients({ server, clients }: Survey): Finding[] {
  if (server.listen === undefined || server.listen.some(({ protocol }) => protocol === 'radsec')) return [];
  return clients.flatMap(({ path, data }) => {
    const key = data.certificate === undefined ? 'psk' : 'certificate';
    if (data[key] === undefined) return [];
    return [{ path: [...path, key], message: 'no listener of `server.listen` has `protocol: radsec`' }];
  });
}

// Which of two clients it is must not depend on their order by accident.
function repeatedNames({ clients }: Survey): Finding[] {
  const written = clients.flatMap((client) => namesOf(client).map((name) => ({ ...name, client })));
  return repeatsOf(written, ({ text }) => text).map(({ item, first }) => {
    const who = first.client.data.name === undefined ? 'another client' : `client "${first.client.data.name}"`;
    return { path: item.path, message: `belongs to ${first.client === item.client ? 'this client' : who} already` };
  });
}

function namesOf({ path, data: { certificate, psk, address } }: Piece<ClientData>): { path: Path; text: string }[] {
  const identity = psk === undefined ? [] : [{ path: [...path, 'psk', 'identity'], text: `psk ${psk.identity}` }];
  // What else has to fit may tell them apart.
  const kinds = Object.entries(certificate ?? {}).flatMap(([kind, value]) =>
    value === undefined ? [] : [{ kind, value }],
  );
  const [only] = kinds;
  if (kinds.length !== 1 || only === undefined || address !== undefined) return identity;
  const { kind, value } = only;
  const texts = listOf(value).map((text) => ({
    path: [...path, 'certificate', kind],
    text: `${kind} ${kind === 'commonName' ? text : text.replaceAll(':', '').toLowerCase()}`,
  }));
  return [...identity, ...texts];
}
