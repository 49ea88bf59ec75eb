/** What can keep a server from serving. */
export type ServerErrorCode =
  | 'address-in-use' // somebody else listens there
  | 'address-unavailable' // not an address of this machine
  | 'permission-denied' // a port below 1024 without the right to it
  | 'bind-failed'; // anything else; see `cause`

/** The only error this room throws. */
export class ServerError extends Error {
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServerError';
    this.code = code;
  }
}
