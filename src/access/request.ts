import type { Credentials } from '../primary/index.ts';
import type { Attribute } from '../radius/index.ts';
import type { AuditEvent } from './audit.ts';
import type { Verdict } from './verdict.ts';

/** What a decision needs to know of the client that asks. */
export interface RequestClient {
  readonly name: string;
  /** Names of primaries in order: the next one only when one is unavailable. */
  readonly primary: readonly string[];
  /** Name of the policy. */
  readonly policy: string;
  /** Whether the NAS can show an Access-Challenge. */
  readonly challenge: boolean;
  /** Whether the reply is held while the user approves on the phone; `ask`: they are asked to come back. */
  readonly outOfBand: 'hold' | 'ask';
  readonly timeoutSeconds: number;
  readonly charset: 'utf-8' | 'latin1';
  /** Between password and passcode in append mode; `undefined`: switched off. */
  readonly passcodeDelimiter: string | undefined;
  readonly gluedPasscode: boolean;
  /** Where the NAS tells the address of the user. */
  readonly userAddress: UserAddressSource;
  /** Domains that are taken off user names, in lower case. */
  readonly stripDomain: readonly string[];
  /** When no primary could say; absent: as the policy says. */
  readonly unavailable?: 'deny' | 'allow' | 'silence' | undefined;
}

/** Where a NAS tells the address of its user. */
export interface UserAddressSource {
  /** The first of these that a request holds; empty: nowhere. */
  readonly attributes: readonly AddressAttribute[];
  /** Whether it is known to be the user's own, so that networks may be judged by it. */
  readonly isTrusted: boolean;
}

/** An attribute that holds an address. */
export interface AddressAttribute {
  readonly type: number;
  /** For type 26: whose attribute `type` is. */
  readonly vendor?: number;
  /** `text`; `tagged`: text, perhaps behind a tag octet (RFC 2868 §3.3); `octets`: 4 or 16. */
  readonly form: 'text' | 'tagged' | 'octets';
}

/** One genuine Access-Request, without anything of the wire. Copied by `changedRequest` alone: spread, it may lose what it reads. */
export interface AccessRequest {
  /** Unique: in the log, the audit and the Reply-Message of a Reject. */
  readonly id: string;
  readonly client: RequestClient;
  /** Source address in text. */
  readonly clientAddress: string;
  /** Monotonic milliseconds of receipt. */
  readonly receivedMs: number;
  /** The request authenticator, a character an octet: tells whether the same request came again from elsewhere. */
  readonly attempt?: string;
  /** User-Name as sent; `undefined` when missing. */
  readonly username: Buffer | undefined;
  /** The password in clear octets, none at all, or a form that is not spoken (CHAP, MS-CHAP, EAP). */
  readonly credentials: Credentials | { readonly kind: 'unsupported' };
  /** State as sent; `undefined` when missing or empty. */
  readonly state: Buffer | undefined;
  /** All attributes as received, in order. */
  readonly attributes: readonly Attribute[];
  /**
   * Says that the attributes will hardly be asked for in a while (a phone is being asked): what they take in memory is
   * given back. They are there all the same when somebody asks.
   */
  putAway?(): void;
}

/** The same request with something else in it. Field by field: what it reads from its datagram is no field that could be spread. */
export function changedRequest(
  { id, client, clientAddress, receivedMs, attempt, username, credentials, state, attributes }: AccessRequest,
  changes: Partial<Pick<AccessRequest, 'attributes' | 'client' | 'username'>>,
): AccessRequest {
  const fields = { id, client, clientAddress, receivedMs, username, credentials, state, attributes };
  return { ...fields, ...(attempt !== undefined && { attempt }), ...changes };
}

/** A verdict and what the log says of it; `event` is missing where nothing was recorded (silence). */
export interface Decision {
  readonly verdict: Verdict;
  readonly event?: AuditEvent;
}

/** Decides one request; never rejects (its own failures are `reject` verdicts). */
export type Decide = (request: AccessRequest) => Promise<Decision>;
