import type { AddressAttributeName } from './address-attributes.ts';

/** A form in which a NAS can carry what the user typed. */
export type Protocol = 'PAP' | 'CHAP' | 'MS-CHAPv2' | 'EAP';

/** How long a NAS waits for us, as far as its maker says. */
export interface NasTimer {
  /** In all, unless told otherwise. */
  readonly waitsSeconds?: number;
  /** How that comes about, where it is more than one time-out. */
  readonly because?: string;
  /** The most that can be set for one transmission. */
  readonly maxSeconds?: number;
  /** What to set so that it waits `timeoutSeconds` in all: a piece of a sentence, in Markdown. */
  readonly set: string;
}

/** What is known of a kind of NAS before anyone configures it; where something is not known for sure, it is left out. */
export interface Profile {
  /** As its users call it. */
  readonly title: string;
  /** Whether it shows an Access-Challenge to its user. */
  readonly challenge: boolean;
  /** While a factor is approved elsewhere: the reply is held, or the user is asked to come back. */
  readonly outOfBand: 'hold' | 'ask';
  /** How long it waits in all once `settings` are made. */
  readonly timeoutSeconds: number;
  /** How long answers are kept for retransmissions; `timeout`: at least as long as the NAS waits. */
  readonly duplicateSeconds: number | 'timeout';
  /** Whether its requests hold a password at all. */
  readonly sendsPassword: boolean;
  readonly protocols: readonly Protocol[];
  /**
   * Where it puts the address of the user: the first of these that a request holds; empty where it sends none.
   * `undefined`: not confirmed. Then Calling-Station-Id is shown, but no trusted network is judged by it.
   */
  readonly userAddress: readonly AddressAttributeName[] | undefined;
  readonly timer?: NasTimer;
  /** The attribute by which it takes a group from us, by its name in the dictionaries, and a value. */
  readonly group?: { readonly attribute: string; readonly example: string; readonly meaning: string };
  /** What is known of its Message-Authenticator. */
  readonly messageAuthenticator?: string;
  /** What to set on the NAS, step by step, in Markdown. */
  readonly settings: readonly string[];
  readonly userSees: string;
  readonly limits: readonly string[];
  /** Where this is known from. */
  readonly sources: readonly string[];
}
