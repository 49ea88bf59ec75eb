import type { Storage } from '../../storage/index.ts';
import { printTable, type CliIo } from '../io.ts';
import { title } from './stage.ts';

/** Shows the events of the demo, and that nobody has changed them. */
export async function tellLog(io: CliIo, { events }: Pick<Storage, 'events'>): Promise<void> {
  title({ io }, 'What the authentication log says (sallyport report):');
  const rows = [];
  for await (const { atMs, username, verdict, reason, token = '' } of events.events({})) {
    rows.unshift({ time: new Date(atMs).toISOString(), username, verdict, reason, token });
  }
  const columns = (['time', 'username', 'verdict', 'reason', 'token'] as const).map((key) => ({ heading: key, key }));
  await printTable(io, { columns, rows });
  const chain = await events.verifyChain();
  io.out(
    chain.kind === 'intact'
      ? `The log is intact: ${chain.events} events, each bound to the one before.`
      : chain.problem,
  );
}
