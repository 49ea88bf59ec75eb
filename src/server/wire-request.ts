import type { AccessRequest } from '../access/index.ts';
import { decodePacket, type Attribute, type Packet } from '../radius/index.ts';

/** What of an Access-Request is not read from its attributes alone. */
export type RequestFacts = Omit<AccessRequest, 'attributes' | 'attempt' | 'putAway'>;

/** An Access-Request over its datagram: the attributes of one that is put away are decoded anew when they are needed. */
export class WireRequest implements AccessRequest {
  readonly id: string;
  readonly client: AccessRequest['client'];
  readonly clientAddress: string;
  readonly receivedMs: number;
  readonly attempt: string;
  readonly username: Buffer | undefined;
  readonly credentials: AccessRequest['credentials'];
  readonly state: Buffer | undefined;
  readonly #datagram: Buffer;
  #attributes: readonly Attribute[] | undefined;

  constructor(facts: RequestFacts, packet: Packet, datagram: Buffer) {
    this.id = facts.id;
    this.client = facts.client;
    this.clientAddress = facts.clientAddress;
    this.receivedMs = facts.receivedMs;
    this.attempt = packet.authenticator.toString('latin1');
    this.username = facts.username;
    this.credentials = facts.credentials;
    this.state = facts.state;
    this.#datagram = datagram;
    this.#attributes = packet.attributes;
  }

  get attributes(): readonly Attribute[] {
    return (this.#attributes ??= decodePacket(this.#datagram).attributes);
  }

  putAway(): void {
    this.#attributes = undefined;
  }
}
