import type { PasscodeFactor, PasscodeType } from './factor.ts';
import { createHotpFactor } from './hotp.ts';
import type { HotpOptions } from './hotp.ts';
import { createTotpFactor } from './totp.ts';
import type { TotpOptions } from './totp.ts';

/** Options of every passcode factor; the configuration's `factors` fits. */
export interface PasscodeFactorsOptions {
  readonly totp: TotpOptions;
  readonly hotp: HotpOptions;
}

/** Every kind of passcode factor, by the type of its tokens. A new kind is a new row. */
export function passcodeFactors(options: PasscodeFactorsOptions): Readonly<Record<PasscodeType, PasscodeFactor>> {
  return Object.freeze({ totp: createTotpFactor(options.totp), hotp: createHotpFactor(options.hotp) });
}
