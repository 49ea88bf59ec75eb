import type { Reason } from './reason.ts';

/** One line of the authentication log: one event a verdict. Text fields are absent where unknown or switched off. */
export interface AuditEvent {
  /** Unique: shown to the user of a Reject and in the log line. */
  readonly id: string;
  /** Wall time in milliseconds since 1970. */
  readonly atMs: number;
  /** `server.id` of the deciding server. */
  readonly server: string;
  readonly verdict: 'accept' | 'challenge' | 'reject';
  readonly reason: Reason;
  /** User-Name as text (charset of the client), as sent. */
  readonly username: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
  /** Serial of the token that was used or asked for. */
  readonly token?: string;
  /** Mode: the factor that decided or was asked. */
  readonly factor?: string;
  /** Name of the client in the configuration. */
  readonly client: string;
  /** Source address of the client. */
  readonly clientAddress: string;
  /** Address or number of the user's station (Calling-Station-Id). */
  readonly userAddress?: string;
  /** Name of the primary that decided the first door. */
  readonly primary?: string;
  /** True when the first door was passed only because `unavailable: allow`. */
  readonly primaryPassedUnavailable?: boolean;
  /** Who let it be passed: the policy, the client, or `sallyport unavailable allow` for a while. */
  readonly unavailableBy?: 'policy' | 'client' | 'command';
  /** The rule of the policy that decided, in one line; absent where the policy has none. */
  readonly rule?: string;
  /** Milliseconds from receipt to decision. */
  readonly durationMs: number;
}

/** A passcode to spend, and what the log is to say either way. */
export interface PasscodeClaim {
  readonly userId: number;
  readonly tokenId: number;
  readonly counter: number;
  readonly driftSteps: number;
  /** Recorded when the passcode was spent by this call. */
  readonly accepted: AuditEvent;
  /** Recorded when its counter had been spent already. */
  readonly replayed: AuditEvent;
  /** Recorded when the user is locked out. */
  readonly locked: AuditEvent;
}

/** A wrong answer to count. */
export interface FailureClaim {
  readonly userId: number;
  /** Failures at which the user is locked out. */
  readonly lockoutFailures: number;
  readonly lockoutSeconds: number;
  /** Recorded in the same transaction. */
  readonly event: AuditEvent;
  /** Recorded instead of `event` when this very failure locks the user out, or the user was locked already. */
  readonly locked: AuditEvent;
}

/** A login that is admitted by something that is not spent here: a push, an answer by message, an app password. */
export interface AdmissionClaim {
  readonly userId: number;
  /** The token that answered: no longer enabled and active, or of another user, it admits nobody. */
  readonly tokenId?: number;
  /** The number or mail address that was written to or called: no longer the user's, it admits nobody. */
  readonly sentTo?: string;
  /** The app password that was typed: revoked meanwhile, it admits nobody. */
  readonly codeId?: number;
  /** The remembered login that stands for the second factor: ended meanwhile, it admits nobody. */
  readonly rememberedId?: number;
  /** Whether an Accept forgets the failures of the user. */
  readonly resets: boolean;
  /** Recorded when the user is admitted. */
  readonly accepted: AuditEvent;
  /** Recorded when the user is locked out, disabled or gone, or what they used is. */
  readonly locked: AuditEvent;
}

/** A backup or bypass code to spend; resets the user's failures when it is. */
export interface CodeClaim {
  readonly userId: number;
  readonly codeId: number;
  /** Recorded when the code was spent by this call. */
  readonly accepted: AuditEvent;
  /** Recorded when it was spent, revoked or void already. */
  readonly replayed: AuditEvent;
  /** Recorded when the user is locked out, disabled or gone. */
  readonly locked: AuditEvent;
}

/** A user who is put on the block list at once, and whose remembered logins end: they have reported a fraud. */
export interface BlockClaim {
  readonly userId: number;
  /** A block that lasts longer stays as it is; 0: none. */
  readonly seconds: number;
  /** Recorded in the same transaction. */
  readonly event: AuditEvent;
}

/**
 * What must be durable before a verdict leaves. Every promise resolves only when its transaction is on disk and
 * rejects when it could not be written (then the verdict fails closed).
 */
export interface Ledger {
  /** Appends one event. */
  record(event: AuditEvent): Promise<void>;
  /** Spends a passcode and appends the fitting event, in one atomic step; resets the user's failures when `spent`. */
  spend(claim: PasscodeClaim): Promise<'spent' | 'replayed' | 'locked'>;
  /** Counts a wrong answer and appends the fitting event, in one atomic step. */
  fail(claim: FailureClaim): Promise<'counted' | 'locked'>;
  /** Appends the fitting event, in one atomic step with the look at the user. */
  admit(claim: AdmissionClaim): Promise<'admitted' | 'locked'>;
  /** Spends a backup or bypass code and appends the fitting event, in one atomic step; an app password is never spent. */
  spendCode(claim: CodeClaim): Promise<'spent' | 'replayed' | 'locked'>;
  /** Blocks the user and appends the event, in one atomic step. */
  block(claim: BlockClaim): Promise<void>;
}
