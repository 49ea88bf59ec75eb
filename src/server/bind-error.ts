import { ServerError, type ServerErrorCode } from './error.ts';

const bindErrors: Readonly<Record<string, readonly [ServerErrorCode, string]>> = {
  EADDRINUSE: ['address-in-use', 'another program listens there'],
  EADDRNOTAVAIL: ['address-unavailable', 'this machine does not have that address'],
  EACCES: ['permission-denied', 'the system does not allow this user to listen there'],
};

/** What to tell an operator whose listener cannot be bound. */
export function bindError(
  protocol: string,
  { address, port }: { readonly address: string; readonly port: number },
  cause: unknown,
): ServerError {
  const [code, why] = bindErrors[codeOf(cause)] ?? ['bind-failed', codeOf(cause)];
  return new ServerError(code, `cannot listen on ${protocol} ${address} port ${port}: ${why}`, { cause });
}

/** The system's code of an error, `unknown` where it has none. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
