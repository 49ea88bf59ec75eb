import type { BlockView, EndedSessionView, LimitAdministration, OpeningView } from './console/index.ts';
import type { Clock } from './lib/clock.ts';
import { StorageError, type BlockRecord, type Storage } from './storage/index.ts';

/** What administration of limits works with. */
export interface LimitDeps {
  readonly clock: Clock;
  readonly storage: Pick<Storage, 'users' | 'blocks' | 'remembered' | 'openings'>;
  /** Names of the clients, asked each time: a reload changes them. */
  readonly clients: () => readonly string[];
  /** Asks the NAS that are set to it to end the sessions of a user. */
  readonly endSessions: (user: string) => Promise<readonly EndedSessionView[]>;
}

const DAY_MS = 86_400_000;

/** The console's administration of blocks, remembered logins and openings over the store. */
export function createLimitAdministration({ clock, storage, clients, endSessions }: LimitDeps): LimitAdministration {
  const { users, blocks, remembered, openings } = storage;
  return {
    blocks: async () => (await blocks.list()).map(blockView),
    async block(username, { reason, days, by }) {
      const untilMs = days === undefined ? 0 : clock.nowMs() + days * DAY_MS;
      try {
        const block = blockView(await blocks.add({ username, reason, by, untilMs }));
        return { ...block, sessions: await endSessions(block.user) };
      } catch (error) {
        if (error instanceof StorageError && error.code === 'user-unknown') return undefined;
        throw error;
      }
    },
    unblock: (username) => blocks.remove(username),
    async remembered() {
      return (await remembered.list()).map(({ username: user, client, station, createdAtMs, expiresAtMs }) => {
        const told = Buffer.from(station, 'latin1').toString('utf8');
        return { user, client, station: told, createdAtMs, expiresAtMs };
      });
    },
    async forget(name) {
      const user = await users.findUserRecord(name);
      return user && remembered.revoke(user.name);
    },
    openings: {
      list: async (): Promise<OpeningView[]> => openings.list(),
      async open(opening) {
        if (opening.client !== undefined && !clients().includes(opening.client)) return undefined;
        return openings.open(opening);
      },
      close: () => openings.close(undefined),
    },
  };
}

function blockView({ username: user, reason, by, fromMs, untilMs }: BlockRecord): BlockView {
  return { user, reason, by, fromMs, untilMs };
}
