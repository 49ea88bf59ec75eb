import { resolve } from 'node:path';
import { systemClock } from '../lib/clock.ts';
import { readTlsFiles, type TlsFileRole, type TlsFiles } from '../lib/tls-files.ts';
import type { Finding, Path } from './problem.ts';
import type { Survey } from './survey.ts';

/** What the files of certificates and keys gave. */
export interface TlsFindings {
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** The files of a listener, absolute. */
export function listenFiles(
  {
    cert,
    key,
    clientCa,
  }: { readonly cert?: string | undefined; readonly key?: string | undefined; readonly clientCa?: string | undefined },
  base: string,
): TlsFiles {
  return { cert: absolute(cert, base), key: absolute(key, base), ca: absolute(clientCa, base) };
}

/** The files of a home server, absolute. */
export function homeFiles({ cert, key, ca }: TlsFiles, base: string): TlsFiles {
  return { cert: absolute(cert, base), key: absolute(key, base), ca: absolute(ca, base) };
}

/** Reads the files of all sound RadSec listeners and home servers: each must be there, fit, and not have expired. */
export function inspectTls(survey: Survey, base: string, nowMs = systemClock.nowMs()): TlsFindings {
  const faults = [...listeners(survey, base), ...homeServers(survey, base)].flatMap(({ path, files, caKey }) =>
    readTlsFiles(files, nowMs).faults.map(({ role, message, isWarning }) => ({
      finding: { path: [...path, keyOf(role, caKey)], message },
      isWarning,
    })),
  );
  return {
    problems: faults.filter(({ isWarning }) => !isWarning).map(({ finding }) => finding),
    warnings: faults.filter(({ isWarning }) => isWarning).map(({ finding }) => finding),
  };
}

interface Place {
  readonly path: Path;
  readonly files: TlsFiles;
  /** How the file of authorities is called there. */
  readonly caKey: 'clientCa' | 'ca';
}

function listeners({ server }: Survey, base: string): Place[] {
  return (server.listen ?? []).flatMap((listener, index): Place[] => {
    if (listener.protocol !== 'radsec') return [];
    return [{ path: ['server', 'listen', index], files: listenFiles(listener, base), caKey: 'clientCa' }];
  });
}

function homeServers({ primaries }: Survey, base: string): Place[] {
  return [...primaries.values()].flatMap(({ path, data }) => {
    const servers = 'servers' in data ? (data.servers ?? []) : [];
    return servers.flatMap((home, index): Place[] => {
      if (home.protocol !== 'radsec') return [];
      return [{ path: [...path, 'servers', index], files: homeFiles(home, base), caKey: 'ca' }];
    });
  });
}

function keyOf(role: TlsFileRole, caKey: string): string {
  return role === 'ca' ? caKey : role;
}

function absolute(file: string | undefined, base: string): string | undefined {
  return file === undefined ? undefined : resolve(base, file);
}
