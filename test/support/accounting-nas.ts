import radius, { type DecodedPacket, type RadiusAttribute } from 'radius';

import { Nas, type NasOptions } from './nas.ts';

/** A NAS that sends accounting, by the npm package `radius`: an implementation that is not ours. */
export class AccountingNas {
  readonly #nas: Nas;
  readonly #secret: string;
  #identifier = 0;

  private constructor(nas: Nas, secret: string) {
    this.#nas = nas;
    this.#secret = secret;
  }

  static async open(options: NasOptions): Promise<AccountingNas> {
    return new AccountingNas(await Nas.open(options), options.secret);
  }

  /** The octets of an Accounting-Request, its Request Authenticator by RFC 2866 §3. */
  encode(attributes: readonly RadiusAttribute[], secret = this.#secret): Buffer {
    this.#identifier = (this.#identifier + 1) % 256;
    const code = 'Accounting-Request';
    return radius.encode({ code, identifier: this.#identifier, secret, attributes: [...attributes] });
  }

  send(octets: Buffer): void {
    this.#nas.send(octets);
  }

  /** Sends, and gives the octets of the reply. */
  reply(request: Buffer): Promise<Buffer> {
    this.#nas.send(request);
    return this.#nas.nextReply();
  }

  /** Sends, and gives the reply once the package has found its authenticator right. */
  async exchange(request: Buffer): Promise<DecodedPacket> {
    return this.#nas.verify(request, await this.reply(request));
  }

  /** As that of `Nas`. */
  isSilentAbout(octets: Buffer): Promise<boolean> {
    return this.#nas.isSilentAbout(octets);
  }

  stop(): Promise<void> {
    return this.#nas.close();
  }
}
