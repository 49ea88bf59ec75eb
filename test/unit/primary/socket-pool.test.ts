import { describe, expect, it } from 'vitest';
import { NOT_SET } from '../../../src/primary/home-server/deadlines.ts';
import type { Exchange } from '../../../src/primary/home-server/exchange.ts';
import { SocketPool } from '../../../src/primary/home-server/socket-pool.ts';
import { HomeServerSocket } from '../../../src/primary/home-server/socket.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const IDENTIFIERS = 256;
const nothing = (): void => undefined;

class IdleSocket extends HomeServerSocket<Exchange> {
  readonly isReliable = false;
  send = nothing;
  close = (): Promise<void> => Promise.resolve();
}

function exchange(admitted: (exchange: Exchange) => void = nothing): Exchange {
  const made: Exchange = {
    ...{ socket: undefined, identifier: 0, authenticator: Buffer.alloc(16) },
    ...{ dueTick: NOT_SET, before: undefined, after: undefined },
    ...{ answered: nothing, doubted: nothing, lost: nothing, expired: nothing },
    admitted: () => admitted(made),
  };
  return made;
}

async function poolOf(maxSockets: number): Promise<SocketPool> {
  const owner = { received: nothing, ignored: nothing, failed: nothing, lost: nothing };
  const pool = new SocketPool(
    { maxSockets, maxReopenMs: 1_000 },
    { clock: new FakeClock(), open: () => Promise.resolve(new IdleSocket(owner)), openFailed: nothing },
  );
  await pool.start();
  return pool;
}

describe('what waits for an identifier', () => {
  it('may give it back at once, all of the longest queue there can be: each request was too long to relay', async () => {
    const maxSockets = 64;
    const pool = await poolOf(maxSockets);
    const open: Exchange[] = [];
    while (open.length < maxSockets * IDENTIFIERS) {
      const next = exchange();
      if (pool.take(next, 0)) open.push(next);
      // A further socket is opened in the meantime.
      else await Promise.resolve();
    }
    let refused = 0;
    const refuse = (waiting: Exchange): void => {
      refused += 1;
      pool.giveBack(waiting, 0, 'answered');
    };
    for (let count = 0; count < pool.capacity; count += 1) expect(pool.wait(exchange(refuse))).toBe(true);
    const last = exchange();
    expect(pool.take(last, 0)).toBe(false);
    pool.giveBack(open[0]!, 0, 'answered');
    expect(refused).toBe(pool.capacity);
    expect(pool.openCount).toBe(pool.capacity - 1);
    expect(pool.take(last, 0)).toBe(true);
  });
});
