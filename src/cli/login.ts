import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import type { Config } from '../config/index.ts';
import { systemClock } from '../lib/clock.ts';
import { causeOf } from '../lib/file-cause.ts';
import { contains, parseAddress } from '../lib/ip.ts';
import { withoutLineEnd } from '../lib/line-end.ts';
import { createSystemRandom } from '../lib/random.ts';
import { Secret } from '../lib/secret.ts';
import { AttributeType, Code, dumpAttributes, firstValue, loadDictionary, type Packet } from '../radius/index.ts';
import { createAsker, type Asker } from './ask.ts';
import { configOption, requireConfiguration, type ConfigArguments } from './configuration.ts';
import { handler, type CliIo, type ExitStatus } from './io.ts';
import { createNas, mayEcho, replyText, type Nas } from './nas.ts';
import { printable } from './safe-text.ts';

export interface LoginArguments extends ConfigArguments {
  readonly user: string;
  readonly server?: string | undefined;
  readonly secretFile?: string | undefined;
  readonly station?: string | undefined;
  readonly timeoutSeconds: number;
}

export const command: CommandModule<object, LoginArguments> = {
  command: 'login',
  describe: 'Play the NAS: log in as a user and answer what is asked',
  builder: (parser) =>
    parser
      .options({
        ...configOption,
        user: { type: 'string', describe: 'User name', demandOption: true, requiresArg: true },
        server: {
          type: 'string',
          describe: 'HOST:PORT of the server; without it, the first listener of the configuration',
          requiresArg: true,
        },
        'secret-file': {
          type: 'string',
          describe: 'File with the shared secret; without it, that of the configured client',
          requiresArg: true,
        },
        station: { type: 'string', describe: 'Calling-Station-Id to send', requiresArg: true },
        'timeout-seconds': { type: 'number', describe: 'How long each answer may take', default: 60 },
      })
      .example('$0 login --user alice', 'asks for the password, then for what the server asks')
      .epilogue(
        'Where standard input is no terminal, its first line is the password and each further line an answer.\nExit status: 0 accepted, 1 rejected or no answer, 2 bad usage or configuration.',
      ) as never,
  handler: handler<ArgumentsCamelCase<LoginArguments>>(login),
};

const TRANSMISSIONS = 3;
const MAX_TIMEOUT_SECONDS = 600;
// RFC 2865 §5.1.
const MAX_NAME_OCTETS = 253;
const MAX_ROUNDS = 20;
const DICTIONARIES = join(import.meta.dirname, '..', '..', 'dictionaries');

/** Logs in once. */
export async function login(args: LoginArguments, io: CliIo): Promise<ExitStatus> {
  const problem = findProblem(args);
  if (problem !== undefined) io.err(`sallyport: ${problem}`);
  const target = problem === undefined ? await findTarget(args, io) : undefined;
  if (target === undefined) return 2;
  const deps = { clock: systemClock, random: createSystemRandom() };
  const timeoutMs = (args.timeoutSeconds * 1_000) / TRANSMISSIONS;
  const nas = await createNas({ ...target, timeoutMs, transmissions: TRANSMISSIONS }, deps);
  const asker = createAsker(io);
  try {
    return await converse(args, { nas, asker, io });
  } finally {
    asker.close();
    nas.close();
  }
}

interface Conversation {
  readonly nas: Nas;
  readonly asker: Asker;
  readonly io: CliIo;
}

async function converse({ user, station }: LoginArguments, { nas, asker, io }: Conversation): Promise<ExitStatus> {
  let typed = await asker.ask(`Password of ${printable(user)}`, { echo: false });
  let state: Buffer | undefined;
  for (let round = 0; round < MAX_ROUNDS && typed !== undefined; round += 1) {
    const reply = await nas.ask({ user, station, state, password: Buffer.from(typed) });
    if (reply.kind === 'no-answer') {
      io.err(noAnswer(reply.ignored));
      return 1;
    }
    const { packet } = reply;
    if (packet.code !== Code.accessChallenge) return tellVerdict(packet, io);
    const question = printable(replyText(packet));
    io.out(`Access-Challenge: ${question}`);
    state = firstValue(packet.attributes, AttributeType.state);
    typed = await asker.ask('Answer', { echo: mayEcho(packet) });
  }
  io.err('sallyport: the login was left before it was decided');
  return 1;
}

