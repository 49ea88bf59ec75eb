/** What trying one thing outside the configuration gave. */
export interface ProbeReport {
  /** `home server`, `directory`, `gateway`, `listener`, `database`, `master key`. */
  readonly kind: string;
  /** Which one, in an operator's words. */
  readonly subject: string;
  readonly isGood: boolean;
  /** What was found and, where it is not good, what to do; one sentence without a full stop. */
  readonly message: string;
}
