import type { Clock, Timer } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';

/** A time at which the second door may decide alone, as an administrator has opened it. */
export interface Opening {
  readonly id: number;
  /** `undefined`: for every client. */
  readonly client: string | undefined;
  readonly reason: string;
  /** Wall time. */
  readonly fromMs: number;
  /** Wall time. */
  readonly untilMs: number;
}

/** Where openings are kept: synchronous point reads. */
export interface Openings {
  /** Every opening that is written down, over or not; at most a few. Throws when the store is broken. */
  all(): readonly Opening[];
}

/** The longest that an opening lasts, whatever stands in the store. */
export const MAX_OPENING_MS = 240 * 60_000;

/** Tells whether the first door may be passed while no primary can be asked, because somebody said so for a while. */
export interface OpeningWatch {
  /** The opening in force for that client. */
  openFor(client: string): Opening | undefined;
  /** How many are in force. */
  count(): number;
  /** Looks every few seconds, so that what opens and ends is logged. */
  start(): void;
  stop(): void;
}

const LOOK_MS = 5_000;

/**
 * A watch over those openings. Each ends by the wall clock, and by the monotonic one too: a wall clock that is set back prolongs
 * nothing that this server has seen, and one that has not begun yet is closed.
 */
export function createOpeningWatch(
  openings: Openings,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): OpeningWatch {
  const endsAt = new Map<number, number>();
  let present: readonly Opening[] = [];
  let timer: Timer | undefined;

  function look(): readonly Opening[] {
    const written = openings.all();
    const open = written.filter((opening) => isOpen(opening));
    for (const opening of open) {
      if (!present.some(({ id }) => id === opening.id)) logger.warn(logged(opening), 'unavailable: allow was opened');
    }
    for (const opening of present) {
      if (!open.some(({ id }) => id === opening.id)) logger.warn(logged(opening), 'unavailable: allow has ended');
    }
    for (const id of endsAt.keys()) if (!written.some((opening) => opening.id === id)) endsAt.delete(id);
    present = open;
    return open;
  }

  function isOpen({ id, fromMs, untilMs }: Opening): boolean {
    const nowMs = clock.nowMs();
    if (fromMs > nowMs || untilMs <= nowMs || untilMs - fromMs > MAX_OPENING_MS) return false;
    const ends = endsAt.get(id) ?? clock.monotonicMs() + untilMs - nowMs;
    endsAt.set(id, ends);
    return clock.monotonicMs() < ends;
  }

  function again(): void {
    timer = clock.setTimer(LOOK_MS, () => {
      try {
        look();
      } catch (error) {
        logger.error({ err: error }, 'the openings of the first door could not be read');
      }
      again();
    });
  }

  return {
    openFor: (client) => look().find((opening) => opening.client === undefined || opening.client === client),
    count: () => look().length,
    start: again,
    stop: () => timer?.cancel(),
  };
}

function logged({ client, reason, untilMs }: Opening) {
  return { client: client ?? 'every client', reason, until: new Date(untilMs).toISOString() };
}
