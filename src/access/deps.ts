import type { SecondDoor, SessionStore, StateTokens } from '../challenge/index.ts';
import type { PasscodeFactor, PasscodeType } from '../factors/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import type { Plan } from '../policy/index.ts';
import type { Primary } from '../primary/index.ts';
import type { Ledger } from './audit.ts';
import type { Directory } from './directory.ts';

/** Which optional fields the log keeps. */
export interface AuditFields {
  readonly name: boolean;
  readonly email: boolean;
  readonly phone: boolean;
  readonly token: boolean;
  readonly userAddress: boolean;
}

/** What a reload of the configuration replaces, all at once. */
export interface AccessSettings {
  /** The plan of each policy. */
  readonly plans: ReadonlyMap<string, Plan>;
  readonly primaries: ReadonlyMap<string, Primary>;
  /** Primaries that check no password (`type: none`). */
  readonly passwordless: ReadonlySet<string>;
  readonly factors: Readonly<Record<PasscodeType, PasscodeFactor>>;
  readonly secondDoor: SecondDoor;
  readonly auditFields: AuditFields;
}

/** What a decision is made with. */
export interface AccessDeps {
  /** `server.id`: in events and as owner of challenges. */
  readonly serverId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly sessions: SessionStore;
  readonly states: StateTokens;
  /** The settings in force. */
  readonly settings: () => AccessSettings;
}
