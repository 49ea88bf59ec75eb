import { afterEach, describe, expect, it } from 'vitest';
import { noMetrics } from '../../src/lib/metrics.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import type { ListenerDeps } from '../../src/server/listener-udp.ts';
import { ServerError } from '../../src/server/error.ts';
import type { Listener, Peer, Sender } from '../../src/server/listener.ts';

/** The other end of a listener, in its protocol. */
export interface Caller {
  send(octets: Buffer): void;
  nextReply(): Promise<Buffer>;
  close(): Promise<void>;
}

export interface ListenerKind {
  /** A listener on that address and port, not started. */
  make(deps: ListenerDeps, at: { address: string; port: number }): Listener;
  call(at: { address: string; port: number }): Promise<Caller>;
}

/** What every listener does, whatever its protocol. */
export function listenerContract(name: string, address: string, kind: ListenerKind): void {
  describe(`a listener: ${name}`, () => {
    const cleanUps: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    });

    const listen = async (receive: ListenerDeps['receive'], port = 0, metrics = noMetrics) => {
      const listener = kind.make({ receive, logger: silentLogger, metrics }, { address, port });
      cleanUps.push(() => listener.stop());
      return { listener, bound: await listener.start() };
    };
    const call = async (port: number): Promise<Caller> => {
      const caller = await kind.call({ address, port });
      cleanUps.push(() => caller.close());
      return caller;
    };
    const echo = (datagram: Buffer, peer: Peer, sender: Sender): undefined => {
      sender.send(datagram, peer);
    };

    it('takes any free port for 0 and says which', async () => {
      const { bound } = await listen(echo);
      expect(bound).toMatchObject({ address });
      expect(bound.port).toBeGreaterThan(0);
    });

    it('hands on what comes in, and sends back to where it came from', async () => {
      const { bound } = await listen(echo);
      const [one, two] = [await call(bound.port), await call(bound.port)];
      one.send(Buffer.from('from one'));
      two.send(Buffer.from('from two'));
      expect((await two.nextReply()).toString()).toBe('from two');
      expect((await one.nextReply()).toString()).toBe('from one');
    });

    it('loses none of a burst', async () => {
      const { bound } = await listen(echo);
      const caller = await call(bound.port);
      for (let index = 0; index < 200; index += 1) caller.send(Buffer.from(`${index}`));
      const replies = new Set<string>();
      while (replies.size < 200) replies.add((await caller.nextReply()).toString());
      expect(replies.size).toBe(200);
    });

    it('names the address and the reason when it cannot listen', async () => {
      const { bound } = await listen(echo);
      const second = listen(echo, bound.port);
      await expect(second).rejects.toThrow(ServerError);
      await expect(second).rejects.toMatchObject({ code: 'address-in-use' });
      await expect(second).rejects.toThrow(`${address} port ${bound.port}`);
    });

    it('frees its port when it stops, and can be stopped twice or before it started', async () => {
      const { listener, bound } = await listen(echo);
      await listener.stop();
      await listener.stop();
      await kind.make({ receive: echo, logger: silentLogger, metrics: noMetrics }, { address, port: 0 }).stop();
      const again = await listen(echo, bound.port);
      expect(again.bound.port).toBe(bound.port);
    });

    it('is silent and does not throw when it sends after it was stopped', async () => {
      const { listener } = await listen(echo);
      await listener.stop();
      listener.send(Buffer.from('late'), { address, port: 9 });
    });

    it('counts what cannot be sent, and goes on', async () => {
      const counted = Promise.withResolvers<object | undefined>();
      const metrics = { ...noMetrics, counter: () => ({ add: (labels?: object) => counted.resolve(labels) }) };
      const { listener, bound } = await listen(echo, 0, metrics);
      listener.send(Buffer.from('to nowhere'), { address: 'no address', port: 9 });
      expect(await counted.promise).toHaveProperty('error');
      const caller = await call(bound.port);
      caller.send(Buffer.from('still there'));
      expect((await caller.nextReply()).toString()).toBe('still there');
    });
  });
}
