import { expect, it } from 'vitest';
import { describeWithPeers } from '../peers/presence.ts';
import type { BenchOptions } from './options.ts';
import { formatReport } from './report.ts';
import { runBench } from './run.ts';

const tiny: BenchOptions = {
  parts: ['a', 'b', 'pending', 'pushes', 'rules', 'users', 'radsec', 'start'],
  rounds: 1,
  seconds: 0.1,
  outstanding: 4,
  users: 10_000,
  pending: 100,
  pushes: 50,
  idle: 10,
  isPinned: false,
  jsonFile: undefined,
  folder: undefined,
  nodeArgs: [],
};

// Whether it measures, never what: the figures belong to the machine.
describeWithPeers(['freeradius'], 'the benchmark', () => {
  it('measures logins, pending challenges and starts of both programs', { timeout: 120_000 }, async () => {
    const findings = await runBench(tiny, () => undefined);
    expect(findings.logins?.map(({ kind }) => kind)).toEqual([
      'password',
      'password-and-passcode',
      'relayed',
      'relayed',
    ]);
    const { logins = [], pending = [], pushes = [], rules = [], users = [] } = findings;
    const rounds = [logins, pending, pushes, rules, users].flat().flatMap((entry) => entry.rounds);
    expect(rounds).toHaveLength(12);
    for (const round of rounds) {
      expect(round).toMatchObject({ lost: 0, falseReplies: 0, unexpected: 0 });
      expect(round.logins).toBeGreaterThan(0);
      expect(round.loginMs.p99).toBeGreaterThan(0);
      expect(round.cpuMicrosPerLogin['server']).toBeGreaterThan(0);
    }
    expect(findings.radsec?.rounds.every(({ udp, tls }) => udp > 0 && tls > 0)).toBe(true);
    expect(findings.radsec?.idle).toHaveLength(2);
    expect(findings.starts?.every(({ readyMs }) => readyMs.every((ms) => ms > 0))).toBe(true);
    expect(formatReport(findings)).not.toContain('NaN');
  });
});
