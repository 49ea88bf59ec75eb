import type { Finding } from '../problem.ts';
import type { ClientData } from '../schema/index.ts';
import type { Piece, Survey } from '../survey.ts';
import { noSuchName } from './names.ts';

/** Accounting of clients that goes to nobody, or to what is no home server. */
export function checkAccounting(survey: Survey): Finding[] {
  return survey.clients.flatMap((client) => missingHomeServers(client, survey));
}

function missingHomeServers({ path, data }: Piece<ClientData>, { primaries, primaryNames }: Survey): Finding[] {
  const name = data.accounting;
  if (name === undefined || name === 'here') return [];
  const here = [...path, 'accounting'];
  if (!primaryNames.includes(name)) return [{ path: here, message: noSuchName(name, 'primaries', primaryNames) }];
  const primary = primaries.get(name)?.data;
  if (primary?.type === 'radius' && primary.servers?.some(({ protocol }) => protocol === 'radsec') === true) {
    return [{ path: here, message: `"${name}" has home servers of RadSec, to which no accounting is relayed yet` }];
  }
  if (primary?.type === undefined || primary.type === 'radius') return [];
  return [{ path: here, message: `"${name}" has no home servers: name a primary of type radius, or write \`here\`` }];
}
