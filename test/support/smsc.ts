import type { AddressInfo, Server } from 'node:net';
import smpp, { type Pdu, type Session } from 'smpp';

/** An SMSC on loopback that does as a test says. */
export interface Smsc {
  readonly port: number;
  /** Requests in the order they came. */
  readonly seen: readonly Pdu[];
  /** Sessions that are bound now. */
  readonly bound: ReadonlySet<Session>;
  /** Those of them that were bound this way. */
  boundAs(bind: 'transceiver' | 'transmitter' | 'receiver'): readonly Session[];
  /** What it answers; by default everything is well. `silent` answers nothing. */
  answer(answer: (pdu: Pdu) => object | 'silent'): void;
  /** Sends a message or a receipt to whoever is bound to hear it, and resolves with the status it was answered with. */
  deliver(fields: object): Promise<number>;
  /** Resolves with the first request of that kind after those that were asked for before. */
  next(command: string): Promise<Pdu>;
  /** Closes the sessions, without a word. */
  dropAll(): void;
  stop(): Promise<void>;
}

/** Starts an SMSC, with TLS where it has a certificate; `port` only to come back where another was. */
export async function startSmsc(port = 0, tls: { key?: string; cert?: string } = {}): Promise<Smsc> {
  const seen: Pdu[] = [];
  const asked = new Map<string, number>();
  const bound = new Set<Session>();
  const binds = new WeakMap<Session, string>();
  const boundAs = (bind: string) => [...bound].filter((session) => binds.get(session) === `bind_${bind}`);
  const sessions = new Set<Session>();
  let wake = Promise.withResolvers<undefined>();
  let answer: (pdu: Pdu) => object | 'silent' = () => ({});
  const received = (session: Session, pdu: Pdu) => {
    if (pdu.isResponse()) return;
    const fields = answer(pdu);
    if (fields !== 'silent') {
      const response = pdu.response({ message_id: String(seen.length), ...fields });
      session.send(response);
      if (pdu.command.startsWith('bind_') && response.command_status === 0) {
        bound.add(session);
        binds.set(session, pdu.command);
      }
    }
    seen.push(pdu);
    wake.resolve(undefined);
    wake = Promise.withResolvers();
  };
  const server = smpp.createServer(tls, (session) => {
    sessions.add(session);
    session.on('pdu', (pdu: Pdu) => received(session, pdu));
    session.on('error', () => session.destroy());
    session.on('close', () => {
      bound.delete(session);
      sessions.delete(session);
    });
  });
  await listen(server, port);
  const dropAll = () => {
    for (const session of sessions) session.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    bound,
    boundAs,
    answer: (given) => (answer = given),
    dropAll,
    deliver: (fields) => deliver([...boundAs('receiver'), ...boundAs('transceiver')][0], fields),
    async next(command) {
      const nth = asked.get(command) ?? 0;
      asked.set(command, nth + 1);
      for (;;) {
        const pdu = seen.filter((one) => one.command === command)[nth];
        if (pdu !== undefined) return pdu;
        await wake.promise;
      }
    },
    async stop() {
      dropAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function deliver(session: Session | undefined, fields: object): Promise<number> {
  if (session === undefined) throw new Error('nobody is bound');
  const pdu = new smpp.PDU('deliver_sm', fields);
  return new Promise((resolve) => {
    const answered = (answer: Pdu) => {
      if (!answer.isResponse() || answer.sequence_number !== pdu.sequence_number) return;
      session.off('pdu', answered);
      resolve(answer.command_status);
    };
    session.on('pdu', answered);
    session.send(pdu);
  });
}
