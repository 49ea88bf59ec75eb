/** What can be wrong with octets that claim to be a RADIUS packet, or with a packet that is to be encoded. */
export type RadiusErrorCode =
  | 'packet-too-short' // fewer than 20 octets, or fewer than Length says
  | 'length-invalid' // Length below 20 or above 4096
  | 'attribute-truncated' // an attribute of length < 2 or running past Length
  | 'attribute-too-long' // over 253 octets of value
  | 'packet-too-long' // over 4096 octets
  | 'password-too-long'; // over 128 octets (RFC 2865 §5.2), or over 239 (RFC 2868 §3.5)

/** The only error this room throws. */
export class RadiusError extends Error {
  readonly code: RadiusErrorCode;

  constructor(code: RadiusErrorCode, message: string) {
    super(message);
    this.name = 'RadiusError';
    this.code = code;
  }
}

/** Whether it is a packet that cannot be written, not octets that cannot be read. */
export function isTooLong(error: unknown): boolean {
  return error instanceof RadiusError && error.code.endsWith('-too-long');
}
