import type { Packet } from '../../radius/index.ts';
import type { Expiring } from './deadlines.ts';
import type { HomeServerSocket } from './socket.ts';

/** One packet and the reply it waits for: a login's question or a Status-Server. */
export interface Exchange extends Expiring {
  /** Where it has an identifier; `undefined` before and after. The field and `identifier` belong to `SocketPool`. */
  socket: HomeServerSocket<Exchange> | undefined;
  identifier: number;
  /** The request authenticator: 16 octets, fresh with every new packet (RFC 2865 §3), kept in retransmissions. */
  authenticator: Buffer;
  /** It is a Status-Server: an authentic answer of any kind says that somebody is there (RFC 5997 §4.2). */
  readonly isStatus?: true;
  /** It has waited for an identifier and has one now. */
  admitted(nowMs: number): void;
  /** Its authentic reply; `packet` is made of views into the datagram. */
  answered(packet: Packet, nowMs: number): void;
  /**
   * There is reason to doubt that an answer comes: the server does not answer others, or an ICMP message says that
   * nobody listens there. The latter can be forged, so it is a hint to look elsewhere sooner, nothing more.
   */
  doubted(nowMs: number): void;
  /** The connection that it was sent by has ended. */
  lost(nowMs: number): void;
}
