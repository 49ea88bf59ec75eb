import type { DecodedPacket, RadiusAttribute } from 'radius';

import { Nas, type NasOptions } from '../support/nas.ts';
import { TOKEN_SECRET } from '../support/phone.ts';
import type { Sallyport } from '../support/sallyport.ts';
import { addCrowd } from '../support/store.ts';

/** A password every user of these tests has. */
export const PASSWORD = 'wonderland';

/** A reply as a NAS reads it. */
export interface Reply {
  readonly code: string;
  readonly packet: DecodedPacket;
  /** All Reply-Message attributes together. */
  readonly message: string;
  readonly state: Buffer | undefined;
  /** Types of the attributes in their order. */
  readonly types: readonly number[];
}

const PROMPT = 76;
const REPLY_MESSAGE = 18;
const STATE = 24;

/** A user in front of a NAS: says a password, then answers what is asked. */
export class Visitor {
  readonly nas: Nas;
  readonly user: string;
  #state: Buffer | undefined;

  constructor(nas: Nas, user: string) {
    this.nas = nas;
    this.user = user;
  }

  /** Begins anew with this in the password field. */
  begin(password: string, more: readonly RadiusAttribute[] = []): Promise<Reply> {
    this.#state = undefined;
    return this.answer(password, more);
  }

  /** Answers the last question. */
  async answer(typed: string, more: readonly RadiusAttribute[] = []): Promise<Reply> {
    const reply = readReply(await this.nas.ask({ attributes: this.attributes(typed, more) }));
    this.#state = reply.state;
    return reply;
  }

  /** What the NAS would send now. */
  attributes(typed: string, more: readonly RadiusAttribute[] = []): RadiusAttribute[] {
    return [
      ['User-Name', this.user],
      ['User-Password', typed],
      ...(this.#state === undefined ? [] : [[STATE, this.#state] as const]),
      ...more,
    ];
  }
}

/** Takes a reply apart. */
export function readReply(packet: DecodedPacket): Reply {
  const values = (type: number): Buffer[] =>
    packet.raw_attributes.filter(([found]) => found === type).map(([, value]) => value);
  return {
    code: packet.code,
    packet,
    message: Buffer.concat(values(REPLY_MESSAGE)).toString('utf8'),
    state: values(STATE)[0],
    types: packet.raw_attributes.map(([type]) => type),
  };
}

/** Octets of all attributes of that type. */
export function valuesOf({ packet }: Reply, type: number): Buffer[] {
  return packet.raw_attributes.filter(([found]) => found === type).map(([, value]) => value);
}

/** Whether the NAS may show what is typed (RFC 2869 §5.10). */
export function promptOf(reply: Reply): number | undefined {
  return valuesOf(reply, PROMPT)[0]?.readUInt32BE(0);
}

/** A NAS in front of the program's first listener. */
export function openNas(gate: Sallyport, options: Partial<NasOptions> = {}): Promise<Nas> {
  return Nas.open({ secret: gate.secret, port: gate.port, ...options });
}

/** Adds users with the password of these tests and a TOTP token each. */
export function enrolAll(gate: Sallyport, ...names: readonly string[]): Promise<void> {
  return addCrowd(gate.folder, { names, password: PASSWORD, secret: TOKEN_SECRET });
}
