import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { ClosedLoop } from './closed-loop.ts';
import { hasMessageAuthenticator, isAuthenticReply } from './codec.ts';
import { createLoginPool } from './login-pool.ts';
import type { UserTurns } from './login-pool.ts';
import type { GeneratorAnswer, GeneratorOrder, LoadPlan, ProbeFigures } from './plan.ts';

// The load generator's own process: it takes one order at a time and answers it.

const PROBE_MS = 5000;
const turnsByPort = new Map<number, UserTurns>();

process.on('message', (order: GeneratorOrder) => {
  void perform(order).then((answer) => process.send?.(answer));
});

async function perform(order: GeneratorOrder): Promise<GeneratorAnswer> {
  try {
    if (order.kind === 'probe') return { kind: 'probe', figures: await probe(order.plan) };
    const loop = new ClosedLoop(order.plan, createLoginPool(order.plan, turnsAt(order.plan.port)));
    return { kind: 'load', figures: await loop.run() };
  } catch (cause) {
    return { kind: 'failed', problem: cause instanceof Error ? cause.message : String(cause) };
  }
}

function turnsAt(port: number): UserTurns {
  const known = turnsByPort.get(port) ?? newTurns();
  turnsByPort.set(port, known);
  return known;
}

function newTurns(): UserTurns {
  return { next: 0, spent: new Map() };
}

/** One login's first packet, its reply checked in full: shows that every server under test does the same work. */
async function probe(plan: LoadPlan): Promise<ProbeFigures> {
  const pool = createLoginPool({ ...plan, kind: 'password', maxLogins: 1, sockets: 1 }, newTurns());
  const request = pool.request(0);
  const socket = createSocket('udp4');
  try {
    socket.send(request, plan.port, '127.0.0.1');
    const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(PROBE_MS) })) as [Buffer];
    const authenticator = request.subarray(4, 20);
    return {
      code: reply[0] ?? 0,
      isAuthentic: isAuthenticReply(reply, authenticator, pool.secret),
      hasMessageAuthenticator: hasMessageAuthenticator(reply, authenticator, pool.secret),
    };
  } finally {
    socket.close();
  }
}
