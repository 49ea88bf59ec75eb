import { describe, expect, it } from 'vitest';
import type { AccessRequest } from '../../../src/access/index.ts';
import { createLoopGuard } from '../../../src/access/loop-guard.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { rememberingLogger } from '../server/desk.ts';

const MARK = Buffer.from('sixteen octets !');

function withProxyStates(...values: readonly Buffer[]): AccessRequest {
  const attributes = values.map((value) => ({ type: 33, value }));
  return { id: 'R1', client: { name: 'nps' }, clientAddress: '192.0.2.10', attributes } as unknown as AccessRequest;
}

describe('the guard against loops', () => {
  it('knows a request of ours again, wherever others have put their Proxy-State', () => {
    const isLooped = createLoopGuard({ clock: new FakeClock(), logger: rememberingLogger(), loopMark: MARK });
    expect(isLooped(withProxyStates(MARK))).toBe(true);
    expect(isLooped(withProxyStates(Buffer.from('a'), MARK, Buffer.from('b')))).toBe(true);
  });

  it('takes no other request for one', () => {
    const deps = { clock: new FakeClock(), logger: rememberingLogger() };
    const isLooped = createLoopGuard({ ...deps, loopMark: MARK });
    const others = [[], [MARK.subarray(1)], [Buffer.concat([MARK, MARK])], [Buffer.alloc(16)]];
    expect(others.map((values) => isLooped(withProxyStates(...values)))).toEqual([false, false, false, false]);
    expect(createLoopGuard(deps)(withProxyStates(MARK))).toBe(false);
    expect(deps.logger.lines).toEqual([]);
  });

  it('says so once a minute', async () => {
    const clock = new FakeClock();
    const logger = rememberingLogger();
    const isLooped = createLoopGuard({ clock, logger, loopMark: MARK });
    for (let times = 0; times < 3; times += 1) isLooped(withProxyStates(MARK));
    await clock.advance(60_000);
    isLooped(withProxyStates(MARK));
    expect(logger.lines.map(({ level, fields }) => [level, fields['client']])).toEqual([
      ['error', 'nps'],
      ['error', 'nps'],
    ]);
  });
});
