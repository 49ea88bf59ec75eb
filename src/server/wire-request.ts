import type { AccessRequest } from '../access/index.ts';
import { AttributeType, decodePacket, firstValue, type Attribute, type Packet } from '../radius/index.ts';
import type { RadiusClient } from './clients.ts';
import { readContents, readCredentials, type Contents } from './contents.ts';
import type { Peer, Sender } from './listener.ts';
import type { Answerable } from './reply.ts';

/** What of an Access-Request is not read from its datagram alone. */
export interface RequestFacts extends Pick<AccessRequest, 'id' | 'clientAddress' | 'receivedMs' | 'state'> {
  readonly client: RadiusClient;
  readonly credentials: AccessRequest['credentials'];
}

/** An Access-Request over its datagram: what can be read from that is given up when it is put away, and read anew when it is needed. */
export class WireRequest implements AccessRequest {
  readonly id: string;
  readonly clientAddress: string;
  readonly receivedMs: number;
  /** The request authenticator, an octet a character. */
  readonly attempt: string;
  readonly state: Buffer | undefined;
  readonly #client: RadiusClient;
  // Put away it is text, a character an octet: a buffer takes 200 octets more.
  #datagram: Buffer | string;
  #attributes: readonly Attribute[] | undefined;
  #credentials: AccessRequest['credentials'] | undefined;

  constructor(facts: RequestFacts, packet: Packet, datagram: Buffer) {
    this.id = facts.id;
    this.clientAddress = facts.clientAddress;
    this.receivedMs = facts.receivedMs;
    this.attempt = packet.authenticator.toString('latin1');
    this.state = facts.state;
    this.#client = facts.client;
    this.#datagram = datagram;
    this.#attributes = packet.attributes;
    this.#credentials = facts.credentials;
  }

  get client(): AccessRequest['client'] {
    return this.#client.config;
  }

  get attributes(): readonly Attribute[] {
    return (this.#attributes ??= this.#packet().attributes);
  }

  get username(): Buffer | undefined {
    return firstValue(this.attributes, AttributeType.userName);
  }

  get credentials(): AccessRequest['credentials'] {
    return (this.#credentials ??= this.#readCredentials());
  }

  putAway(): void {
    if (typeof this.#datagram !== 'string') this.#datagram = this.#datagram.toString('latin1');
    this.#attributes = undefined;
    this.#credentials = undefined;
  }

  #readCredentials(): AccessRequest['credentials'] {
    const packet = this.#packet();
    const credentials = readCredentials(readContents(packet), packet, this.#client.key);
    if (typeof credentials === 'string') throw new Error(`the request was not taken: ${credentials}`);
    return credentials;
  }

  #packet(): Packet {
    return decodePacket(typeof this.#datagram === 'string' ? Buffer.from(this.#datagram, 'latin1') : this.#datagram);
  }
}

/** One genuine Access-Request on its way to a verdict, with what its reply needs. */
export class OpenRequest implements Answerable {
  readonly client: RadiusClient;
  readonly identifier: number;
  readonly contents: Contents;
  readonly duplicateKey: string;
  readonly peer: Peer;
  /** Where it came in, and the reply goes out. */
  readonly listener: Sender;
  readonly access: WireRequest;

  constructor(fields: Omit<OpenRequest, 'requestAuthenticator' | 'credentials'>) {
    this.client = fields.client;
    this.identifier = fields.identifier;
    this.contents = fields.contents;
    this.duplicateKey = fields.duplicateKey;
    this.peer = fields.peer;
    this.listener = fields.listener;
    this.access = fields.access;
  }

  get requestAuthenticator(): Buffer {
    return Buffer.from(this.access.attempt, 'latin1');
  }

  get credentials(): AccessRequest['credentials'] {
    return this.access.credentials;
  }
}
