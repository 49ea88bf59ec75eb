import type { Clock } from '../../lib/clock.ts';
import type { DirectoryTools, ServerTrial } from '../directory-tools.ts';
import type { Controller } from './controller.ts';
import { LdapDirectory, type LdapDeps, type LdapOptions } from './directory.ts';
import { DirectoryError } from './error.ts';
import { listPeople } from './list.ts';
import { synchronise } from './sync.ts';

/** See `openDirectory`. */
export function createDirectoryTools(options: LdapOptions, deps: LdapDeps): DirectoryTools {
  const directory = new LdapDirectory({ ...options, cacheSeconds: 0 }, deps);
  const { sync } = options;
  return {
    find: (name) => directory.find(name),
    trials: () => Promise.all(directory.controllers().map((controller) => tryOne(directory, controller, deps.clock))),
    synchronise(store, { isDryRun, isForced, progress }) {
      if (sync === undefined)
        return Promise.reject(new DirectoryError('refused', 'it has no `sync` in the configuration'));
      const maxRemovals = isForced ? Infinity : sync.maxRemovals;
      const pages = listPeople(directory, sync, deps.readPhone);
      return synchronise(pages, store, { source: options.name, maxRemovals, isDryRun, progress });
    },
    close: () => directory.stop(),
  };
}

async function tryOne(directory: LdapDirectory, controller: Controller, clock: Clock): Promise<ServerTrial> {
  const startMs = clock.monotonicMs();
  const server = controller.name;
  try {
    await (directory.isSearchable ? directory.probe(controller) : controller.connectOnce());
    return { server, tookMs: clock.monotonicMs() - startMs };
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return { server, tookMs: clock.monotonicMs() - startMs, problem: error.message };
  } finally {
    controller.stop();
  }
}
