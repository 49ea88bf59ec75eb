/**
 * What is known of a home server.
 *
 * | state  | event                                                             | next   |
 * |--------|-------------------------------------------------------------------|--------|
 * | alive  | unanswered for `zombieAfterMs` while asked                        | zombie |
 * | zombie | unanswered for `deadAfterMs` while asked                          | dead   |
 * | zombie | an answer, or three answers to Status-Server in a row             | alive  |
 * | dead   | an answer, or three answers to Status-Server in a row             | alive  |
 *
 * Silence begins with the first transmission that was not answered, and ends with any authentic answer to a login.
 * Others are preferred to a zombie; a dead one is not asked at all while another is there. Both are asked by Status-Server,
 * and from time to time by one login on trial: many servers do not answer Status-Server.
 */
export type Health =
  | { readonly kind: 'alive'; readonly silentSinceMs: number | undefined }
  | (Doubtful & { readonly kind: 'zombie'; readonly silentSinceMs: number })
  | (Doubtful & {
      readonly kind: 'dead';
      /** When it last failed a login. */
      readonly failedMs: number;
    });

interface Doubtful {
  /** Answers to Status-Server in a row. */
  readonly statusAnswers: number;
  /** From then on one login may be sent to it although others are alive. */
  readonly trialMs: number;
}

/** What can be learnt of a home server. */
export type HealthEvent =
  /** An authentic reply to a login. */
  | { readonly kind: 'answered' }
  /** An authentic reply to a Status-Server. */
  | { readonly kind: 'status-answered' }
  /** A transmission of a login was not answered; nothing else was, since then. */
  | { readonly kind: 'unanswered'; readonly sinceMs: number }
  | { readonly kind: 'status-unanswered' };

/** Periods in milliseconds; the first two are counted from the beginning of the silence. */
export interface HealthLimits {
  /** Also the time between two logins on trial at a zombie. */
  readonly zombieAfterMs: number;
  readonly deadAfterMs: number;
  /** Between two logins on trial at a dead server. */
  readonly asideMs: number;
}

/** A server of which nothing bad is known. */
export const HEALTHY: Health = { kind: 'alive', silentSinceMs: undefined };

/** Fewer make a server flap that is up but cannot work; FreeRADIUS recommends three, too (`num_answers_to_alive`). */
export const STATUS_ANSWERS_TO_REVIVE = 3;

/** What is known after the event. */
export function nextHealth(health: Health, event: HealthEvent, nowMs: number, limits: HealthLimits): Health {
  switch (event.kind) {
    case 'answered':
      return HEALTHY;
    case 'status-answered':
      return statusAnswered(health);
    case 'unanswered':
      return unanswered(health, event.sinceMs, nowMs, limits);
    case 'status-unanswered':
      return statusUnanswered(health, nowMs, limits);
  }
}

/** A doubtful server is being asked by a login: the next trial has to wait. */
export function onTrial(health: Health, nowMs: number, limits: HealthLimits): Health {
  switch (health.kind) {
    case 'alive':
      return health;
    case 'zombie':
      return { ...health, trialMs: nowMs + limits.zombieAfterMs };
    case 'dead':
      return { ...health, trialMs: nowMs + limits.asideMs };
  }
}

/** Whether a login may be sent to a doubtful server although others are alive. */
export function isTrialDue(health: Health, nowMs: number): boolean {
  return health.kind !== 'alive' && health.trialMs <= nowMs;
}

function statusAnswered(health: Health): Health {
  if (health.kind === 'alive') return health;
  const statusAnswers = health.statusAnswers + 1;
  return statusAnswers >= STATUS_ANSWERS_TO_REVIVE ? HEALTHY : { ...health, statusAnswers };
}

function statusUnanswered(health: Health, nowMs: number, limits: HealthLimits): Health {
  switch (health.kind) {
    case 'alive':
      return health;
    case 'zombie':
      return silentZombie({ ...health, statusAnswers: 0 }, nowMs, limits);
    case 'dead':
      return { ...health, statusAnswers: 0 };
  }
}

function unanswered(health: Health, sinceMs: number, nowMs: number, limits: HealthLimits): Health {
  switch (health.kind) {
    case 'alive':
      return silentAlive(health.silentSinceMs ?? sinceMs, nowMs, limits);
    case 'zombie':
      return silentZombie(health, nowMs, limits);
    case 'dead':
      return { ...health, failedMs: nowMs };
  }
}

function silentAlive(silentSinceMs: number, nowMs: number, { zombieAfterMs }: HealthLimits): Health {
  if (nowMs - silentSinceMs < zombieAfterMs) return { kind: 'alive', silentSinceMs };
  return { kind: 'zombie', silentSinceMs, statusAnswers: 0, trialMs: nowMs + zombieAfterMs };
}

// One that answers Status-Server is not dead, even if logins go unanswered: whatever it asks in turn may be slow.
function silentZombie(health: Health & { kind: 'zombie' }, nowMs: number, limits: HealthLimits): Health {
  if (health.statusAnswers > 0 || nowMs - health.silentSinceMs < limits.deadAfterMs) return health;
  return { kind: 'dead', failedMs: nowMs, statusAnswers: 0, trialMs: nowMs + limits.asideMs };
}
