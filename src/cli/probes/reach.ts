import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../../lib/clock.ts';

/** Where something listens by TCP. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** With TLS from the first octet; the certificate is verified. */
  readonly tls: boolean;
  /** PEM; without it, the authorities known to Node. */
  readonly ca?: string | undefined;
}

/** Connects, says nothing and hangs up. Gives what is wrong, or `undefined`. */
export function reach({ host, port, tls, ca }: Place, waitMs: number, clock: Clock): Promise<string | undefined> {
  return new Promise((resolve) => {
    const servername = isIP(host) === 0 ? host : '';
    const socket = tls ? connectTls({ host, port, servername, minVersion: 'TLSv1.2', ca }) : connect({ host, port });
    const settle = (problem: string | undefined): void => {
      timer.cancel();
      socket.destroy();
      resolve(problem);
    };
    const timer = clock.setTimer(waitMs, () => settle('no answer: it is down, or a firewall is between'));
    socket.once(tls ? 'secureConnect' : 'connect', () => settle(undefined));
    // More may follow the first one while the socket ends.
    socket.on('error', (error) => settle(connectionCause(error)));
  });
}

/** Why a connection failed, in an operator's words, without a full stop. */
export function connectionCause(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  // Of several addresses that were tried the first may speak.
  if (error instanceof AggregateError && error.errors.length > 0) return connectionCause(error.errors[0]);
  const code = 'code' in error ? String(error.code) : '';
  return causes[code] ?? error.message.replace(/\s+/g, ' ').replace(/\.$/, '');
}

const causes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name cannot be looked up: no name server answers',
  ECONNREFUSED: 'no program listens on that port',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate bears another name (of a home server: compare `serverName` with what it says)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that is not in `ca`',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that is not in `ca`',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not in `ca`',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate has signed itself and is not in `ca`',
};
