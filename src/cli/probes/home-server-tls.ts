import type { TLSSocket } from 'node:tls';
import type { HomeServerConfig } from '../../config/index.ts';
import { connectInTls } from '../../primary/index.ts';
import type { TlsConnection } from '../../primary/index.ts';
import { createSharedKey, microsoftSaltedTypes, PacketStream, replyFrom11, requestTo11 } from '../../radius/index.ts';
import { encodeQuestion, judge } from './home-server.ts';
import type { HomeServerAnswer, ProbeDeps, ProbeOptions, Question } from './home-server.ts';
import { connectionCause } from './reach.ts';

const TURNED_AWAY =
  'it closes the connection after the handshake: it does not accept our certificate or key, or does not know this machine';

/** Connects to one home server of RadSec, and asks it. */
export async function askInTls(
  server: HomeServerConfig,
  { questions, waitMs }: ProbeOptions,
  deps: ProbeDeps,
): Promise<HomeServerAnswer> {
  let connection: TlsConnection;
  try {
    connection = await connectInTls(server, { clock: deps.clock, timeoutMs: waitMs });
  } catch (error) {
    return { kind: 'unreachable', cause: connectionCause(error) };
  }
  try {
    for (const question of questions) {
      const answer = await ask(connection, server, question, waitMs, deps);
      if (answer.kind !== 'silent') return answer;
    }
    return { kind: 'silent' };
  } finally {
    connection.socket.destroy();
  }
}

function ask(
  { socket, version }: TlsConnection,
  server: HomeServerConfig,
  question: Question,
  waitMs: number,
  { clock, random }: ProbeDeps,
): Promise<HomeServerAnswer> {
  const key = createSharedKey(server.secret);
  const authenticator = random.octets(16);
  const request = encodeQuestion(question, authenticator, key, random);
  const identifier = request[1] ?? 0;
  const startMs = clock.monotonicMs();
  const stream = new PacketStream();
  return new Promise((resolve) => {
    const timer = clock.setTimer(waitMs, () => settle({ kind: 'silent' }));
    const settle = (answer: HomeServerAnswer): void => {
      timer.cancel();
      socket.removeAllListeners('data');
      resolve(answer);
    };
    const turnedAway = (): void => settle({ kind: 'unreachable', cause: TURNED_AWAY });
    socket.once('error', turnedAway).once('close', turnedAway);
    socket.on('data', (chunk: Buffer) => {
      for (const octets of packetsOf(stream, chunk, socket)) {
        const translation = { key, saltedTypes: microsoftSaltedTypes, random };
        const datagram = version === '1.1' ? replyFrom11(octets, { identifier, authenticator }, translation) : octets;
        const answer = judge(datagram, request, authenticator, key, server);
        if (answer === 'alive') settle({ kind: 'alive', to: question, tookMs: clock.monotonicMs() - startMs });
        else if (answer !== undefined) settle(answer);
      }
    });
    socket.write(version === '1.1' ? requestTo11(request, random.octets(4), key) : request);
  });
}

function packetsOf(stream: PacketStream, chunk: Buffer, socket: TLSSocket): Buffer[] {
  try {
    return stream.push(chunk);
  } catch {
    socket.destroy();
    return [];
  }
}
