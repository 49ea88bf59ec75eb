import { timingSafeEqual } from 'node:crypto';
import type { Random } from '../lib/random.ts';
import type { Secret } from '../lib/secret.ts';
import { createStateMac, MAC_OCTETS } from './state-mac.ts';

/*
 * State = mark (3) ‖ version (1) ‖ length of owner (1) ‖ owner (1–24) ‖ session id (16) ‖ HMAC-SHA-256 truncated to 16.
 * At most 61 octets: some NAS keep no more than 64. No octet is NUL. Opaque to the NAS (RFC 2865 §5.24).
 */
const MARK = Buffer.from('SLY\x01', 'latin1');
const SESSION_ID_OCTETS = 16;
const FIXED_OCTETS = MARK.length + 1 + SESSION_ID_OCTETS + MAC_OCTETS;

/** The longest server id that State can name. */
export const MAX_OWNER_OCTETS = 24;

/** A new round of a challenge: its session id and the State that names it. */
export interface IssuedState {
  /** 16 random octets as latin1 text: the key of the session store. */
  readonly id: string;
  /** At most 61 octets. */
  readonly state: Buffer;
}

/** What a State turns out to be. */
export type ReadState =
  | { readonly kind: 'ours'; readonly owner: string; readonly id: string }
  /** Without our mark: a home server's, or another product's. */
  | { readonly kind: 'foreign' }
  /** Our mark under a wrong MAC. */
  | { readonly kind: 'forged' };

/** Issues and reads State values. */
export interface StateTokens {
  issue(): IssuedState;
  read(state: Buffer): ReadState;
}

/** State tokens of the server `owner`; `key` is shared by all servers that may read each other's. */
export function createStateTokens(options: { owner: string; key: Secret; random: Random }): StateTokens {
  const owner = Buffer.from(options.owner, 'latin1');
  if (owner.length === 0 || owner.length > MAX_OWNER_OCTETS) throw new RangeError('a server id has 1 to 24 octets');
  const head = Buffer.concat([MARK, Buffer.of(owner.length), owner]);
  const macOf = createStateMac(options.key);
  return {
    issue() {
      // Some NAS keep State as a text that ends at its first NUL (ocserv does): one in eight is drawn again.
      for (;;) {
        const id = options.random.octets(SESSION_ID_OCTETS);
        const signed = Buffer.concat([head, id]);
        const state = Buffer.concat([signed, macOf(signed)]);
        if (!state.includes(0)) return { id: id.toString('latin1'), state };
      }
    },
    read(state) {
      if (!state.subarray(0, MARK.length).equals(MARK)) return { kind: 'foreign' };
      const ownerOctets = state[MARK.length] ?? 0;
      if (state.length !== FIXED_OCTETS + ownerOctets) return { kind: 'forged' };
      const signed = state.subarray(0, state.length - MAC_OCTETS);
      if (!timingSafeEqual(macOf(signed), state.subarray(signed.length))) return { kind: 'forged' };
      const idAt = signed.length - SESSION_ID_OCTETS;
      return {
        kind: 'ours',
        owner: state.toString('latin1', MARK.length + 1, idAt),
        id: state.toString('latin1', idAt, signed.length),
      };
    },
  };
}
