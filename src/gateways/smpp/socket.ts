import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where the SMSC is, and how its line is kept. */
export interface SmppPlace {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** PEM of the authorities its certificate may come from, instead of those that Node trusts. */
  readonly ca?: string;
}

/** Connects; with TLS the certificate has been verified. Rejects with what is wrong, or at the signal. */
export function openSocket(place: SmppPlace, signal: AbortSignal): Promise<Socket> {
  const socket = place.tls ? secureSocket(place) : connect({ host: place.host, port: place.port, noDelay: true });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const aborted = () => fail(new Error('connecting took too long'));
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    socket.once('error', fail);
    socket.once(place.tls ? 'secureConnect' : 'connect', () => {
      signal.removeEventListener('abort', aborted);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function secureSocket({ host, port, ca }: SmppPlace): Socket {
  return connectTls({
    host,
    port,
    minVersion: 'TLSv1.2',
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
  });
}
