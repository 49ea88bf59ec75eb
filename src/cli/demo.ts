import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { CommandModule } from 'yargs';
import { startApp, type App } from '../app.ts';
import { parseConfig, type Config } from '../config/index.ts';
import { createTokenSecret, passcodeAt } from '../factors/index.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { createSystemRandom, type Random } from '../lib/random.ts';
import { Secret } from '../lib/secret.ts';
import { hashPassword } from '../primary/index.ts';
import { AttributeType, Code, dumpPacket, firstValue, loadDictionary, type Packet } from '../radius/index.ts';
import { handler, printTable, type CliIo, type ExitStatus } from './io.ts';
import { createNas, replyText, type Nas, type NasQuestion } from './nas.ts';

export const command: CommandModule = {
  command: 'demo',
  describe: 'Show a login step by step: a server, a user, a NAS and a phone, all on loopback; ends by itself',
  handler: handler(demo),
};

const USER = 'alice';
const SHAPE = { digits: 6, algorithm: 'sha1', periodSeconds: 30 } as const;
const LOCKOUT_FAILURES = 3;
const DICTIONARIES = join(import.meta.dirname, '..', '..', 'dictionaries');

const CONFIG = `
server: { id: demo, dataDir: ., listen: [{ protocol: udp, address: 127.0.0.1, port: 0 }] }
clients:
  - { name: demo-nas, address: 127.0.0.1, secret: { generate: nas.secret }, primary: local, rejectDelaySeconds: 0 }
primaries: { local: { type: local } }
policies: { default: { factors: [totp], lockout: { failures: ${LOCKOUT_FAILURES}, seconds: 900 } } }
`;

/** The people and things of the demo. */
interface Stage {
  readonly io: CliIo;
  readonly app: App;
  readonly nas: Nas;
  readonly password: string;
  /** What the phone shows now. */
  readonly phone: () => string;
  readonly show: (packet: Packet) => string;
}

/** Plays a login, a wrong passcode and a lock-out, showing each packet; leaves nothing behind. */
export async function demo(_: unknown, io: CliIo): Promise<ExitStatus> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-demo-'));
  const random = createSystemRandom();
  const remove = removeAlsoWhenInterrupted(directory);
  try {
    const config = demoConfig(directory, random);
    const masterKey = Secret.fromOctets(random.octets(32));
    const app = await startApp(config, { clock: systemClock, random, logger: silentLogger, masterKey });
    try {
      return await play(config, app, { io, random });
    } finally {
      await app.stop();
    }
  } finally {
    remove();
  }
}

function removeAlsoWhenInterrupted(directory: string): () => void {
  // The store's other thread may still be writing.
  const remove = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  const leave = (): void => process.exit(1);
  process.once('exit', remove);
  process.once('SIGINT', leave).once('SIGTERM', leave);
  return () => {
    process.off('exit', remove);
    process.off('SIGINT', leave).off('SIGTERM', leave);
    remove();
  };
}

function demoConfig(directory: string, random: Random): Config {
  const sources = { env: {}, hostname: 'demo', random };
  const result = parseConfig(CONFIG, join(directory, 'demo.yaml'), sources);
  if (result.kind === 'loaded') return result.config;
  throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
}

async function play(config: Config, app: App, { io, random }: { io: CliIo; random: Random }): Promise<ExitStatus> {
  const [listener] = app.addresses.radius;
  const [client] = config.clients;
  if (listener === undefined || client === undefined) throw new Error('the demo has no listener');
  const password = random.octets(9).toString('base64url');
  const phone = await enrol(app, password, random);
  const target = { address: listener.address, port: listener.port, secret: client.secret };
  const nas = await createNas({ ...target, timeoutMs: 5_000, transmissions: 2 }, { clock: systemClock, random });
  const dictionary = loadDictionary(DICTIONARIES);
  const stage: Stage = { io, app, nas, password, phone, show: (packet) => dumpPacket(packet, dictionary) };
  try {
    title(
      stage,
      `Sallyport listens on ${listener.address} port ${listener.port}. ${USER} has a password and an authenticator app.`,
    );
    const hasPassed = [await logIn(stage), await mistype(stage), await guess(stage)].every(Boolean);
    await tellLog(stage);
    return hasPassed ? 0 : 1;
  } finally {
    nas.close();
  }
}

