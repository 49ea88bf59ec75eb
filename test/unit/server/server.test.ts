import { afterEach, describe, expect, it } from 'vitest';
import type { Decide } from '../../../src/access/index.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { noMetrics } from '../../../src/lib/metrics.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { createServer, ServerError, type Server, type ServerOptions } from '../../../src/server/index.ts';
import { Nas, type NasOptions } from '../../support/nas.ts';
import { accept, clientConfig } from './desk.ts';
import { SECRET } from './wire.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const LOOPBACK = { protocol: 'udp', address: '127.0.0.1', port: 0 } as const;
const acceptAll: Decide = () => Promise.resolve({ verdict: accept });

function makeServer(options: Partial<ServerOptions> = {}, decide = acceptAll): Server {
  const random = createSystemRandom();
  const deps = { clock: systemClock, random, logger: silentLogger, metrics: noMetrics, decide, dumpPacket: () => '' };
  const server = createServer(deps, { listen: [LOOPBACK], clients: [clientConfig()], ...options });
  cleanUps.push(() => server.stop());
  return server;
}

async function openNas(options: Omit<NasOptions, 'secret'> & { secret?: string }): Promise<Nas> {
  const nas = await Nas.open({ secret: SECRET, ...options });
  cleanUps.push(() => nas.close());
  return nas;
}

const LOGIN = [
  ['User-Name', 'alice'],
  ['User-Password', 'a password of more than sixteen octets'],
] as const;

describe('a server and a NAS of another make', () => {
  it('understand each other: password, Proxy-State, authenticators', async () => {
    let password: Buffer | undefined;
    const server = makeServer({}, ({ credentials }) => {
      if (credentials.kind === 'pap') password = credentials.password;
      return acceptAll({} as never);
    });
    const [bound] = await server.start();
    const nas = await openNas({ port: bound!.port });
    const reply = await nas.ask({ attributes: [...LOGIN, ['Proxy-State', Buffer.from('p')]] });
    expect(reply.code).toBe('Access-Accept');
    expect(reply.raw_attributes.map(([type]) => type)).toEqual([80, 33]);
    expect(password?.toString()).toBe('a password of more than sixteen octets');
  });

  it('get a retransmission answered with the same octets', async () => {
    const [bound] = await makeServer().start();
    const nas = await openNas({ port: bound!.port });
    const request = nas.encode({ attributes: LOGIN });
    nas.send(request);
    const first = await nas.nextReply();
    nas.send(request);
    expect(await nas.nextReply()).toEqual(first);
  });

  it('do without an answer where the request is not genuine', async () => {
    const [bound] = await makeServer().start();
    const nas = await openNas({ port: bound!.port });
    const stranger = await openNas({ port: bound!.port, secret: 'another secret' });
    expect(await nas.isSilentAbout(nas.encode({ attributes: LOGIN, isSigned: false }))).toBe(true);
    expect(await nas.isSilentAbout(stranger.encode({ attributes: LOGIN }))).toBe(true);
    expect(await nas.isSilentAbout(Buffer.from('noise'))).toBe(true);
  });
});

describe('a server', () => {
  it('listens on several addresses of both families, each with its own port', async () => {
    const listen = [LOOPBACK, LOOPBACK, { ...LOOPBACK, address: '::1' }];
    const server = makeServer({ listen, clients: [clientConfig({ address: ['127.0.0.0/8', '::1'] })] });
    const bound = await server.start();
    expect(new Set(bound.map(({ port }) => port)).size).toBe(3);
    for (const { address, port } of bound) {
      const nas = await openNas({ address, port });
      expect((await nas.ask({ attributes: LOGIN })).code).toBe('Access-Accept');
    }
  });

  it('leaves IPv4 to the listener that has it on the same port', async () => {
    const probe = makeServer({ listen: [{ ...LOOPBACK, address: '::' }] });
    const { port } = (await probe.start())[0]!;
    await probe.stop();
    const listen = [
      { ...LOOPBACK, address: '::', port },
      { ...LOOPBACK, port },
    ];
    const bound = await makeServer({ listen }).start();
    expect(bound.map(({ address }) => address)).toEqual(['::', '127.0.0.1']);
  });

  it('leaves no address bound when another cannot be', async () => {
    const taken = await makeServer().start();
    const free = makeServer();
    const { port } = (await free.start())[0]!;
    await free.stop();
    const server = makeServer({
      listen: [
        { ...LOOPBACK, port },
        { ...LOOPBACK, port: taken[0]!.port },
      ],
    });
    await expect(server.start()).rejects.toThrow(ServerError);
    expect(server.isListening()).toBe(false);
    await makeServer({ listen: [{ ...LOOPBACK, port }] }).start();
  });

  it('takes other clients without losing a socket', async () => {
    const server = makeServer();
    const [bound] = await server.start();
    const before = await openNas({ port: bound!.port });
    expect((await before.ask({ code: 'Status-Server' })).code).toBe('Access-Accept');
    server.replaceClients([clientConfig({ secret: Secret.fromText('the new secret') })]);
    const after = await openNas({ port: bound!.port, secret: 'the new secret' });
    expect((await after.ask({ attributes: LOGIN })).code).toBe('Access-Accept');
    expect(await after.isSilentAbout(before.encode({ attributes: LOGIN }))).toBe(true);
  });

  it('answers what it has begun before it closes', async () => {
    const begun = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    const server = makeServer({}, async () => {
      begun.resolve(undefined);
      await go.promise;
      return { verdict: accept };
    });
    const [bound] = await server.start();
    expect(server.isListening()).toBe(true);
    const nas = await openNas({ port: bound!.port });
    const request = nas.encode({ attributes: LOGIN });
    nas.send(request);
    await begun.promise;
    const stopped = server.stop();
    expect(server.isListening()).toBe(false);
    go.resolve(undefined);
    await stopped;
    expect(nas.verify(request, await nas.nextReply()).code).toBe('Access-Accept');
  });
});
