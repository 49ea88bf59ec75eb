import { endAutomatically } from '../end-sessions.ts';
import { printable } from './safe-text.ts';
import type { StoreContext } from './store.ts';

/** Ends the sessions of a user who may log in no more, at the NAS that are set to it; a line for each. */
export async function endedAutomatically(user: string, context: StoreContext): Promise<string[]> {
  const ended = await endAutomatically(user, context);
  return ended.map(
    ({ session, outcome }) => `Session ${printable(session.sessionId)} at client ${session.client}: ${outcome}.`,
  );
}
