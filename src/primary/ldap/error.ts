/**
 * `unreachable`: no connection; `tls`: its certificate or handshake is wrong; `late`: no answer in time; `closed`: the
 * connection was lost; `malformed`: no LDAP, or more than is read; `refused`: an answer that is none to the question;
 * `service-refused`: our own account may not bind; `busy`: too much waits here.
 */
export type DirectoryErrorCode =
  'unreachable' | 'tls' | 'late' | 'closed' | 'malformed' | 'refused' | 'service-refused' | 'busy';

/** A directory could not be asked. The message is a sentence for the log, without secrets. */
export class DirectoryError extends Error {
  readonly code: DirectoryErrorCode;

  constructor(code: DirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DirectoryError';
    this.code = code;
  }
}
