import type { Offer } from '../challenge/index.ts';
import type { FactorName, PasscodeToken, PushDevice } from '../factors/index.ts';
import type { Plan } from '../policy/index.ts';
import type { PasscodeForm } from './append.ts';
import type { Code } from './codes.ts';
import type { AccessSettings } from './deps.ts';
import type { Directory, LoginUser } from './directory.ts';
import { rings, type FatigueOptions } from './fatigue.ts';

/** The ways in which a user may pass the second door; read from the store once, and only as far as asked for. */
export interface Ways {
  /** Passcode tokens that the plan allows, in its order of preference. */
  tokens(): readonly PasscodeToken[];
  /** In the order of preference; empty for who has nothing. */
  offers(): readonly Offer[];
  devices(): readonly PushDevice[];
  /** Backup and bypass codes. */
  codes(): readonly Code[];
  /** Whether pushes and calls are left out of the offers, because too many led to nothing. */
  isPaused(): boolean;
  /** Passwords for one client alone. */
  appPasswords(): readonly Code[];
  readonly form: PasscodeForm;
}

/** What ways are found with: the same for all. */
export interface WaysDeps {
  readonly directory: Directory;
  /** Whether nothing may be offered that rings. */
  readonly isPaused: (userId: number, options: FatigueOptions) => boolean;
}

type WaysSettings = Pick<AccessSettings, 'delivery' | 'desk' | 'limits'>;

/** The ways of a user under a plan. */
export function createWays(user: LoginUser | undefined, plan: Plan, settings: WaysSettings, deps: WaysDeps): Ways {
  // A device with an app password gets in also where a rule asks for no second factor.
  const isSkipped = plan.decision === 'skip';
  return new WaysOfUser(plan.factors.length > 0 || isSkipped ? user : undefined, plan, settings, deps);
}

// An object of fields: a login is held with its ways for as long as a phone is asked, and closures take three times as much.
class WaysOfUser implements Ways {
  readonly #user: LoginUser | undefined;
  readonly #plan: Plan;
  readonly #settings: WaysSettings;
  readonly #deps: WaysDeps;
  #tokens: readonly PasscodeToken[] | undefined;
  #offers: readonly Offer[] | undefined;
  #codes: readonly Code[] | undefined;
  #isPaused = false;

  constructor(user: LoginUser | undefined, plan: Plan, settings: WaysSettings, deps: WaysDeps) {
    this.#user = user;
    this.#plan = plan;
    this.#settings = settings;
    this.#deps = deps;
  }

  get form(): PasscodeForm {
    return { hasPin: this.#plan.hasPin, hasCodes: () => this.codes().length > 0 };
  }

  tokens(): readonly PasscodeToken[] {
    const user = this.#user;
    return (this.#tokens ??= user === undefined ? [] : usableTokens(user.id, this.#plan, this.#deps.directory));
  }

  offers(): readonly Offer[] {
    const user = this.#user;
    // A copy is as long as it is; what a list grows into has room for sixteen.
    return (this.#offers ??= user === undefined ? [] : this.#offersOf(user).slice());
  }

  isPaused(): boolean {
    this.offers();
    return this.#isPaused;
  }

  // Read anew each time: their keys are kilobytes, and are not kept while the phone is asked.
  devices(): readonly PushDevice[] {
    const isAsked = this.#user !== undefined && this.#plan.factors.includes('push');
    return isAsked ? this.#deps.directory.pushDevices(this.#user.id) : [];
  }

  codes(): readonly Code[] {
    if (this.#plan.factors.length === 0) return [];
    return this.#allCodes().filter(({ kind }) => kind !== 'app-password');
  }

  appPasswords(): readonly Code[] {
    return this.#allCodes().filter(({ kind }) => kind === 'app-password');
  }

  #offersOf(user: LoginUser): readonly Offer[] {
    const offers = offersOf(user, this.#plan, this, this.#settings);
    const { fatigue } = this.#settings.limits;
    this.#isPaused = offers.some(({ factor }) => rings(factor)) && this.#deps.isPaused(user.id, fatigue);
    return this.#isPaused ? orCodes(offers.filter(isQuiet), this) : offers;
  }

  #allCodes(): readonly Code[] {
    return (this.#codes ??= this.#user === undefined ? [] : this.#deps.directory.codes(this.#user.id));
  }
}

function usableTokens(userId: number, plan: Plan, directory: Directory): readonly PasscodeToken[] {
  if (!plan.factors.some(isPasscode)) return [];
  const tokens = directory.passcodeTokens(userId);
  return plan.factors.flatMap((factor) => tokens.filter(({ type }) => type === factor));
}

function offersOf(user: LoginUser, plan: Plan, ways: Ways, settings: WaysSettings): readonly Offer[] {
  const offers = ordered(plan.factors, user.preferred).flatMap((factor) => offerOf(factor, user, ways, settings) ?? []);
  // An app and a hardware token are one way: their passcodes are typed into the same field.
  const own = offers.findIndex(({ kind }) => kind === 'own');
  const distinct = offers.filter(({ kind }, index) => kind !== 'own' || index === own);
  const usable = plan.hasPin ? distinct.filter((offer) => takesPin(offer)) : distinct;
  return orCodes(usable, ways);
}

function orCodes(offers: readonly Offer[], ways: Ways): readonly Offer[] {
  if (offers.length > 0 || ways.codes().length === 0) return offers;
  return [{ factor: 'codes', kind: 'own' }];
}

function isQuiet({ factor }: Offer): boolean {
  return !rings(factor);
}

function offerOf(factor: FactorName, user: LoginUser, ways: Ways, { delivery, desk }: WaysSettings): Offer | undefined {
  if (isPasscode(factor))
    return ways.tokens().some(({ type }) => type === factor) ? { factor, kind: 'own' } : undefined;
  if (desk === undefined) return undefined;
  switch (factor) {
    case 'sms':
      return user.phone === undefined
        ? undefined
        : { factor, kind: delivery.sms.mode === 'reply' ? 'approval' : 'sent' };
    case 'call':
      return user.phone === undefined
        ? undefined
        : { factor, kind: delivery.call.mode === 'speak' ? 'sent' : 'approval' };
    case 'email':
      return user.email === undefined ? undefined : { factor, kind: 'sent' };
    case 'push':
      return ways.devices().length === 0
        ? undefined
        : { factor, kind: delivery.push.codeToPhone ? 'sent' : 'approval' };
  }
}

function isPasscode(factor: FactorName): factor is 'totp' | 'hotp' {
  return factor === 'totp' || factor === 'hotp';
}

// Where a PIN is asked for, only what is typed or pressed can have one in front: a tap cannot.
function takesPin({ factor, kind }: Offer): boolean {
  return kind !== 'approval' || factor === 'call';
}

function ordered(factors: readonly FactorName[], preferred: readonly string[] | undefined): readonly FactorName[] {
  if (preferred === undefined) return factors;
  const rank = (factor: FactorName): number => {
    const at = preferred.indexOf(factor);
    return at < 0 ? preferred.length : at;
  };
  return factors.toSorted((a, b) => rank(a) - rank(b));
}