function tellVerdict(packet: Packet, io: CliIo): ExitStatus {
  const isAccepted = packet.code === Code.accessAccept;
  const text = printable(replyText(packet));
  io.out(`${isAccepted ? 'Access-Accept' : 'Access-Reject'}${text === '' ? '' : `: ${text}`}`);
  const shown = packet.attributes.filter(
    ({ type }) => type !== AttributeType.replyMessage && type !== AttributeType.messageAuthenticator,
  );
  for (const line of dumpAttributes(shown, loadDictionary(DICTIONARIES))) io.out(`  ${line}`);
  return isAccepted ? 0 : 1;
}

function noAnswer(ignored: number): string {
  const hint =
    ignored > 0
      ? `${ignored} replies came, but none was signed with this shared secret`
      : 'is the server running, does it know this address as a client, and is the shared secret the same?';
  return `sallyport: no answer (${hint})`;
}

interface Target {
  readonly address: string;
  readonly port: number;
  readonly secret: Secret;
}

function findProblem({ user, timeoutSeconds }: LoginArguments): string | undefined {
  const octets = Buffer.byteLength(user);
  if (octets === 0 || octets > MAX_NAME_OCTETS) return `--user wants a name of 1 to ${MAX_NAME_OCTETS} octets`;
  const isTime = timeoutSeconds > 0 && timeoutSeconds <= MAX_TIMEOUT_SECONDS;
  return isTime ? undefined : `--timeout-seconds wants a number above 0, ${MAX_TIMEOUT_SECONDS} at most`;
}

async function findTarget(args: LoginArguments, io: CliIo): Promise<Target | undefined> {
  const given = args.server === undefined ? undefined : await findServer(args.server, io);
  if (args.server !== undefined && given === undefined) return undefined;
  const fromFile = args.secretFile === undefined ? undefined : readSecretFile(args.secretFile, io);
  if (args.secretFile !== undefined && fromFile === undefined) return undefined;
  if (given !== undefined && fromFile !== undefined) return { ...given, secret: fromFile };
  const config = requireConfiguration(args, io);
  if (config === undefined) return undefined;
  const { address, port } = given ?? localListener(config);
  const secret = fromFile ?? secretOfClient(config, address);
  if (secret !== undefined) return { address, port, secret };
  io.err(`sallyport: no client of the configuration has the address ${address}: give --secret-file`);
  return undefined;
}

async function findServer(text: string, io: CliIo): Promise<{ address: string; port: number } | undefined> {
  const server = parseServer(text);
  if (server === undefined) {
    io.err(`sallyport: --server wants HOST:PORT ([address]:port for IPv6), not ${printable(text)}`);
    return undefined;
  }
  const { host, port } = server;
  if (isIP(host) !== 0) return { address: host, port };
  try {
    return { address: (await lookup(host)).address, port };
  } catch {
    io.err(`sallyport: --server ${host}: nobody knows an address of that name`);
    return undefined;
  }
}

// A name stands with its port, so that a slip is not looked up; of an address alone the port is the usual one.
function parseServer(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text);
  const [, inBrackets, bare, digits] = match ?? [];
  const host = bare === 'localhost' ? '127.0.0.1' : (inBrackets ?? bare);
  const port = Number(digits ?? 1812);
  if (host === undefined || port > 65535) return undefined;
  const isName = digits !== undefined && inBrackets === undefined && /^[a-z0-9_.-]+$/i.test(host);
  return isIP(host) !== 0 || isName ? { host, port } : undefined;
}

// A listener on every address is asked on loopback.
function localListener({ server }: Config): { address: string; port: number } {
  const { address = '127.0.0.1', port = 1812 } = server.listen[0] ?? {};
  if (address === '0.0.0.0') return { address: '127.0.0.1', port };
  return address === '::' ? { address: '::1', port } : { address, port };
}

function secretOfClient(config: Config, address: string): Secret | undefined {
  const octets = parseAddress(address);
  if (octets === undefined) return undefined;
  const matches = config.clients.flatMap((client) =>
    client.address.filter((prefix) => contains(prefix, octets)).map(({ lengthBits }) => ({ client, lengthBits })),
  );
  return matches.sort((a, b) => b.lengthBits - a.lengthBits)[0]?.client.secret;
}

function readSecretFile(file: string, io: CliIo): Secret | undefined {
  try {
    const secret = withoutLineEnd(readFileSync(resolve(io.cwd, file)));
    if (secret.length > 0) return Secret.fromOctets(secret);
    io.err(`sallyport: --secret-file ${printable(file)} is empty`);
  } catch (error) {
    io.err(`sallyport: --secret-file ${printable(file)} cannot be read: ${causeOf(error)}`);
  }
  return undefined;
}
