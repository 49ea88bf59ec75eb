import type { Finding } from '../problem.ts';
import type { ClientData } from '../schema/index.ts';
import type { Piece, Survey } from '../survey.ts';
import { noSuchName } from './names.ts';

/** Accounting of clients that goes to nobody, or to what is no home server; and how a NAS cannot be asked to end sessions. */
export function checkAccounting(survey: Survey): Finding[] {
  return survey.clients.flatMap((client) => [...missingHomeServers(client, survey), ...disconnectInTls(client)]);
}

// A client of RadSec is asked over UDP as well (RFC 5176): for that it needs what those over UDP have.
function disconnectInTls({ path, data }: Piece<ClientData>): Finding[] {
  const { disconnect, certificate, psk, address } = data;
  if (disconnect === undefined || (certificate === undefined && psk === undefined)) return [];
  const why = 'is missing: a NAS is asked over UDP to end a session, not by its RadSec connection';
  return [
    ...(address === undefined ? [{ path: [...path, 'address'], message: why }] : []),
    ...(disconnect.secret === undefined ? [{ path: [...path, 'disconnect', 'secret'], message: why }] : []),
  ];
}

function missingHomeServers({ path, data }: Piece<ClientData>, { primaries, primaryNames }: Survey): Finding[] {
  const name = data.accounting;
  if (name === undefined || name === 'here') return [];
  const here = [...path, 'accounting'];
  if (!primaryNames.includes(name)) return [{ path: here, message: noSuchName(name, 'primaries', primaryNames) }];
  const primary = primaries.get(name)?.data;
  if (primary?.type === undefined || primary.type === 'radius') return [];
  return [{ path: here, message: `"${name}" has no home servers: name a primary of type radius, or write \`here\`` }];
}
