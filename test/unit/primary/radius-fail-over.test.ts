import { once } from 'node:events';
import { createSocket, Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PrimaryRequest, PrimaryResult } from '../../../src/primary/index.ts';
import { passwordRequest } from '../../contract/primary.ts';
import { acceptAll, ScriptedHomeServer, silence, type Script } from '../../support/home-server.ts';
import { radiusSubject, type RadiusSubject, type SubjectOptions } from './radius-subject.ts';

const LOGIN = passwordRequest('alice', 'correct horse');
const ACCEPTED: PrimaryResult = { kind: 'accepted', attributes: [] };
/** A deadline is met at most one tick late. */
const TICK_MS = 50;

/** Answers Status-Server, but no login. */
const statusOnly: Script = (packet) => {
  if (packet.code === 'Status-Server') packet.accept();
};
/** Answers logins, but no Status-Server. */
const loginsOnly: Script = (packet) => {
  if (packet.code === 'Access-Request') packet.accept();
};

let servers: ScriptedHomeServer[] = [];
let subject: RadiusSubject;

afterEach(async () => {
  await subject.primary.stop();
  await Promise.all(servers.map((server) => server.stop()));
});

async function begin(scripts: readonly Script[], options: SubjectOptions = {}): Promise<void> {
  servers = await Promise.all(scripts.map((script) => ScriptedHomeServer.start(script)));
  subject = radiusSubject(servers, options);
  await subject.primary.start();
}

const server = (index: number): ScriptedHomeServer => servers[index]!;
const ask = (request: PrimaryRequest = LOGIN): Promise<PrimaryResult> => subject.primary.authenticate(request);
const state = (index: number): number => subject.metric(`home_server_state_corp_${index + 1}`);
const [DEAD, ZOMBIE, ALIVE] = [0, 1, 2];

/** Time passes until the answer is there; datagrams in flight arrive between the steps. */
async function settled(answer: Promise<PrimaryResult>, limitMs = 120_000): Promise<PrimaryResult> {
  const open = Symbol('open');
  for (let passedMs = 0; passedMs < limitMs; passedMs += TICK_MS) {
    await pass(TICK_MS);
    const result = await Promise.race([answer, Promise.resolve(open)]);
    if (typeof result !== 'symbol') return result;
  }
  throw new Error('the question is still open');
}

