import { describe, expect, it } from 'vitest';
import { noMetrics } from '../../../src/lib/metrics.ts';
import { UnsignedClients } from '../../../src/server/unsigned.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { rememberingLogger } from './desk.ts';

const HOUR_MS = 3_600_000;

const setUp = () => {
  const clock = new FakeClock();
  const logger = rememberingLogger();
  let countClients = (): number => -1;
  const metrics = {
    ...noMetrics,
    gauge: (_name: string, _help: string, read: () => number) => {
      countClients = read;
    },
  };
  const unsigned = new UnsignedClients({ clock, logger, metrics });
  return { clock, logger, unsigned, countClients };
};

describe('clients without Message-Authenticator', () => {
  it('are named once a day each', async () => {
    const { clock, logger, unsigned } = setUp();
    for (let hour = 0; hour < 30; hour += 1) {
      unsigned.note('old', false);
      unsigned.note('older', false);
      unsigned.note('old', true);
      await clock.advance(HOUR_MS);
    }
    expect(logger.lines.map(({ level, fields }) => [level, fields])).toEqual([
      ['warn', { client: 'old' }],
      ['warn', { client: 'older' }],
      ['warn', { client: 'old' }],
      ['warn', { client: 'older' }],
    ]);
  });

  it('are said to be ready once they have signed everything for a day', async () => {
    const { clock, logger, unsigned, countClients } = setUp();
    unsigned.note('old', false);
    expect(countClients()).toBe(1);
    await clock.advance(23 * HOUR_MS);
    unsigned.note('old', true);
    expect(logger.lines).toHaveLength(1);
    await clock.advance(HOUR_MS);
    unsigned.note('old', true);
    unsigned.note('old', true);
    expect(logger.lines.slice(1).map(({ level }) => level)).toEqual(['info']);
    expect(countClients()).toBe(0);
  });

  it('are not counted when they have been quiet for a day', async () => {
    const { clock, unsigned, countClients } = setUp();
    unsigned.note('old', false);
    await clock.advance(24 * HOUR_MS);
    expect(countClients()).toBe(0);
  });

  it('are forgotten when they are configured no more', () => {
    const { unsigned, countClients } = setUp();
    unsigned.note('gone', false);
    unsigned.keepOnly(new Set(['vpn']));
    expect(countClients()).toBe(0);
  });
});
