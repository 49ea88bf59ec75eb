import { randomFillSync } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNasSecret, REQUEST_STRIDE, writeAccessRequest } from './codec.ts';
import { NAS_ATTRIBUTES, phoneOwnerOf } from './login-pool.ts';

/** Logins that wait for a phone. */
export interface HeldLogins {
  /** Logins that were answered although nobody touched a phone. */
  readonly answered: number;
  stop(): Promise<void>;
}

const IDENTIFIERS = 256;
// Slow enough that no datagram is lost in a socket's buffer.
const SENT_AT_ONCE = 32;
const PAUSE_MS = 4;

/** Begins one login for each of `count` owners of phones and waits until the server holds them all. */
export async function holdLogins(plan: {
  readonly port: number;
  readonly sharedSecret: string;
  readonly password: string;
  readonly count: number;
  /** How many logins the server holds now. */
  readonly heldNow: () => Promise<number>;
}): Promise<HeldLogins> {
  const { port, count, password } = plan;
  const secret = createNasSecret(plan.sharedSecret);
  const sockets: Socket[] = [];
  let answered = 0;
  const held: HeldLogins = {
    get answered() {
      return answered;
    },
    stop: async () => {
      await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
    },
  };
  const out = Buffer.alloc(REQUEST_STRIDE);
  for (let index = 0; index < count; index += 1) {
    const identifier = index % IDENTIFIERS;
    if (identifier === 0) sockets.push(createSocket('udp4').on('message', () => (answered += 1)));
    const authenticator = randomFillSync(Buffer.alloc(16));
    const fields = {
      identifier,
      authenticator,
      username: phoneOwnerOf(index),
      password,
      nasAttributes: NAS_ATTRIBUTES,
    };
    const length = writeAccessRequest(out, 0, fields, secret);
    sockets.at(-1)?.send(Buffer.from(out.subarray(0, length)), port, '127.0.0.1');
    if (index % SENT_AT_ONCE === SENT_AT_ONCE - 1) await sleep(PAUSE_MS);
  }
  await untilHeld(count, plan.heldNow, held);
  return held;
}

const PATIENCE_MS = 30_000;
const POLL_MS = 100;

async function untilHeld(count: number, heldNow: () => Promise<number>, held: HeldLogins): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  let found = await heldNow();
  while (found < count) {
    if (performance.now() > deadlineMs) {
      await held.stop();
      throw new Error(`only ${found} of ${count} logins are held; ${held.answered} were answered`);
    }
    await sleep(POLL_MS);
    found = await heldNow();
  }
}
