import { afterEach, describe, expect, it } from 'vitest';
import type { PrimaryResult } from '../../../src/primary/index.ts';
import { passwordRequest } from '../../contract/primary.ts';
import { acceptAll, ScriptedHomeServer, silence, type AskedPacket, type Script } from '../../support/home-server.ts';
import { radiusSubject, type RadiusSubject, type SubjectOptions } from './radius-subject.ts';

let server: ScriptedHomeServer;
let subject: RadiusSubject;

afterEach(async () => {
  await subject.primary.stop();
  await server.stop();
});

async function begin(script: Script, options: SubjectOptions): Promise<void> {
  server = await ScriptedHomeServer.start(script);
  subject = radiusSubject([server], options);
  await subject.primary.start();
}

const ask = (login: number): Promise<PrimaryResult> =>
  subject.primary.authenticate(passwordRequest(`user-${login}`, `password-${login}`));
const askMany = (count: number): Promise<PrimaryResult>[] => Array.from({ length: count }, (_, login) => ask(login));
const ports = (): Set<number> => new Set(server.asked.map((packet) => packet.from.port));

describe('many questions at once', () => {
  it('answers 1,000 over two sockets, each with its own answer', async () => {
    await begin(
      (packet) => {
        const isRight = packet.password?.toString() === packet.username.replace('user', 'password');
        if (isRight) packet.accept([[25, packet.values(1)[0]!]]);
      },
      { sockets: 2 },
    );
    const results = await Promise.all(askMany(1_000));
    results.forEach((result, login) => {
      expect(result).toEqual({ kind: 'accepted', attributes: [{ type: 25, value: Buffer.from(`user-${login}`) }] });
    });
    expect(ports().size).toBe(2);
    expect(server.asked).toHaveLength(1_000);
  });

  it('opens a socket at a time, as they are needed, and no more than configured', async () => {
    await begin(acceptAll, { sockets: 4 });
    await Promise.all(askMany(100));
    expect(ports().size).toBe(1);
    server.script = silence;
    const open = askMany(2_000);
    await server.hasBeenAsked(100 + 4 * 256);
    expect(ports().size).toBe(4);
    await subject.primary.stop();
    await Promise.all(open);
  });

  it('never has one identifier of one socket open twice', async () => {
    const open = new Map<string, AskedPacket>();
    let collisions = 0;
    await begin(
      (packet) => {
        const key = `${packet.from.port}/${packet.decoded.identifier}`;
        if (open.has(key)) collisions += 1;
        open.set(key, packet);
        if (open.size < 200) return;
        for (const [held, waiting] of open) {
          waiting.accept();
          open.delete(held);
        }
      },
      { sockets: 2 },
    );
    await Promise.all(askMany(1_000));
    expect(collisions).toBe(0);
  });
});

describe('more questions than identifiers', () => {
  it('lets as many wait as can be open, and refuses the others at once with the cause', async () => {
    await begin(silence, { sockets: 1 });
    const answers = askMany(513);
    const refused = await answers[512];
    expect(refused).toEqual({
      kind: 'unavailable',
      cause: `all 256 identifiers towards home server 127.0.0.1:${server.port} are in use`,
      isBusy: true,
    });
    await server.hasBeenAsked(256);
    server.script = acceptAll;
    for (const packet of [...server.asked]) packet.accept();
    const results = await Promise.all(answers.slice(0, 512));
    expect(results.every((result) => result.kind === 'accepted')).toBe(true);
  });

  it('does not let them wait longer than for one answer', async () => {
    await begin(silence, { sockets: 1 });
    const answers = askMany(257);
    await server.hasBeenAsked(256);
    await subject.clock.advance(3_050);
    const result = await answers[256];
    expect(result?.kind === 'unavailable' && result.cause).toContain('all 256 identifiers');
    await subject.primary.stop();
    await Promise.all(answers);
  });

  it('has an identifier rest for 5 s after a question that was not answered', async () => {
    await begin(silence, { sockets: 1, attempts: 1 });
    const lost = askMany(256);
    await server.hasBeenAsked(256);
    await subject.clock.advance(3_050);
    await Promise.all(lost);
    server.script = acceptAll;
    const waiting = ask(0);
    await subject.clock.advance(1_000);
    expect(server.asked).toHaveLength(256);
    await subject.clock.advance(2_050);
    expect((await waiting).kind).toBe('unavailable');
    await subject.clock.advance(2_000);
    expect((await ask(1)).kind).toBe('accepted');
  });
});
