import {
  disconnectSession,
  errorCauseName,
  isSessionOf,
  SESSION_NOT_FOUND,
  type AccountingStore,
  type DisconnectReply,
  type DisconnectTarget,
  type LiveSession,
} from './accounting/index.ts';
import type { ClientConfig } from './config/index.ts';
import type { Clock } from './lib/clock.ts';
import { contains, parseAddress } from './lib/ip.ts';
import type { Random } from './lib/random.ts';

/** What sessions are ended with. */
export interface EndSessionsDeps {
  readonly config: { readonly clients: readonly ClientConfig[] };
  readonly storage: { readonly accounting: Pick<AccountingStore, 'sessions' | 'apply'> };
  readonly clock: Clock;
  readonly random: Random;
}

/** Which sessions are meant; all conditions hold together. */
export interface SessionChoice {
  readonly user: string;
  readonly client?: string | undefined;
  readonly session?: string | undefined;
  /** Only those at NAS that are asked unasked. */
  readonly onlyAutomatic?: boolean;
}

/** A session, and what its NAS said. */
export interface EndedSession {
  readonly session: LiveSession;
  /** In words. */
  readonly outcome: string;
  readonly hasEnded: boolean;
}

// A NAS can tell of as many sessions of one user as it likes: so many are asked for at once.
const AT_ONCE = 32;

/** The sessions that are meant, the newest first. */
export async function chosenSessions(
  { user, client, session: sessionId, onlyAutomatic = false }: SessionChoice,
  { config, storage }: EndSessionsDeps,
): Promise<LiveSession[]> {
  const sessions = await storage.accounting.sessions({ client, sessionId });
  const mayAsk = ({ client: name }: LiveSession): boolean =>
    !onlyAutomatic || clientNamed(name, config.clients)?.disconnect?.automatic === true;
  return sessions.filter((session) => isSessionOf(session, user) && mayAsk(session));
}

/** Asks the NAS of each session to end it, and forgets those that have ended. */
export async function endSessions(sessions: readonly LiveSession[], deps: EndSessionsDeps): Promise<EndedSession[]> {
  const ended: EndedSession[] = [];
  for (let from = 0; from < sessions.length; from += AT_ONCE) {
    const some = sessions.slice(from, from + AT_ONCE);
    ended.push(...(await Promise.all(some.map((session) => endSession(session, deps)))));
  }
  return ended;
}

/** Ends the sessions of a user who may log in no more, at the NAS that are set to it. */
export async function endAutomatically(user: string, deps: EndSessionsDeps): Promise<EndedSession[]> {
  return endSessions(await chosenSessions({ user, onlyAutomatic: true }, deps), deps);
}

async function endSession(session: LiveSession, deps: EndSessionsDeps): Promise<EndedSession> {
  const target = targetOf(session, deps.config.clients);
  if (typeof target === 'string') return { session, outcome: target, hasEnded: false };
  let reply: DisconnectReply;
  try {
    reply = await disconnectSession(session, target, deps);
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return { session, outcome: `not asked: ${code}`, hasEnded: false };
  }
  const { outcome, hasEnded } = inWords(reply);
  if (hasEnded) {
    const { client, nas, sessionId } = session;
    await deps.storage.accounting.apply({ session: { kind: 'stop', client, nas, sessionId } });
  }
  return { session, outcome, hasEnded };
}

// Where accounting came from is believed only as long as it is an address of the client.
function targetOf(
  { client: name, nasAddress }: LiveSession,
  clients: readonly ClientConfig[],
): DisconnectTarget | string {
  const client = clientNamed(name, clients);
  if (client === undefined) return 'not asked: there is no such client any more';
  const { disconnect } = client;
  if (disconnect === undefined) return 'not asked: the client has no `disconnect`';
  const octets = parseAddress(nasAddress);
  const isOfClient = octets !== undefined && client.address.some((prefix) => contains(prefix, octets));
  if (!isOfClient) return `not asked: ${nasAddress} is no address of the client any more`;
  return { address: nasAddress, port: disconnect.port, secret: disconnect.secret ?? client.secret };
}

function inWords(reply: DisconnectReply): Omit<EndedSession, 'session'> {
  switch (reply.kind) {
    case 'ack':
      return { outcome: 'ended', hasEnded: true };
    case 'nak':
      if (reply.cause === SESSION_NOT_FOUND) return { outcome: 'had ended already', hasEnded: true };
      return {
        outcome: `refused: ${reply.cause === undefined ? 'no Error-Cause' : errorCauseName(reply.cause)}`,
        hasEnded: false,
      };
    case 'no-answer':
      return { outcome: noAnswer(reply.ignored), hasEnded: false };
  }
}

function noAnswer(ignored: number): string {
  return ignored === 0 ? 'no answer' : 'no answer that is signed with the shared secret';
}

function clientNamed(name: string, clients: readonly ClientConfig[]): ClientConfig | undefined {
  return clients.find((client) => client.name === name);
}
