import type { PushProtocol } from '../factors/index.ts';
import type { Secret } from '../lib/secret.ts';

/** A user as the API shows them: nothing secret. */
export interface UserView {
  readonly name: string;
  readonly isEnabled: boolean;
  /** Wall time; 0: not locked. */
  readonly lockedUntilMs: number;
  /** Wrong answers since the last good one. */
  readonly failures: number;
  readonly createdAtMs: number;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly language?: string;
  /** Why they have to enrol again. */
  readonly resetReason?: string;
  readonly tokens: readonly TokenView[];
}

/** A token without its secret. */
export interface TokenView {
  readonly serial: string;
  readonly type: TokenType;
  /** `push` only. */
  readonly protocol?: PushProtocol;
  readonly state: 'active' | 'pending';
  readonly isEnabled: boolean;
  readonly createdAtMs: number;
}

/** Kinds of token. */
export type TokenType = 'totp' | 'hotp' | 'push';

/** Which token is wanted. */
export type TokenWish = { readonly type: 'totp' | 'hotp' } | { readonly type: 'push'; readonly protocol: PushProtocol };

/** What was taken from a user. */
export interface TakenAway {
  /** Serials. */
  readonly tokens: readonly string[];
  /** Backup codes, bypass codes and app passwords together. */
  readonly codes: number;
}

/** A code that stands in for the second factor once. */
export interface BypassCode {
  readonly code: Secret;
  readonly expiresAtMs: number;
}

/** What the help desk does for users. Names in any case; `undefined` everywhere: there is no such user. */
export interface UserAdministration {
  find(name: string): Promise<UserView | undefined>;
  /** Takes every token and code; the reason is shown until they have enrolled again. */
  reset(name: string, reason: string): Promise<TakenAway | undefined>;
  /** Takes what a lost phone may give away. */
  phoneLost(name: string): Promise<TakenAway | undefined>;
  bypass(name: string, options: { readonly reason: string; readonly seconds: number }): Promise<BypassCode | undefined>;
}

/** How a new token begins. */
export type BegunToken =
  /** It waits for its first proof. `uri` is what an app reads; it is the secret itself and is given once. */
  | { readonly kind: 'begun'; readonly serial: string; readonly uri: Secret }
  | { readonly kind: 'user-unknown' }
  /** This server has no such push protocol. */
  | { readonly kind: 'not-offered' };

/** What a first passcode is to a pending token. */
export type Activation =
  | { readonly kind: 'activated' }
  | { readonly kind: 'wrong'; readonly attemptsLeft: number }
  /** Wrong too often: the token is deleted. */
  | { readonly kind: 'used-up' }
  /** There is none of that serial, or it waits for no passcode. */
  | { readonly kind: 'not-pending' };

/** What the help desk does with tokens. */
export interface TokenAdministration {
  begin(user: string, wish: TokenWish): Promise<BegunToken>;
  activate(serial: string, passcode: string): Promise<Activation>;
  /** Whether there was one. */
  remove(serial: string): Promise<boolean>;
}

/** A user whom nobody lets in. */
export interface BlockView {
  readonly user: string;
  readonly reason: string;
  /** Who said so: an API key, an account, or `user` for a report from the phone. */
  readonly by: string;
  readonly fromMs: number;
  /** Wall time; 0: until somebody removes it. */
  readonly untilMs: number;
}

/** A login that needs no second factor for a while. */
export interface RememberedView {
  readonly user: string;
  readonly client: string;
  /** Calling-Station-Id. */
  readonly station: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** A session of somebody who was blocked, and what its NAS said. */
export interface EndedSessionView {
  /** Acct-Session-Id. */
  readonly session: string;
  readonly client: string;
  /** In words. */
  readonly outcome: string;
}

/** A block that was just made, and the sessions that were to end with it. */
export interface MadeBlockView extends BlockView {
  readonly sessions: readonly EndedSessionView[];
}

/** A time at which the second door decides alone while no primary can be asked. */
export interface OpeningView {
  /** `undefined`: every client. */
  readonly client: string | undefined;
  readonly reason: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Who is shut out, who is remembered, and what is open. Names in any case; `undefined`: there is no such user. */
export interface LimitAdministration {
  blocks(): Promise<readonly BlockView[]>;
  /**
   * In place of one there was. It ends the remembered logins of the user, and their sessions at the NAS that are set to it. `days` `undefined`: until
   * somebody removes it.
   */
  block(
    user: string,
    options: { readonly reason: string; readonly days: number | undefined; readonly by: string },
  ): Promise<MadeBlockView | undefined>;
  /** Whether there was one. */
  unblock(user: string): Promise<boolean>;
  remembered(): Promise<readonly RememberedView[]>;
  /** How many there were. */
  forget(user: string): Promise<number | undefined>;
  readonly openings: OpeningAdministration;
}

/** Lets the second door decide alone for a while, and ends it. */
export interface OpeningAdministration {
  list(): Promise<readonly OpeningView[]>;
  /** `undefined`: there is no client of that name. */
  open(opening: {
    readonly client: string | undefined;
    readonly reason: string;
    readonly minutes: number;
  }): Promise<OpeningView | undefined>;
  /** Every one; how many there were. */
  close(): Promise<number>;
}

/** A question that somebody's phone is asked at this moment. */
export interface OpenPrompt {
  readonly user: string;
  readonly client: string;
  readonly factor: 'push' | 'call';
  readonly sinceMs: number;
}
