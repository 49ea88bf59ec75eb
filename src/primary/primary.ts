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
  /** Whom this door's own `find` found under the name. */
  readonly person?: Person;
}

/** Ties the answer of a home server's challenge to the server that asked. */
export interface HomeServerConversation {
  readonly primary: string;
  /** Which of the primary's servers. */
  readonly server: string;
  /** The home server's State, octets as received; absent when it sent none. */
  readonly state?: Buffer;
}

/** A user as a directory knows them: one and the same whatever spelling was typed. */
export interface Person {
  /** The one name under which they are known here: sAMAccountName, or what the configuration names instead. */
  readonly name: string;
  readonly dn: string;
  /** Groups they belong to, nested ones included. */
  readonly groups: readonly { readonly dn: string; readonly name: string }[];
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  /** E.164, an extension behind `x`. */
  readonly phone?: string;
  /** BCP 47. */
  readonly language?: string;
}

/** What a directory says of a name. */
export type PersonLookup =
  | { readonly kind: 'found'; readonly person: Person }
  | { readonly kind: 'unknown' }
  /** `cause` as in `PrimaryResult`. */
  | { readonly kind: 'unavailable'; readonly cause: string };

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
  /** Looks a name up without a password; missing where there is no directory behind this door. */
  find?(name: string): Promise<PersonLookup>;
  /** Opens sockets and timers. */
  start(): Promise<void>;
  /** Closes them; questions still open are answered `unavailable`. */
  stop(): Promise<void>;
}