async function enrol(app: App, password: string, random: Random): Promise<() => string> {
  const passwordHash = await hashPassword(Buffer.from(password), random);
  const { id: userId } = await app.storage.users.addUser(USER, { passwordHash });
  const secret = createTokenSecret(random, SHAPE.algorithm);
  await app.storage.tokens.addToken({ userId, type: 'totp', serial: 'DEMO-PHONE', secret, nextCounter: 0, ...SHAPE });
  return () => passcodeAt({ ...SHAPE, secret }, Math.floor(systemClock.nowMs() / 1_000 / SHAPE.periodSeconds));
}

async function logIn(stage: Stage): Promise<boolean> {
  title(stage, '1. A login. The VPN sends what the user typed: first door.');
  const state = await challenged(stage);
  const passcode = stage.phone();
  title(
    stage,
    `   The password was right. The phone shows ${passcode.slice(0, 3)} ${passcode.slice(3)}; the user types it: second door.`,
  );
  const accepted = await exchange(stage, { user: USER, password: Buffer.from(passcode), state });
  tell(stage, accepted, 'Both doors are open.');
  return accepted.code === Code.accessAccept;
}

async function mistype(stage: Stage): Promise<boolean> {
  title(stage, '2. A wrong passcode: the user may try again.');
  const state = await challenged(stage);
  const again = await exchange(stage, { user: USER, password: wrongPasscode(stage, 1), state });
  tell(stage, again, 'The user is asked again.');
  return again.code === Code.accessChallenge;
}

async function guess(stage: Stage): Promise<boolean> {
  title(
    stage,
    `3. Somebody who knows the password guesses passcodes: the ${LOCKOUT_FAILURES}rd wrong one since the last right one locks the user out.`,
  );
  let state = await challenged(stage);
  for (let number = 2; number <= LOCKOUT_FAILURES; number += 1) {
    const reply = await exchange(stage, { user: USER, password: wrongPasscode(stage, number), state });
    tell(stage, reply, reply.code === Code.accessReject ? 'Locked out.' : 'Wrong again.');
    state = firstValue(reply.attributes, AttributeType.state);
  }
  title(stage, '   From now on not even the right password is looked at.');
  const refused = await exchange(stage, { user: USER, password: Buffer.from(stage.password) });
  tell(stage, refused, 'sallyport user unlock would end it at once.');
  return refused.code === Code.accessReject;
}

async function challenged(stage: Stage): Promise<Buffer | undefined> {
  const reply = await exchange(stage, { user: USER, password: Buffer.from(stage.password) });
  tell(stage, reply, 'The VPN shows the question.');
  return firstValue(reply.attributes, AttributeType.state);
}

async function exchange({ io, nas, show }: Stage, question: NasQuestion): Promise<Packet> {
  const reply = await nas.ask(question);
  if (reply.kind === 'no-answer') throw new Error('the server did not answer');
  io.out(indented(`NAS → Sallyport   ${show(reply.request)}`));
  io.out(indented(`NAS ← Sallyport   ${show(reply.packet)}`));
  return reply.packet;
}

async function tellLog({ app, io }: Stage): Promise<void> {
  io.out(styleText('bold', '\nWhat the authentication log says (sallyport report):'));
  const rows = [];
  for await (const { atMs, username, verdict, reason, token = '' } of app.storage.events.events({})) {
    rows.unshift({ time: new Date(atMs).toISOString(), username, verdict, reason, token });
  }
  const columns = (['time', 'username', 'verdict', 'reason', 'token'] as const).map((key) => ({ heading: key, key }));
  await printTable(io, { columns, rows });
  const chain = await app.storage.events.verifyChain();
  io.out(
    chain.kind === 'intact'
      ? `The log is intact: ${chain.events} events, each bound to the one before.`
      : chain.problem,
  );
}

// Six digits that are not what the phone shows, now or next to now.
function wrongPasscode({ phone }: Stage, number: number): Buffer {
  return Buffer.from(String((Number(phone()) + 111_111 * number) % 1_000_000).padStart(6, '0'));
}

function title({ io }: Stage, text: string): void {
  io.out(styleText('bold', `\n${text}`));
}

function tell({ io }: Stage, packet: Packet, remark: string): void {
  const text = replyText(packet);
  io.out(`  ${text === '' ? '' : `“${text}” `}${remark}`);
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}
