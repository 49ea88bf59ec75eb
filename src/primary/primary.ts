import type { Secret } from '../lib/secret.ts';
import type { Attribute, ClearAttribute } from '../radius/index.ts';

/** What the user gave at the first door. Octets: nobody has decoded them. */
export type Credentials =
  | { readonly kind: 'pap'; readonly password: Buffer }
  | ChapCredentials
  | MsChapCredentials
  | EapCredentials
  /** No password attribute at all (RD Gateway). */
  | { readonly kind: 'none' };

/** A proof that the password is known (RFC 2865 §2.2). */
export interface ChapCredentials {
  readonly kind: 'chap';
  /** CHAP-Password: the identifier and 16 octets. */
  readonly response: Buffer;
  /** CHAP-Challenge, or what stands for it: the request authenticator that the client chose. */
  readonly challenge: Buffer;
  /** There was no CHAP-Challenge: whoever is asked under another authenticator has to be given one. */
  readonly isImplicit: boolean;
}

/** The same in Microsoft's ways (RFC 2548 §2.1, §2.3). */
export interface MsChapCredentials {
  readonly kind: 'ms-chap';
  readonly version: 1 | 2;
  readonly identifier: number;
  /** MS-CHAP-Challenge. */
  readonly challenge: Buffer;
  /** MS-CHAP-Response or MS-CHAP2-Response, 50 octets; `undefined` when the password is being changed. */
  readonly response: Buffer | undefined;
}

/** One packet of a method that the home server and the user speak with each other (RFC 3579). */
export interface EapCredentials {
  readonly kind: 'eap';
  /** All EAP-Message attributes, one behind the other; at most two octets where the NAS asks us to begin (§2.1). */
  readonly message: Buffer;
}

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
  /** Of a conversation by EAP. */
  readonly eap?: EapConversation;
}

/** How far an EAP conversation has come. */
export interface EapConversation {
  /** Packets of the user so far. */
  readonly rounds: number;
  /** Monotonic milliseconds of the first one. */
  readonly sinceMs: number;
  /** Something was said that nobody on the way can read: the name in the request may not be that of who is authenticated. */
  readonly isSealed: boolean;
}

/** A user as a directory knows them: one and the same whatever spelling was typed. */
export interface Person {
  /** The one name under which they are known here: sAMAccountName, or what the configuration names instead. */
  readonly name: string;
  readonly dn: string;
  /** Name under `primaries` of the directory that knows them. */
  readonly source: string;
  /** What stays theirs when they are renamed (objectGUID, entryUUID); absent where the directory has nothing of the kind. */
  readonly externalId?: string;
  /** Groups they belong to, nested ones included. */
  readonly groups: readonly { readonly dn: string; readonly name: string }[];
  /** The account may not be used (Active Directory): what opens a door without asking the directory opens none. */
  readonly isDisabled?: true;
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
  /** Several have that name: it is nobody's. */
  | { readonly kind: 'ambiguous' }
  /** `cause` and `isBusy` as in `PrimaryResult`. */
  | { readonly kind: 'unavailable'; readonly cause: string; readonly isBusy?: true };

/** What the first door said. Expected outcomes are values; it never throws for them. */
export type PrimaryResult =
  | {
      readonly kind: 'accepted';
      readonly attributes: readonly ClearAttribute[];
      /** Who was authenticated, where that need not be the name in the request (EAP); `unproven`: nobody has said. */
      readonly identity?: Buffer | 'unproven';
    }
  | {
      readonly kind: 'rejected';
      readonly reason:
        | 'wrong-password'
        | 'user-unknown'
        | 'user-disabled'
        | 'credentials-unsupported'
        | 'rejected-upstream'
        // A directory's own words, with the right password: none of them is a guess.
        | 'logon-hours'
        | 'workstation-denied'
        | 'password-expired'
        | 'password-must-change'
        | 'account-disabled'
        | 'account-expired'
        | 'account-locked';
      /** Attributes of the home server's Access-Reject that may reach the user (Reply-Message, EAP-Message, MS-CHAP-Error). */
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
      /** Reply-Message, Prompt, EAP-Message and others of its Access-Challenge, without State. */
      readonly attributes: readonly Attribute[];
    };

/** A password and the one that is to follow it; UTF-8 octets. */
export interface PasswordChange {
  readonly old: Secret;
  readonly fresh: Secret;
}

/** What came of a change of a password. */
export type PasswordChangeResult =
  | { readonly kind: 'changed' }
  | {
      readonly kind: 'refused';
      /**
       * `policy`: too short, too simple, or used before, where the directory does not tell them apart; `too-soon`: the
       * present one is too young; `not-permitted`: this user may not, or we may not for them.
       */
      readonly reason: 'policy' | 'history' | 'too-soon' | 'wrong-password' | 'not-permitted' | 'account-locked';
    }
  /** Nobody could say, so that it may be changed or not. `cause` as in `PrimaryResult`. */
  | { readonly kind: 'unavailable'; readonly cause: string };

/** A first door. */
export interface Primary {
  /** Its name under `primaries` in the configuration. */
  readonly name: string;
  authenticate(request: PrimaryRequest): Promise<PrimaryResult>;
  /** Looks a name up without a password; missing where there is no directory behind this door. */
  find?(name: string): Promise<PersonLookup>;
  /**
   * Changes the password of the user of `request`, as that user could: the old one has to be right. Missing where this
   * door changes none.
   */
  changePassword?(request: PrimaryRequest, change: PasswordChange): Promise<PasswordChangeResult>;
  /** Opens sockets and timers. */
  start(): Promise<void>;
  /** Closes them; questions still open are answered `unavailable`. */
  stop(): Promise<void>;
}
