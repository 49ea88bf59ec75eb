import type { Primary, PrimaryResult } from './primary.ts';

const ACCEPTED: PrimaryResult = { kind: 'accepted', attributes: [] };
const UNSUPPORTED: PrimaryResult = { kind: 'rejected', reason: 'credentials-unsupported', attributes: [] };
const STOPPED: PrimaryResult = { kind: 'unavailable', cause: 'the primary is not running' };

/**
 * The first door of clients that have authenticated the user themselves (RD Gateway): it accepts everybody, whatever
 * the password field holds, also an empty one. Only the second factor stands behind it, so a policy without factors
 * must never be combined with it. CHAP, MS-CHAP and EAP wait for an answer that only who knows the password can give.
 */
export function createNonePrimary(options: { readonly name: string }): Primary {
  let isRunning = false;
  return {
    name: options.name,
    authenticate: ({ credentials: { kind } }) => {
      if (!isRunning) return Promise.resolve(STOPPED);
      return Promise.resolve(kind === 'pap' || kind === 'none' ? ACCEPTED : UNSUPPORTED);
    },
    start: () => {
      isRunning = true;
      return Promise.resolve();
    },
    stop: () => {
      isRunning = false;
      return Promise.resolve();
    },
  };
}
