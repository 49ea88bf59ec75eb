/** What each login of a load does. */
export type LoadKind =
  /** A password, answered by Access-Accept. */
  | 'password'
  /** A password, answered by Access-Challenge; then the user's passcode, answered by Access-Accept. */
  | 'password-and-passcode'
  /** The same by counter (HOTP): each user logs in as often as there is time, one login after the other. */
  | 'password-and-counter'
  /** A password, answered by Access-Challenge that nobody answers. */
  | 'left-pending';

/** Whether a passcode is asked for and answered. */
export function isAnswered(kind: LoadKind): boolean {
  return kind === 'password-and-passcode' || kind === 'password-and-counter';
}

/** One load on one server: a closed loop with a constant number of logins under way. */
export interface LoadPlan {
  readonly kind: LoadKind;
  readonly port: number;
  readonly sharedSecret: string;
  readonly password: string;
  /** Of the users' token secrets. */
  readonly seed: string;
  /** Logins take the users `firstUser` … `firstUser + users - 1` in turn. */
  readonly firstUser: number;
  readonly users: number;
  /** Logins under way at any time; by counter: a divisor of `users`. */
  readonly outstanding: number;
  /** Source ports. */
  readonly sockets: number;
  /** At the start, driven but not measured. */
  readonly warmUpSeconds: number;
  /** The measured window; it ends earlier when `maxLogins` are done. */
  readonly seconds: number;
  /** Most logins to prepare, warm-up included. */
  readonly maxLogins: number;
  /** Processes whose CPU time is read at both ends of the window, by name. */
  readonly processes: Readonly<Record<string, number>>;
}

/** What one window gave. */
export interface LoadFigures {
  /** Logins finished inside the window. */
  readonly logins: number;
  readonly seconds: number;
  readonly loginsPerSecond: number;
  /** From the first octet of a login to its last. */
  readonly loginMs: Spread;
  /** Of the last packet of each login alone (the passcode's, where there is one). */
  readonly answerMs: Spread;
  /** CPU time per login, by process; `generator` is the load generator itself. */
  readonly cpuMicrosPerLogin: Readonly<Record<string, number>>;
  readonly retransmissions: number;
  /** Logins without an answer after all retransmissions. */
  readonly lost: number;
  /** Replies with a wrong Response Authenticator. */
  readonly falseReplies: number;
  /** Logins answered by another code than expected. */
  readonly unexpected: number;
}

/** Percentiles in milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** What one reply of a server looks like, checked in full. */
export interface ProbeFigures {
  readonly code: number;
  readonly isAuthentic: boolean;
  readonly hasMessageAuthenticator: boolean;
}

/** From the benchmark to its generator process. */
export type GeneratorOrder =
  { readonly kind: 'load'; readonly plan: LoadPlan } | { readonly kind: 'probe'; readonly plan: LoadPlan };

/** And back. */
export type GeneratorAnswer =
  | { readonly kind: 'load'; readonly figures: LoadFigures }
  | { readonly kind: 'probe'; readonly figures: ProbeFigures }
  | { readonly kind: 'failed'; readonly problem: string };
