import { isIP } from 'node:net';
import { checkServerIdentity, connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { HomeServerConfig, HomeServerTlsConfig, PskConfig } from '../../config/index.ts';
import type { Clock } from '../../lib/clock.ts';
import { readTlsFiles } from '../../lib/tls-files.ts';
import { agreedVersion, alpnNames, tlsRules, type RadiusVersion } from '../../lib/tls-rules.ts';

/** A connection to a home server whose certificate, or key, has been seen through. */
export interface TlsConnection {
  readonly socket: TLSSocket;
  readonly version: RadiusVersion;
}

const KEEP_ALIVE_MS = 60_000;

/**
 * Connects to a home server of RadSec (RFC 6614 §2.3): its certificate must be signed by an authority of ours, be in date
 * and bear its name; ours is shown. The files are read for each connection, so that a renewed certificate needs nothing
 * else. Rejects with the system's error, OpenSSL's, or one that says which file cannot be used.
 */
export async function connectInTls(
  { address, port, tls }: HomeServerConfig,
  options: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<TlsConnection> {
  if (tls === undefined) throw new Error('the home server is not one of RadSec');
  const socket = connect({
    ...tlsRules,
    ...papers(tls, options.clock),
    ...names(tls, address),
    host: address,
    port,
    ALPNProtocols: alpnNames(tls.radiusVersions),
    rejectUnauthorized: true,
  });
  try {
    await secured(socket, options);
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  }
  const version = agreedVersion(socket.alpnProtocol, socket.getProtocol(), tls.radiusVersions);
  if (version === undefined) {
    socket.destroy();
    throw new Error('the home server wants no version of RADIUS that is allowed here');
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return { socket, version };
}

function papers({ files, psk }: HomeServerTlsConfig, clock: Clock): ConnectionOptions {
  if (psk !== undefined) return keyed(psk);
  const { material, faults } = readTlsFiles(files, clock.nowMs());
  if (material === undefined) throw new Error(faults.map(({ role, message }) => `${role}: ${message}`).join('; '));
  const { cert, key, ca } = material;
  return { ...(cert && { cert }), ...(key && { key: key.reveal() }), ...(ca && { ca }) };
}

// No certificate may stand in for the key: who has none of the ciphers with keys is turned away.
function keyed({ identity, key }: PskConfig): ConnectionOptions {
  return {
    ciphers: tlsRules.ciphers
      .split(':')
      .filter((name) => name.startsWith('TLS_') || name.includes('PSK'))
      .join(':'),
    ca: [],
    pskCallback: () => ({ identity, psk: key.reveal() }),
    checkServerIdentity: () => undefined,
  };
}

function names({ serverName, psk }: HomeServerTlsConfig, address: string): ConnectionOptions {
  if (psk !== undefined) return {};
  const name = serverName ?? address;
  // An address is no name for SNI (RFC 6066 §3); the certificate has to bear it all the same.
  const servername = isIP(name) === 0 ? name : '';
  return { servername, checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) };
}

function secured(
  socket: TLSSocket,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () => reject(new Error('the TLS handshake was not over in time')));
    const settle = (then: () => void): void => {
      timer.cancel();
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      then();
    };
    const onError = (error: Error): void => settle(() => reject(error));
    const onClose = (): void => settle(() => reject(new Error('the home server closed the connection')));
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once('secureConnect', () => settle(resolve));
  });
}
