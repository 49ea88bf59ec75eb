/** What the tests use of the npm package `radius`, an implementation of the protocol that is not ours. */
declare module 'radius' {
  /** By name from its dictionary with a value, or by number with octets. */
  export type RadiusAttribute = readonly [string | number, string | number | Buffer];

  export interface DecodedPacket {
    readonly code: string;
    readonly identifier: number;
    readonly length: number;
    readonly authenticator: Buffer;
    readonly attributes: Readonly<Record<string, unknown>>;
    /** In the packet's order, octets as sent. */
    readonly raw_attributes: readonly (readonly [number, Buffer])[];
  }

  export interface EncodeOptions {
    readonly code: string;
    readonly identifier?: number;
    /** Of the request; random when missing. */
    readonly authenticator?: Buffer;
    readonly secret: string;
    /** Appended as the last attribute. */
    readonly add_message_authenticator?: boolean;
    readonly attributes?: RadiusAttribute[];
  }

  const radius: {
    /** Throws when a Message-Authenticator is there and wrong; where it is compared, it is compared as text. */
    decode(options: { readonly packet: Buffer; readonly secret: string }): DecodedPacket;
    decode_without_secret(options: { readonly packet: Buffer }): DecodedPacket;
    encode(options: EncodeOptions): Buffer;
    encode_response(options: {
      readonly packet: DecodedPacket;
      readonly code: string;
      readonly secret: string;
      readonly attributes?: RadiusAttribute[];
      /** Has no effect: the reply is signed when the request is. */
      readonly add_message_authenticator?: boolean;
    }): Buffer;
    verify_response(options: { readonly request: Buffer; readonly response: Buffer; readonly secret: string }): boolean;
  };
  export default radius;
}
