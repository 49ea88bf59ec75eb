import type { Attribute, ClearAttribute } from '../radius/index.ts';

/** What the user gave at the first door. Octets: nobody has decoded them. */
export type Credentials =
  | { readonly kind: 'pap'; readonly password: Buffer }
  /** No password attribute at all (RD Gateway). */
  | { readonly kind: 'none' };

/** One question to the first door. */
export interface PrimaryRequest {
  /** User-Name as it was sent. */
  readonly username: Buffer;
  /** The name as text, by the client's charset (for the local store). */
  readonly usernameText: string;
  readonly credentials: Credentials;
  /** The client's attributes as received, for a relay: the home server gets those that concern it. */
  readonly attributes: readonly Attribute[];
  /** For logs. */
  readonly requestId: string;
  /** When this answers a home server's own Access-Challenge: what `challenged` gave. */
  readonly conversation?: HomeServerConversation;
}

/** Ties the answer of a home server's challenge to the server that asked. */
export interface HomeServerConversation {
  readonly primary: string;
  /** Which of the primary's servers. */
  readonly server: string;
  /** The home server's State, octets as received; absent when it sent none. */
  readonly state?: Buffer;
}

/** What the first door said. Expected outcomes are values; it never throws for them. */
export type PrimaryResult =
  | { readonly kind: 'accepted'; readonly attributes: readonly ClearAttribute[] }
  | {
      readonly kind: 'rejected';
      readonly reason:
        'wrong-password' | 'user-unknown' | 'user-disabled' | 'credentials-unsupported' | 'rejected-upstream';
      /** Attributes of the home server's Access-Reject that may reach the user (Reply-Message). */
      readonly attributes: readonly Attribute[];
    }
  /**
   * Nobody could say. `cause` is a sentence for the log, without secrets; `isBusy`: too much work waits here, which
   * whoever floods us can bring about, so that it never counts as a door that is down.
   */
  | { readonly kind: 'unavailable'; readonly cause: string; readonly isBusy?: true }
  /** The home server itself asks something more. */
  | {
      readonly kind: 'challenged';
      readonly conversation: HomeServerConversation;
      /** Reply-Message, Prompt and others of its Access-Challenge, without State. */
      readonly attributes: readonly Attribute[];
    };

/** A first door. */
export interface Primary {
  /** Its name under `primaries` in the configuration. */
  readonly name: string;
  authenticate(request: PrimaryRequest): Promise<PrimaryResult>;
  /** Opens sockets and timers. */
  start(): Promise<void>;
  /** Closes them; questions still open are answered `unavailable`. */
  stop(): Promise<void>;
}
