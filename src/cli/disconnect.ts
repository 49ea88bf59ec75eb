import type { CommandModule } from 'yargs';
import { configOption, type ConfigArguments } from './configuration.ts';
import { chosenSessions, endSessions, type EndedSession } from '../end-sessions.ts';
import { handler, printTable, type CliIo, type Column, type ExitStatus } from './io.ts';
import { printable, printSafeJson } from './safe-text.ts';
import { withStore } from './store.ts';

export interface DisconnectArguments extends ConfigArguments {
  readonly user: string;
  readonly client?: string | undefined;
  readonly session?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** `disconnect USER`: asks the NAS to end the user's sessions; 0 when all of them have ended. */
export function disconnect(args: DisconnectArguments, io: CliIo): Promise<ExitStatus> {
  return withStore(args, io, async (context) => {
    const sessions = await chosenSessions(args, context);
    if (sessions.length === 0) {
      io.err(`No session of ${printable(args.user)} is known: the NAS has to send accounting.`);
      return 1;
    }
    const isAsked = args.dryRun !== true;
    const ended = isAsked ? await endSessions(sessions, context) : sessions.map(notAsked);
    const rows = ended.map(toRow);
    if (args.json === true) printSafeJson(io, rows);
    else await printTable(io, { columns, rows });
    return !isAsked || ended.every(({ hasEnded }) => hasEnded) ? 0 : 1;
  });
}

function notAsked(session: EndedSession['session']): EndedSession {
  return { session, outcome: 'not asked', hasEnded: false };
}

type Row = ReturnType<typeof toRow>;

const columns: readonly Column<Row>[] = [
  { heading: 'Client', key: 'client' },
  { heading: 'User', key: 'user' },
  { heading: 'Session', key: 'session' },
  { heading: 'Station', key: 'station' },
  { heading: 'Address', key: 'address' },
  { heading: 'NAS', key: 'nas' },
  { heading: 'Since (UTC)', key: 'since' },
  { heading: 'Outcome', key: 'outcome' },
];

function toRow({ session, outcome, hasEnded }: EndedSession) {
  return {
    client: session.client,
    user: printable(session.username),
    session: printable(session.sessionId),
    station: printable(session.station),
    address: session.framedAddress,
    nas: session.nasAddress,
    since: new Date(session.sinceMs).toISOString(),
    outcome,
    hasEnded,
  };
}

/** `sallyport disconnect`. */
export const command: CommandModule<object, DisconnectArguments> = {
  command: 'disconnect <user>',
  describe: 'Ask the NAS to end the sessions of a user',
  builder: (yargs) =>
    yargs
      .positional('user', { type: 'string', demandOption: true, describe: 'The user' })
      .options({
        client: { type: 'string', requiresArg: true, describe: 'Only at this client' },
        session: { type: 'string', requiresArg: true, describe: 'Only this Acct-Session-Id' },
        'dry-run': { type: 'boolean', describe: 'Show the sessions and end none' },
        json: { type: 'boolean', describe: 'Print JSON' },
        ...configOption,
      })
      .epilogue(
        'Sessions are known from accounting; the client needs `accounting` and `disconnect` in the configuration.\nExit status: 0 all have ended, 1 no session known or not all ended, 2 bad usage or configuration.',
      ),
  handler: handler(disconnect),
};
