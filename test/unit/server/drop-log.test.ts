import { describe, expect, it } from 'vitest';
import { noMetrics } from '../../../src/lib/metrics.ts';
import { DropLog } from '../../../src/server/drop-log.ts';
import { dropCauses } from '../../../src/server/drop.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { PEER, rememberingLogger } from './desk.ts';

const setUp = () => {
  const clock = new FakeClock();
  const logger = rememberingLogger();
  return { clock, logger, drops: new DropLog({ clock, logger, metrics: noMetrics }) };
};

describe('the log of drops', () => {
  it('writes no more than sixty lines a minute, whoever causes them, and says that there was more', async () => {
    const { clock, logger, drops } = setUp();
    for (let host = 0; host < 10_000; host += 1) {
      drops.drop('unknown-client', { ...PEER, address: `10.0.${host >> 8}.${host & 255}` }, undefined);
    }
    expect(logger.lines).toHaveLength(60);
    await clock.advance(60_000);
    drops.drop('unknown-client', { ...PEER, address: '192.0.2.1' }, undefined);
    expect(logger.lines.slice(60).map(({ fields }) => fields)).toEqual([
      { withheld: 9_940 },
      { reason: 'unknown-client', address: '192.0.2.1', port: PEER.port, client: undefined, unlogged: 0 },
    ]);
  });

  it('keeps reasons of one address apart', () => {
    const { logger, drops } = setUp();
    const reasons = ['malformed', 'overload', 'malformed'] as const;
    for (const reason of reasons) drops.drop(reason, PEER, 'vpn');
    expect(logger.lines.map(({ fields }) => fields['reason'])).toEqual(['malformed', 'overload']);
  });

  it('has a cause to name for every reason', () => {
    for (const cause of Object.values(dropCauses)) expect(cause.length).toBeGreaterThan(20);
  });
});
