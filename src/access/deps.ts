import type { OpenFactors, SecondDoor, SessionStore, StateTokens } from '../challenge/index.ts';
import type { Desk, PasscodeFactor, PasscodeType } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import type { Plans } from '../policy/index.ts';
import type { Primary } from '../primary/index.ts';
import type { ClearAttribute } from '../radius/index.ts';
import type { Alerts } from './alerts.ts';
import type { Ledger } from './audit.ts';
import type { CodeDigest } from './codes.ts';
import type { CreateCall } from './courier.ts';
import type { Directory } from './directory.ts';
import type { FatigueOptions } from './fatigue.ts';
import type { OpeningWatch } from './openings.ts';
import type { People } from './people.ts';
import type { RateOptions } from './rate-limits.ts';
import type { RememberedLogins } from './remembered-logins.ts';

/** Which optional fields the log keeps. */
export interface AuditFields {
  readonly name: boolean;
  readonly email: boolean;
  readonly phone: boolean;
  readonly token: boolean;
  readonly userAddress: boolean;
}

/** What is sent, how long it is good, and in whose name. */
export interface DeliverySettings {
  /** Who asks, in messages. */
  readonly issuer: string;
  /** BCP 47; for users without a language of their own. */
  readonly language: string;
  /** `reply`: the message is answered instead of typed. */
  readonly sms: { readonly ttlMs: number; readonly mode: 'code' | 'reply' };
  /** `speak`: the call speaks a passcode instead of asking for `#`. */
  readonly call: { readonly ttlMs: number; readonly mode: 'approve' | 'speak' };
  readonly email: { readonly ttlMs: number };
  /** `numberMatching`: a number shown at the VPN is picked on the phone. `codeToPhone`: the phone shows one to be typed. */
  readonly push: { readonly ttlMs: number; readonly numberMatching: boolean; readonly codeToPhone: boolean };
}

/** Enrolment by the user, begun at a login. */
export interface Enrolments {
  /** Where the user sets up a second factor, and the short code for it; the same while it is open; `undefined`: too many are. */
  begin(enrollee: {
    readonly userId: number;
    readonly username: string;
    readonly client: string;
    readonly epoch: number;
  }): { readonly url: string; readonly code: string } | undefined;
}

/** A home server's attributes as one client gets them. */
export type RelayAttributes = (attributes: readonly ClearAttribute[]) => readonly ClearAttribute[];

/** Seals a password while its owner chooses the next one. */
export interface PasswordBox {
  /** What is sealed under one identity opens under no other. */
  seal(secret: Secret, identity: string): Buffer;
  open(sealed: Uint8Array, identity: string): Secret;
}

/** What a reload of the configuration replaces, all at once. */
export interface AccessSettings {
  /** The plans of every policy. */
  readonly plans: Plans;
  /** What becomes of a home server's attributes, by name of the client; missing ones go on as they are. */
  readonly relays?: ReadonlyMap<string, RelayAttributes> | undefined;
  readonly primaries: ReadonlyMap<string, Primary>;
  /** Primaries that check no password (`type: none`). */
  readonly passwordless: ReadonlySet<string>;
  /** Policies that never ask for a second factor, whoever it is. */
  readonly factorless: ReadonlySet<string>;
  readonly factors: Readonly<Record<PasscodeType, PasscodeFactor>>;
  readonly secondDoor: SecondDoor;
  /** What delivers passcodes and questions; missing where no gateway and no push is configured. */
  readonly desk: Desk | undefined;
  readonly delivery: DeliverySettings;
  readonly auditFields: AuditFields;
  readonly limits: AccessLimits;
  /** What a client is set to, in a word: another one ends the logins that are remembered of it. */
  readonly clientMarks: ReadonlyMap<string, string>;
}

/** How often may be asked. */
export interface AccessLimits {
  readonly rates: RateOptions;
  /** How long the first door is not asked about a password again that it has refused; 0: it is asked every time. */
  readonly stormMs: number;
  readonly fatigue: FatigueOptions;
}

/** What a PIN turned out to be. */
export type PinCheck = 'right' | 'wrong' | 'busy';

/** What a decision is made with. */
export interface AccessDeps {
  /** `server.id`: in events and as owner of challenges. */
  readonly serverId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly directory: Directory;
  /** Missing where nobody comes from a directory. */
  readonly people?: People;
  readonly ledger: Ledger;
  readonly sessions: SessionStore;
  readonly states: StateTokens;
  readonly open: OpenFactors;
  readonly createCall: CreateCall;
  /** Verifies a PIN against its argon2id hash, off the event loop; `busy`: nobody could, and nothing is known of it. */
  readonly verifyPin: (hash: string, pin: Buffer) => Promise<PinCheck>;
  readonly codeDigest: CodeDigest;
  readonly remembered: RememberedLogins;
  readonly openings: Pick<OpeningWatch, 'openFor'>;
  readonly alerts: Alerts;
  readonly passwordBox: PasswordBox;
  /** Missing where no portal is configured. */
  readonly enrolments: Enrolments | undefined;
  /** Proxy-State of what we send to home servers: a request that holds it is our own, come back. Missing: none is sent. */
  readonly loopMark?: Buffer;
  /** The settings in force. */
  readonly settings: () => AccessSettings;
}
