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

/** A question that somebody's phone is asked at this moment. */
export interface OpenPrompt {
  readonly user: string;
  readonly client: string;
  readonly factor: 'push' | 'call';
  readonly sinceMs: number;
}
