import type { AccountingChange, LiveSession, SessionChange } from '../../accounting/index.ts';
import { packAttributes } from '../packed-attributes.ts';
import { Operation, type Field } from './operations.ts';

/** A session as it crosses to the writer: its attributes packed, in Base64. */
export type FlatSession = Omit<LiveSession, 'naming'> & { readonly naming: string };

/** A change as it crosses to the writer. */
export interface FlatChange {
  readonly session?: Exclude<SessionChange, { session: LiveSession }> | undefined;
  readonly seen?: FlatSession | undefined;
  readonly queued?:
    { readonly primary: string; readonly receivedAtMs: number; readonly attributes: string } | undefined;
  readonly answered?: readonly number[] | undefined;
}

// A NAS chooses these words; none that means anything is longer than an attribute.
const MAX_CHARACTERS = 253;

/** A change of sessions or of the queue, as operations cross to the writer. */
export function pushAccounting(fields: Field[], { session, queued, answered }: AccountingChange): void {
  const isSeen = session !== undefined && 'session' in session;
  const flat: FlatChange = {
    ...(isSeen ? { seen: flatten(session.session) } : { session }),
    queued: queued && { ...queued, attributes: packAttributes(queued.attributes).toString('base64') },
    answered,
  };
  fields.push(Operation.account, JSON.stringify(flat));
}

function flatten({ naming, ...session }: LiveSession): FlatSession {
  return {
    ...session,
    username: short(session.username),
    station: short(session.station),
    naming: packAttributes(naming).toString('base64'),
  };
}

// SQLite takes no half of a surrogate pair.
function short(text: string): string {
  return text.slice(0, MAX_CHARACTERS).toWellFormed();
}
