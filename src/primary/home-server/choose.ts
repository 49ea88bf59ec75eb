import type { Random } from '../../lib/random.ts';
import { isTrialDue, type Health } from './health.ts';

/** What the choice looks at. */
export interface Candidate {
  readonly health: Health;
  /** Questions open at it. */
  readonly openCount: number;
}

/** How to choose. */
export interface Choice<Server> {
  readonly strategy: 'fail-over' | 'load-balance';
  /** Servers that this question has been sent to. */
  readonly tried: ReadonlySet<Server> | undefined;
  readonly nowMs: number;
  readonly random: Random;
}

/**
 * The server to ask: a doubtful one whose trial is due, else an alive one by the strategy, else a zombie. When all are
 * dead and the question has been sent to nobody yet, the one that failed longest ago: it is the likeliest to be back.
 */
export function chooseServer<Server extends Candidate>(
  servers: readonly Server[],
  choice: Choice<Server>,
): Server | undefined {
  const { tried, nowMs } = choice;
  // One trial a question at most: its user waits for it.
  const onTrial = tried === undefined ? servers.find((server) => isTrialDue(server.health, nowMs)) : undefined;
  const server = onTrial ?? chooseAlive(servers, choice) ?? firstZombie(servers, tried);
  return server ?? (tried === undefined ? longestDead(servers) : undefined);
}

/** An alive server that the question has not been sent to, by the strategy. */
export function chooseAlive<Server extends Candidate>(
  servers: readonly Server[],
  choice: Choice<Server>,
): Server | undefined {
  const { strategy, tried, random } = choice;
  let best: Server | undefined;
  let ties = 1;
  for (const server of servers) {
    if (server.health.kind !== 'alive' || tried?.has(server)) continue;
    if (strategy === 'fail-over') return server;
    if (best === undefined || server.openCount < best.openCount) {
      best = server;
      ties = 1;
    } else if (server.openCount === best.openCount) {
      ties += 1;
      if (random.fraction() * ties < 1) best = server;
    }
  }
  return best;
}

function firstZombie<Server extends Candidate>(
  servers: readonly Server[],
  tried: ReadonlySet<Server> | undefined,
): Server | undefined {
  return servers.find((server) => server.health.kind === 'zombie' && !tried?.has(server));
}

function longestDead<Server extends Candidate>(servers: readonly Server[]): Server | undefined {
  let longest: Server | undefined;
  let failedMs = Infinity;
  for (const server of servers) {
    if (server.health.kind !== 'dead' || server.health.failedMs >= failedMs) continue;
    failedMs = server.health.failedMs;
    longest = server;
  }
  return longest;
}
