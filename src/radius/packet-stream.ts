import { RadiusError } from './error.ts';
import { HEADER_OCTETS, MAX_PACKET_OCTETS } from './packet.ts';

const LENGTH_END = 4;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts what a connection brings into packets by their Length (RFC 6613 §2.6.4), for both versions of RADIUS. Keeps
 * less than one packet.
 */
export class PacketStream {
  #rest: Buffer = NOTHING;

  /**
   * The packets that are whole now, in order: views into `chunk` as far as possible. Throws `RadiusError` for a Length
   * that no packet has: what follows cannot be cut, the connection is to be closed.
   */
  push(chunk: Buffer): Buffer[] {
    const octets = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const packets: Buffer[] = [];
    let at = 0;
    while (octets.length - at >= LENGTH_END) {
      const length = octets.readUInt16BE(at + 2);
      if (length < HEADER_OCTETS || length > MAX_PACKET_OCTETS) {
        throw new RadiusError('length-invalid', `Length is ${length}, it must be ${HEADER_OCTETS} to 4096`);
      }
      if (octets.length - at < length) break;
      packets.push(octets.subarray(at, at + length));
      at += length;
    }
    // A copy: a view of some octets would keep the whole chunk for as long as the peer likes.
    this.#rest = at === octets.length ? NOTHING : Buffer.from(octets.subarray(at));
    return packets;
  }

  /** Octets of a packet that is not whole yet. */
  get pendingOctets(): number {
    return this.#rest.length;
  }
}
