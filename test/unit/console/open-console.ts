import { afterEach } from 'vitest';
import { createConsole, type Console, type ConsoleDeps, type ConsoleOptions } from '../../../src/console/index.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { noMetrics } from '../../../src/lib/metrics.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const consoles: Console[] = [];
afterEach(async () => {
  for (const one of consoles.splice(0)) await one.stop();
});

/** What a console needs, with nothing behind it. */
export function bareConsole(): ConsoleDeps {
  return {
    clock: new FakeClock(),
    logger: silentLogger,
    counters: noMetrics,
    metrics: { contentType: 'text/plain; version=0.0.4', expose: () => Promise.resolve('a_metric 1\n') },
    readiness: [],
    callbacks: () => [],
  };
}

export interface OpenConsole {
  readonly url: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** A console on a port of its own; closed after the test. */
export async function openConsole(
  deps: Partial<ConsoleDeps> = {},
  options: Partial<ConsoleOptions> = {},
): Promise<OpenConsole> {
  const opened = createConsole({ ...bareConsole(), ...deps }, { address: '127.0.0.1', port: 0, ...options });
  consoles.push(opened);
  const { port } = await opened.start();
  return { url: `http://127.0.0.1:${port}`, port, stop: () => opened.stop() };
}
