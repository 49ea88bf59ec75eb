import { decodePacket, RadiusError, type Packet } from '../radius/index.ts';

/** A datagram taken apart; `undefined` when it is no packet. */
export function decodeOrNothing(datagram: Buffer): Packet | undefined {
  try {
    return decodePacket(datagram);
  } catch (error) {
    if (error instanceof RadiusError) return undefined;
    throw error;
  }
}
