/** What can keep the console from serving. */
export type ConsoleErrorCode = 'bind-failed';

/** The only error this room throws. */
export class ConsoleError extends Error {
  readonly code: ConsoleErrorCode;

  constructor(code: ConsoleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConsoleError';
    this.code = code;
  }
}
