import type { Finding } from '../problem.ts';
import { profileOf } from '../profiles/index.ts';
import { listOf } from '../schema/index.ts';
import type { ClientData, LdapPrimaryData, PrimaryData } from '../schema/index.ts';
import type { Piece, Sound, Survey } from '../survey.ts';

/** Waits that are longer than a NAS's patience. */
export function checkTimers(survey: Survey): Finding[] {
  return survey.clients.flatMap((client) => [...slowPrimaries(client, survey), ...slowRejects(client)]);
}

function slowPrimaries({ path, data }: Piece<ClientData>, { primaries }: Survey): Finding[] {
  const patienceSeconds = patienceOf(data);
  if (data.primary === undefined || patienceSeconds === undefined) return [];
  const asked = [...new Set(listOf(data.primary))].flatMap((name) => {
    const primary = primaries.get(name)?.data;
    const waits = primary === undefined ? undefined : longestWaits(primary);
    return waits === undefined ? [] : [{ name, ...waits }];
  });
  const seconds = asked.reduce((sum, { totalSeconds }) => sum + totalSeconds, 0);
  if (asked.length === 0 || seconds < patienceSeconds) return [];
  const how = asked.map(({ name, servers, waitsSeconds }) => {
    return `${name}: ${servers} ${servers === 1 ? 'server' : 'servers'} × (${waitsSeconds.map(round).join(' + ')} s)`;
  });
  const message =
    `the NAS waits ${patienceSeconds} s, but its primary may take ${round(seconds)} s (${how.join('; ')}): ` +
    "raise this, or lower the primary's timeoutSeconds or attempts";
  return [{ path: [...path, 'timeoutSeconds'], message }];
}

function slowRejects({ path, data }: Piece<ClientData>): Finding[] {
  const { rejectDelaySeconds = 0 } = data;
  const timeoutSeconds = patienceOf(data) ?? Infinity;
  if (rejectDelaySeconds < timeoutSeconds) return [];
  const message = `must be less than the ${timeoutSeconds} s the NAS waits`;
  return [{ path: [...path, 'rejectDelaySeconds'], message }];
}

// How long the NAS waits: as written, or as its profile has it.
function patienceOf({ timeoutSeconds, profile }: Sound<ClientData>): number | undefined {
  return timeoutSeconds ?? (profile && profileOf(profile).timeoutSeconds);
}

interface Waits {
  readonly servers: number;
  /** For one server, the longest of each transmission. */
  readonly waitsSeconds: readonly number[];
  /** Until all servers are given up. */
  readonly totalSeconds: number;
}

// RFC 5080 §2.2.1: each wait is twice the one before, plus or minus a tenth of it, up to MRT.
const JITTER = 0.1;
const MAX_WAIT_SECONDS = 16;

function longestWaits(primary: Sound<PrimaryData>): Waits | undefined {
  if (primary.type === 'ldap') return directoryWaits(primary);
  if (!('servers' in primary)) return undefined;
  const { servers, timeoutSeconds, attempts } = primary;
  if (servers === undefined || timeoutSeconds === undefined || attempts === undefined) return undefined;
  const longest = Math.max(MAX_WAIT_SECONDS, timeoutSeconds) * (1 + JITTER);
  const waitsSeconds = [timeoutSeconds * (1 + JITTER)];
  while (waitsSeconds.length < attempts)
    waitsSeconds.push(Math.min(longest, (waitsSeconds.at(-1) ?? 0) * (2 + JITTER)));
  const sum = waitsSeconds.reduce((total, seconds) => total + seconds, 0);
  return { servers: servers.length, waitsSeconds, totalSeconds: servers.length * sum };
}

// Each server may keep a login waiting once for the search and once for the bind.
function directoryWaits({ urls, timeoutSeconds }: Sound<LdapPrimaryData>): Waits | undefined {
  if (urls === undefined || timeoutSeconds === undefined) return undefined;
  const waitsSeconds = [timeoutSeconds, timeoutSeconds];
  return { servers: urls.length, waitsSeconds, totalSeconds: urls.length * 2 * timeoutSeconds };
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
