import type { AccessLimits } from './access/index.ts';
import type { Config } from './config/index.ts';
import { formatPrefix } from './lib/ip.ts';

/** How often may be asked, by that configuration. */
export function accessLimitsOf({ limits, factors }: Config): AccessLimits {
  const { perClientPerSecond, perUserPerMinute, perAddressPerMinute, stormSeconds } = limits;
  const { unanswered, pauseSeconds } = factors.fatigue;
  return {
    rates: { perClientPerSecond, perUserPerMinute, perAddressPerMinute },
    stormMs: stormSeconds * 1_000,
    fatigue: { unanswered, pauseMs: pauseSeconds * 1_000 },
  };
}

/** For each client what it is set to, in a word that tells nothing: a NAS that is another one now is remembered for nobody. */
export function clientMarksOf(
  { clients }: Config,
  digest: (parts: readonly string[]) => string,
): ReadonlyMap<string, string> {
  return new Map(
    clients.map(({ name, address, primary, policy, profile, secret }) => [
      name,
      digest([...address.map(formatPrefix), '', ...primary, '', policy, profile, secret.reveal().toString('latin1')]),
    ]),
  );
}