/** Lets time pass in steps, with a turn of the event loop for datagrams on loopback in each. */
async function pass(ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += TICK_MS) {
    await subject.clock.advance(TICK_MS);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('retransmission (RFC 5080 §2.2.1)', () => {
  beforeEach(() => begin([silence]));

  it('repeats the same octets after 3 s, then after another 6 s', async () => {
    const answer = ask();
    const first = await server(0).hasBeenAsked(1);
    await pass(2_900);
    expect(server(0).asked).toHaveLength(1);
    await pass(150);
    expect((await server(0).hasBeenAsked(2)).octets).toEqual(first.octets);
    await pass(5_800);
    expect(server(0).asked).toHaveLength(2);
    await pass(250);
    expect((await server(0).hasBeenAsked(3)).octets).toEqual(first.octets);
    expect((await settled(answer)).kind).toBe('unavailable');
    expect(server(0).asked).toHaveLength(3);
  });

  it('takes the answer to the first transmission after the second', async () => {
    const answer = ask();
    const first = await server(0).hasBeenAsked(1);
    await pass(3_100);
    await server(0).hasBeenAsked(2);
    first.accept();
    expect(await answer).toEqual(ACCEPTED);
  });

  it('says which server did not answer when all attempts are over', async () => {
    const result = await settled(ask());
    expect(result.kind === 'unavailable' && result.cause).toContain(`127.0.0.1:${server(0).port}`);
    expect(subject.metric(`home_server_timeouts_total{127.0.0.1:${server(0).port}}`)).toBe(3);
  });

  it('ignores an answer that comes after the question was given up', async () => {
    const answer = ask();
    const first = await server(0).hasBeenAsked(1);
    await settled(answer);
    server(0).script = loginsOnly;
    first.accept();
    expect(await ask()).toEqual(ACCEPTED);
    const ignored = `home_server_ignored_replies_total{127.0.0.1:${server(0).port},unexpected}`;
    expect(subject.metric(ignored)).toBe(1);
  });
});

describe('fail-over', () => {
  it('asks the second server under its own authenticator when the first stays silent', async () => {
    await begin([silence, acceptAll], { attempts: 1 });
    expect(await settled(ask())).toEqual(ACCEPTED);
    const [first, second] = [server(0).asked[0]!, server(1).asked[0]!];
    expect(second.decoded.authenticator).not.toEqual(first.decoded.authenticator);
    expect(second.password).toEqual(first.password);
    expect(second.isSigned).toBe(true);
  });

  it('prefers others after two waits of silence, and asks the first again only on trial', async () => {
    await begin([silence, acceptAll]);
    const started = subject.clock.monotonicMs();
    expect(await settled(ask())).toEqual(ACCEPTED);
    expect(subject.clock.monotonicMs() - started).toBeLessThan(9_000 + 3 * TICK_MS);
    expect(state(0)).toBe(ZOMBIE);
    expect(await ask()).toEqual(ACCEPTED);
    expect(server(0).asked).toHaveLength(2);
    await pass(6_000);
    server(0).script = acceptAll;
    expect(await ask()).toEqual(ACCEPTED);
    expect(state(0)).toBe(ALIVE);
    expect(server(0).asked).toHaveLength(3);
  });

  it('sends one login only to a doubtful server on trial, and only once', async () => {
    await begin([silence, acceptAll]);
    await settled(ask());
    await pass(6_000);
    const asked = server(0).asked.length;
    const answers = [ask(), ask(), ask()];
    expect(await Promise.all(answers.map((answer) => settled(answer)))).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
    expect(server(0).asked).toHaveLength(asked + 1);
  });

  it('moves the questions of a server that is given up on to the next one, long before their attempts are over', async () => {
    await begin([silence, acceptAll]);
    const first = ask();
    await server(0).hasBeenAsked(1);
    await pass(5_000);
    const second = ask();
    await server(0).hasBeenAsked(3);
    expect(await settled(first)).toEqual(ACCEPTED);
    expect(await settled(second, 500)).toEqual(ACCEPTED);
  });

  it('is not impressed by one lost datagram', async () => {
    await begin([silence, acceptAll]);
    const answer = ask();
    await server(0).hasBeenAsked(1);
    server(0).script = acceptAll;
    expect(await settled(answer)).toEqual(ACCEPTED);
    expect(state(0)).toBe(ALIVE);
    expect(server(1).asked).toHaveLength(0);
    expect(subject.log).toHaveLength(0);
  });

  it('logs each change of state once', async () => {
    await begin([silence, acceptAll]);
    await Promise.all([ask(), ask(), ask()].map((answer) => settled(answer)));
    expect(subject.log.map(({ level }) => level)).toEqual(['warn']);
    expect(subject.log[0]?.fields).toMatchObject({ homeServer: `127.0.0.1:${server(0).port}`, state: 'zombie' });
    expect(subject.metric(`home_server_state_changes_total{127.0.0.1:${server(0).port},zombie}`)).toBe(1);
  });

  it('keeps the answer of a conversation at the server that asked, even when that is silent', async () => {
    await begin([acceptAll, silence]);
    const conversation = { primary: 'corp', server: `127.0.0.1:${server(1).port}`, state: Buffer.from('s') };
    expect((await settled(ask({ ...LOGIN, conversation }))).kind).toBe('unavailable');
    expect(server(0).asked).toHaveLength(0);
    expect(server(1).asked).toHaveLength(3);
  });
});

describe('load-balance', () => {
  it('gives each question to the server with the fewest open ones', async () => {
    await begin([silence, silence, silence], { strategy: 'load-balance' });
    const answers = Array.from({ length: 9 }, () => ask());
    await Promise.all(servers.map((one) => one.hasBeenAsked(3)));
    await subject.primary.stop();
    await Promise.all(answers);
    expect(servers.map((one) => one.asked.length)).toEqual([3, 3, 3]);
  });

  it('leaves out a server that does not answer', async () => {
    await begin([silence, acceptAll, acceptAll], { strategy: 'load-balance' });
    const answers = Array.from({ length: 6 }, () => ask());
    for (const answer of answers) expect(await settled(answer)).toEqual(ACCEPTED);
    const asked = server(0).asked.length;
    for (let login = 0; login < 6; login += 1) expect(await ask()).toEqual(ACCEPTED);
    expect(server(0).asked).toHaveLength(asked);
  });
});

describe('a dead server', () => {
  async function bury(): Promise<void> {
    for (let login = 0; state(0) !== DEAD; login += 1) {
      await settled(ask());
      await pass(6_000);
      if (login > 20) throw new Error('it does not die');
    }
  }

  it('is left aside, then tried by one login; its answer revives it', async () => {
    await begin([silence, acceptAll]);
    await bury();
    server(0).script = acceptAll;
    const asked = server(0).asked.length;
    await ask();
    expect(server(0).asked).toHaveLength(asked);
    await pass(60_000);
    expect(await ask()).toEqual(ACCEPTED);
    expect(server(0).asked).toHaveLength(asked + 1);
    expect(state(0)).toBe(ALIVE);
    expect(subject.log.at(-1)?.level).toBe('info');
  });

  it('that fails its trial costs that login one wait, and is left aside again', async () => {
    await begin([silence, acceptAll]);
    await bury();
    await pass(60_000);
    const asked = server(0).asked.length;
    expect(await settled(ask(), 3_200)).toEqual(ACCEPTED);
    expect(await ask()).toEqual(ACCEPTED);
    expect(server(0).asked).toHaveLength(asked + 1);
  });

  it('is still asked once when there is no other one, and answers the login if it is back', async () => {
    await begin([silence]);
    await bury();
    const asked = server(0).asked.length;
    expect((await settled(ask(), 3_200)).kind).toBe('unavailable');
    expect(server(0).asked).toHaveLength(asked + 1);
    server(0).script = acceptAll;
    expect(await ask()).toEqual(ACCEPTED);
    expect(state(0)).toBe(ALIVE);
  });

  it('among dead ones only is chosen if it failed longest ago', async () => {
    await begin([silence, silence]);
    for (let login = 0; state(0) !== DEAD || state(1) !== DEAD; login += 1) {
      await settled(ask());
      await pass(6_000);
      if (login > 20) throw new Error('they do not die');
    }
    const asked = servers.map((one) => one.asked.length);
    await settled(ask());
    await settled(ask());
    expect(servers.map((one, index) => one.asked.length - asked[index]!)).toEqual([1, 1]);
  });
});

describe('Status-Server (RFC 5997)', () => {
  it('is sent to a silent server at once, signed and named, with identifiers and authenticators of its own', async () => {
    await begin([silence, acceptAll], { statusServer: true });
    await settled(ask());
    await pass(20_000);
    const probes = server(0).asked.filter((packet) => packet.code === 'Status-Server');
    expect(probes.length).toBeGreaterThanOrEqual(2);
    for (const probe of probes) {
      expect(probe.isSigned).toBe(true);
      expect(probe.types).toEqual([80, 32]);
    }
    expect(new Set(probes.map((probe) => probe.decoded.authenticator.toString('hex'))).size).toBe(probes.length);
  });

  it('is sent less and less often while it is not answered', async () => {
    await begin([silence, acceptAll], { statusServer: true });
    await settled(ask());
    await pass(6_000 + 12_000 + 24_000 + 30_000 + 30_000);
    expect(server(0).count('Status-Server')).toBeGreaterThanOrEqual(5);
    expect(server(0).count('Status-Server')).toBeLessThanOrEqual(6);
  });

  it('declares a silent server dead without any login', async () => {
    await begin([silence, acceptAll], { statusServer: true });
    await settled(ask());
    await pass(30_000);
    expect(state(0)).toBe(DEAD);
  });

  it('revives a server that answers it three times in a row', async () => {
    await begin([silence, acceptAll], { statusServer: true });
    await settled(ask());
    server(0).script = acceptAll;
    await pass(6_100);
    expect(state(0)).toBe(ZOMBIE);
    await pass(12_200);
    expect(state(0)).toBe(ALIVE);
    const asked = server(0).count('Status-Server');
    await pass(60_000);
    expect(server(0).count('Status-Server')).toBe(asked);
  });

  it('keeps a server from dying that does not answer logins, while others are preferred', async () => {
    await begin([silence, acceptAll], { statusServer: true });
    await settled(ask());
    server(0).script = statusOnly;
    await pass(14_000);
    expect(server(0).count('Status-Server')).toBe(3);
    expect(await settled(ask())).toEqual(ACCEPTED);
    expect(state(0)).toBe(ZOMBIE);
  });

  it('is not believed when it is forged', async () => {
    await begin([silence, acceptAll], { statusServer: true });
    await settled(ask());
    server(0).script = (packet) => packet.reply('Access-Accept', [], { secret: 'another' });
    await pass(60_000);
    expect(state(0)).toBe(DEAD);
  });

  it('is not sent where it is switched off', async () => {
    await begin([silence, acceptAll], { statusServer: false });
    await settled(ask());
    await pass(60_000);
    expect(server(0).count('Status-Server')).toBe(0);
  });

  it('leaves a server to logins on trial where only those are answered', async () => {
    await begin([silence, acceptAll], { statusServer: true });
    await settled(ask());
    server(0).script = loginsOnly;
    await pass(6_100);
    expect(await ask()).toEqual(ACCEPTED);
    expect(state(0)).toBe(ALIVE);
  });
});

describe('a host that says nobody listens there', () => {
  async function closedPort(): Promise<{ address: string; port: number; secret: string }> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { address, port } = socket.address();
    socket.close();
    await once(socket, 'close');
    return { address, port, secret: 'home-server-secret' };
  }

  it('is a hint: the next server is asked within a fraction of a second, and nobody is declared dead', async () => {
    servers = [await ScriptedHomeServer.start(acceptAll)];
    subject = radiusSubject([await closedPort(), server(0)]);
    await subject.primary.start();
    expect(await settled(ask(), 400)).toEqual(ACCEPTED);
    expect(state(0)).toBe(ALIVE);
  });

  it('is no reason to give up where there is no other server: it may be starting again', async () => {
    servers = [];
    const closed = await closedPort();
    subject = radiusSubject([closed]);
    await subject.primary.start();
    const answer = ask();
    await pass(2_000);
    servers = [await ScriptedHomeServer.start(acceptAll, { port: closed.port })];
    expect(await settled(answer)).toEqual(ACCEPTED);
  });
});

