import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';

import { silence, ScriptedHomeServer } from '../support/home-server.ts';
import { startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { enrolAll, openNas, PASSWORD, readReply, Visitor } from './visitor.ts';

describe('a server that is told to stop', () => {
  const keep = stopAfterwards();

  /** A server whose one login is held at a home server, and the NAS that waits for it. */
  async function holdLogin() {
    const home = await keep(ScriptedHomeServer.start(silence));
    const servers = [{ address: home.address, port: home.port, secret: home.secret }];
    const gate = await keep(
      startSallyport({
        client: { primary: 'corp', timeoutSeconds: 120 },
        primaries: { corp: { type: 'radius', servers, timeoutSeconds: 60, attempts: 1 } },
      }),
    );
    await enrolAll(gate, 'ada');
    const nas = await openNas(gate);
    const request = nas.encode({ attributes: new Visitor(nas, 'ada').attributes(PASSWORD) });
    nas.send(request);
    const held = await home.hasBeenAsked(1);
    return { gate, nas, request, held };
  }

  it.concurrent(
    'answers what is held at a home server, takes nothing new, closes its ports and ends with status 0',
    async () => {
      const { gate, nas, request, held } = await holdLogin();
      gate.signal('SIGTERM');
      await gate.waitForLog(/"msg":"stopping: /);

      const readiness = await fetch(`${gate.consoleUrl}/readyz`);
      expect(readiness.status).toBe(503);
      expect(await readiness.json()).toMatchObject({ missing: [{ name: 'listeners' }] });
      nas.send(nas.encode({ code: 'Status-Server' }));
      nas.send(nas.encode({ attributes: new Visitor(nas, 'bob').attributes(PASSWORD) }));
      await gate.waitForLog(/"reason":"stopping"/);

      held.accept();
      expect(readReply(nas.verify(request, await nas.nextReply())).code).toBe('Access-Challenge');
      expect(await gate.exited()).toEqual({ status: 0, signal: null });
      expect(gate.log()).toMatch(/"msg":"stopped"/);
      await expectClosed(gate);
      await nas.close();
    },
  );

  it.concurrent('ends at once at the second SIGTERM, and starts again with its log whole', async () => {
    const { gate, nas } = await holdLogin();
    gate.signal('SIGTERM');
    await gate.waitForLog(/"msg":"stopping: /);
    gate.signal('SIGTERM');
    expect(await gate.exited()).toEqual({ status: null, signal: 'SIGTERM' });
    await gate.restart();
    expect(await gate.mustRun(['audit', 'verify'])).toMatch(/intact/i);
    await nas.close();
  });

  it.concurrent('gives up what nobody answers after its bounded time, with status 0', async () => {
    const { gate, nas, held } = await holdLogin();
    gate.signal('SIGINT');
    expect(await gate.exited()).toEqual({ status: 0, signal: null });
    held.accept(); // too late: nobody listens
    await expectClosed(gate);
    await nas.close();
  });

  it.concurrent('is not held by connections to its console, nor by SIGHUP', async () => {
    const gate = await keep(startSallyport());
    const port = Number(new URL(gate.consoleUrl).port);
    const idle = connect(port, '127.0.0.1');
    const half = connect(port, '127.0.0.1');
    idle.on('error', () => undefined);
    half.on('error', () => undefined);
    idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    half.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await once(idle, 'data');
    gate.signal('SIGTERM');
    gate.signal('SIGHUP');
    expect(await gate.exited()).toEqual({ status: 0, signal: null });
    idle.destroy();
    half.destroy();
  });
});

/** Whoever binds the port gets it, and nobody answers on the console's. */
async function expectClosed(gate: Sallyport): Promise<void> {
  const socket = createSocket('udp4').bind({ port: gate.port, address: '127.0.0.1', exclusive: true });
  await once(socket, 'listening');
  socket.close();
  await expect(fetch(`${gate.consoleUrl}/healthz`)).rejects.toThrow();
}
