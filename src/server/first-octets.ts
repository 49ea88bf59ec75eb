import type { Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';

/** Under the first buffer of Node's TLS (1,024 octets): a piece that fills it has Node add one of 16 kB. */
const PIECE_OCTETS = 1000;

/**
 * Waits until the other end has said something, which stays to be read; gives why that will not be, otherwise `undefined`.
 * Whoever only connects costs a socket and no TLS. And where the first octets are there already, and come in small pieces,
 * TLS makes its buffer small: else each connection keeps one of 64 kB.
 */
export function firstOctets(
  socket: Socket,
  { clock, waitMs }: { readonly clock: Clock; readonly waitMs: number },
): Promise<'time-out' | 'broken' | undefined> {
  socket.on('error', ignore);
  return new Promise((resolve) => {
    const settle = (silence?: 'time-out' | 'broken'): void => {
      timer.cancel();
      socket.off('readable', onReadable).off('close', onClose);
      resolve(silence);
    };
    const timer = clock.setTimer(waitMs, () => settle('time-out'));
    const onReadable = (): void => {
      readInPieces(socket);
      settle();
    };
    const onClose = (): void => settle('broken');
    socket.on('readable', onReadable).on('close', onClose);
  });
}

function readInPieces(socket: Socket): void {
  const read = socket.read.bind(socket);
  socket.read = (octets) => read(octets ?? (Math.min(PIECE_OCTETS, socket.readableLength) || undefined)) as unknown;
}

// "closed" follows.
function ignore(): void {}