describe('a home server that no socket can be opened to', () => {
  // Connecting to the broadcast address is refused by the kernel.
  const unreachable = { address: '255.255.255.255', port: 1812, secret: 'home-server-secret' };

  it('is passed over at once, with a warning that says why', async () => {
    servers = [await ScriptedHomeServer.start(acceptAll)];
    subject = radiusSubject([unreachable, server(0)]);
    await subject.primary.start();
    expect(await ask()).toEqual(ACCEPTED);
    expect(subject.log[0]?.message).toContain('cannot be opened');
    expect(subject.log[0]?.fields).toMatchObject({ err: { code: 'EACCES' } });
  });

  it('is unavailable with that cause when it is the only one, and tried again later', async () => {
    servers = [];
    subject = radiusSubject([unreachable]);
    await subject.primary.start();
    const cause = 'no socket towards home server 255.255.255.255:1812 can be opened';
    expect(await ask()).toEqual({ kind: 'unavailable', cause });
    await pass(1_000);
    expect(await settled(ask(), 3_100)).toEqual({ kind: 'unavailable', cause });
  });
});

describe('a socket that has lost its address', () => {
  it('is replaced, and its questions start again on the new one', async () => {
    await begin([acceptAll]);
    const stale = Object.assign(new Error('send EINVAL'), { code: 'EINVAL' });
    const failing = vi.spyOn(Socket.prototype, 'send').mockImplementationOnce((...args: unknown[]) => {
      const sent = args.at(-1) as (error: Error) => void;
      sent(stale);
    });
    const answer = ask();
    await pass(100);
    expect(server(0).asked).toHaveLength(0);
    expect(await settled(answer)).toEqual(ACCEPTED);
    expect(await ask()).toEqual(ACCEPTED);
    failing.mockRestore();
  });
});
