import type { CreateCall, Enrolments } from './access/index.ts';
import { createOpenFactors, type OpenFactor, type OpenFactors } from './challenge/index.ts';
import type { Config } from './config/index.ts';
import type { MountedCallback, OpenPrompt } from './console/index.ts';
import type { Delivery } from './delivery.ts';
import {
  createCallDialog,
  createEnrolments,
  passcodeFactors,
  type CallOutcome,
  type Desk,
  type Gateway,
  type InboundText,
  type PushChannel,
  type Enrolments as OpenEnrolments,
} from './factors/index.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './lib/logger.ts';
import type { Metrics } from './lib/metrics.ts';
import { publicUrlOf } from './lib/public-url.ts';
import type { Random } from './lib/random.ts';
import type { Secret } from './lib/secret.ts';
import type { Storage } from './storage/index.ts';

/** What the ways outside are built on. */
export interface OutsideDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly masterKey: Secret;
  readonly storage: Storage;
  /** The configuration in force. */
  readonly config: () => Config;
}

/** Everything that reaches users beside the RADIUS conversation, and hears from them: gateways, phones, enrolment. */
export interface Outside {
  readonly open: OpenFactors;
  /** What delivers under that configuration; `undefined` where nothing does. */
  desk(config: Config): Desk | undefined;
  readonly createCall: CreateCall;
  /** Missing where users cannot reach the console. */
  readonly enrolments: Enrolments | undefined;
  /** The same, for the console's page. */
  readonly openEnrolments: OpenEnrolments | undefined;
  /** The gateway of that name, as of now. */
  gateway(name: string): Gateway | undefined;
  callbacks(): readonly MountedCallback[];
  channels(): readonly PushChannel[];
  prompts(): readonly OpenPrompt[];
  /** Starts what is new, and stops what is gone. */
  replace(config: Config): Promise<void>;
  stop(): Promise<void>;
}

/** Nothing is started yet: `replace` does. What delivers is loaded when a configuration first needs it. */
export function createOutside(deps: OutsideDeps): Outside {
  const { clock, random, metrics, config } = deps;
  const open = createOpenFactors({ maxOpen: config().sessions.maxPending }, { clock, random });
  metrics.gauge('factors_open', 'Passcodes and questions that are out and not answered', () => open.count());
  const publicUrl = publicUrlOf(config());
  const openEnrolments = publicUrl === undefined ? undefined : enrolmentsAt(publicUrl, deps);
  let delivery: Delivery | undefined;
  return {
    open,
    desk: (next) => (isDelivering(next) ? delivery?.desk : undefined),
    createCall,
    enrolments: openEnrolments,
    openEnrolments,
    gateway: (name) => delivery?.gateway(name),
    callbacks: () => delivery?.callbacks() ?? [],
    channels: () => delivery?.channels ?? [],
    prompts: () => open.list().flatMap((factor) => promptOf(factor)),
    async replace(next) {
      if (delivery === undefined && !isDelivering(next)) return;
      delivery ??= (await import('./delivery.ts')).createDelivery(deps, open, (message) => hear(open, message));
      await delivery.replace(next);
    },
    stop: async () => delivery?.stop(),
  };
}

// Phones are asked wherever they can reach us.
function isDelivering(config: Config): boolean {
  return Object.keys(config.gateways).length > 0 || publicUrlOf(config) !== undefined;
}

function enrolmentsAt(publicUrl: string, { clock, random, config }: OutsideDeps): OpenEnrolments {
  return createEnrolments({
    ...{ clock, random },
    settings: () => {
      const { factors } = config();
      return { publicUrl, issuer: factors.totp.issuer, totp: passcodeFactors(factors).totp };
    },
  });
}

const createCall: CreateCall = ({ language, passcode, checkPin, isOpen, ended }) =>
  createCallDialog({
    ...{ language, isOpen },
    question: questionOf(passcode, checkPin),
    decided: (outcome) => ended(endOf(outcome)),
  });

type Options = Parameters<CreateCall>[0];

function questionOf(passcode: Options['passcode'], checkPin: Options['checkPin']) {
  if (passcode !== undefined) return { kind: 'speak', passcode: passcode.reveal().toString('latin1') } as const;
  if (checkPin === undefined) return { kind: 'approve' } as const;
  // Wrong ones are counted where they are checked.
  return { kind: 'approve-with-pin', verifyPin: checkPin, wrongPin: () => undefined } as const;
}

function endOf(outcome: CallOutcome): 'approved' | 'denied' | 'fraud-reported' | 'unanswered' {
  switch (outcome) {
    case 'approved':
    case 'denied':
    case 'fraud-reported':
      return outcome;
    case 'wrong-pin':
      return 'denied';
    case 'unanswered':
    case 'spoken':
      return 'unanswered';
  }
}

/** An answer to one of our messages holds the digits that stood in it; from any other number it is nothing to us. */
export function hear(open: OpenFactors, { from, text }: Pick<InboundText, 'from' | 'text'>): void {
  const digits = text.replace(/\D/g, '');
  const asked = open.list().filter(({ factor, sentTo, number }) => {
    return factor === 'sms' && number !== undefined && isSameNumber(sentTo, from);
  });
  const meant = asked.find(({ number }) => number === digits);
  if (meant !== undefined) open.answered(meant.id, { kind: 'approved', choice: digits });
  // Senders of messages can be forged: as many digits as were asked for are a guess.
  else for (const { id, number } of asked) if (number?.length === digits.length) open.missed(id);
}

const MIN_SHARED_DIGITS = 8;

// As the administrator wrote it, and as the gateway tells it: with or without country, zeros and spaces. No message comes
// from an extension, which stands behind `x`, `ext.` or a comma.
function isSameNumber(written: string | undefined, from: string): boolean {
  const [own] = (written ?? '').split(/x|ext|,/i);
  const significant = (own ?? '').replace(/\D/g, '').replace(/^0+/, '');
  return significant.length >= MIN_SHARED_DIGITS && from.replace(/\D/g, '').endsWith(significant);
}

function promptOf({ factor, login, sinceMs }: OpenFactor): OpenPrompt[] {
  if (factor !== 'push' && factor !== 'call') return [];
  return [{ user: login.userKey, client: login.client, factor, sinceMs }];
}
