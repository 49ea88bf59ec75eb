/** Days of the week, Monday first. */
export const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A day of the week. */
export type Day = (typeof days)[number];

/** Hours of the week as configured. */
export interface HoursOptions {
  /** The days on which the hours begin; all of them where it is missing. */
  readonly days?: readonly Day[] | undefined;
  /** `HH:MM`; the beginning of the day where it is missing. */
  readonly from?: string | undefined;
  /** `HH:MM`, not included; the end of the day where it is missing. Before `from`: on the next day. */
  readonly to?: string | undefined;
  /** IANA name. */
  readonly timeZone: string;
}

/** What a clock on the wall shows. */
export interface WallTime {
  readonly day: Day;
  /** Since midnight. */
  readonly minutes: number;
}

/** Tells what clocks of that zone show at a moment. */
export type WallClock = (nowMs: number) => WallTime;

const DAY_MINUTES = 1_440;
const MINUTE_MS = 60_000;

/** A clock of that zone. Throws `RangeError` for a zone that nobody knows. */
export function createWallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  // Asking the calendar costs more than a whole table of rules: once a minute is enough.
  let minute = Number.NaN;
  let shown: WallTime = { day: 'mon', minutes: 0 };
  return (nowMs) => {
    const now = minuteOf(nowMs);
    if (now === minute) return shown;
    const parts = new Map(format.formatToParts(now * MINUTE_MS).map(({ type, value }) => [type, value]));
    const day = days.find((name) => name === parts.get('weekday')?.toLowerCase());
    if (day === undefined) throw new Error('the calendar names no day');
    shown = { day, minutes: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
    minute = now;
    return shown;
  };
}

/** Tells whether a wall clock shows one of these hours. */
export function readHours({ days: begun = days, from, to }: HoursOptions): (time: WallTime) => boolean {
  const [first, last] = [from === undefined ? 0 : minutesOf(from), to === undefined ? DAY_MINUTES : minutesOf(to)];
  if (first < last) return ({ day, minutes }) => minutes >= first && minutes < last && begun.includes(day);
  // Over midnight: what began yesterday goes on.
  return ({ day, minutes }) =>
    (minutes >= first && begun.includes(day)) || (minutes < last && begun.includes(dayBefore(day)));
}

/** The minute that a moment lies in: wall clocks show the same for all of it. */
export function minuteOf(nowMs: number): number {
  return Math.floor(nowMs / MINUTE_MS);
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

function dayBefore(day: Day): Day {
  return days[(days.indexOf(day) + 6) % 7] ?? day;
}
