/** Small, so that one long-lived value holds on to little else. */
const SLAB_OCTETS = 1024;

let slab = Buffer.alloc(0);
let used = 0;

/**
 * A copy for a value that outlives its datagram by as long as a user takes to type a passcode. A view would keep the
 * whole datagram (Node receives into 64 KB), a slice of Node's pool 64 KB of strangers; an allocation for each value
 * costs 240 octets, a place in a small slab half of that.
 */
export function detachedOctets(octets: Buffer): Buffer {
  if (used + octets.length > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(SLAB_OCTETS, octets.length));
    used = 0;
  }
  const copy = slab.subarray(used, used + octets.length);
  copy.set(octets);
  used += octets.length;
  return copy;
}
