import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../src/access/index.ts';
import { report } from '../../../src/cli/report.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

beforeEach(() => {
  workplace = new Workplace();
});

afterEach(() => workplace.remove());

const noon = Date.UTC(2026, 0, 15, 12);

function event(id: string, fields: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id,
    atMs: noon,
    server: 'gate-1',
    verdict: 'accept',
    reason: 'both-doors',
    username: 'alice',
    client: 'vpn',
    clientAddress: '192.0.2.1',
    durationMs: 12,
    ...fields,
  };
}

function record(...events: AuditEvent[]): Promise<void> {
  return workplace.useStorage(async ({ ledger }) => {
    for (const one of events) await ledger.record(one);
  });
}

async function ids(args: object): Promise<string[]> {
  const { out } = await workplace.play(report, { format: 'jsonl', ...args });
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: string }).id);
}

describe('report', () => {
  it('prints events as a table, newest first', async () => {
    await record(event('first'), event('second', { atMs: noon + 1, verdict: 'reject', reason: 'passcode-wrong' }));
    const { status, out } = await workplace.play(report, {});
    expect(status).toBe(0);
    expect(out).toContain('2026-01-15T12:00:00.000Z');
    expect(out.indexOf('second')).toBeLessThan(out.indexOf('first'));
    expect(out).toContain('passcode-wrong');
  });

  it('says when nothing matches', async () => {
    await record();
    expect((await workplace.play(report, {})).out).toContain('No events');
    expect((await workplace.play(report, { json: true })).out).toBe('[]\n');
    expect((await workplace.play(report, { format: 'jsonl' })).out).toBe('');
  });

  it('prints one JSON array, or one object a line', async () => {
    await record(event('a', { token: 'SN-1', factor: 'totp' }), event('b', { atMs: noon + 1 }));
    const array = JSON.parse((await workplace.play(report, { json: true })).out) as object[];
    expect(array).toMatchObject([
      { id: 'b', token: null },
      { id: 'a', time: '2026-01-15T12:00:00.000Z', token: 'SN-1', factor: 'totp', durationMs: 12 },
    ]);
    expect(await ids({})).toEqual(['b', 'a']);
  });

  it('prints CSV that a spreadsheet does not obey', async () => {
    await record(event('a', { username: '=cmd|calc' }), event('b', { atMs: noon + 1, userAddress: '+49 30, "x"' }));
    const { out } = await workplace.play(report, { format: 'csv' });
    const rows = parse(out, { columns: true });
    expect(rows).toMatchObject([
      { id: 'b', userAddress: `'+49 30, "x"`, primaryPassedUnavailable: 'false', durationMs: '12' },
      { id: 'a', username: `'=cmd|calc` },
    ]);
    expect(out.split('\n')[0]).toMatch(/^time,id,server,verdict,reason,username,/);
  });

  it.each(['table', 'csv', 'json', 'jsonl'] as const)('lets no user name steer the terminal (%s)', async (format) => {
    await record(event('a', { username: 'a\u001b[2J\u009b1m\u202eb\r\nx', userAddress: '\u0007' }));
    const { out } = await workplace.play(report, { format });
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    if (format === 'jsonl') expect(JSON.parse(out)).toMatchObject({ username: 'a\u001b[2J\u009b1m\u202eb\r\nx' });
  });

  it('filters by user, client, verdict and reason', async () => {
    await record(
      event('a'),
      event('b', { atMs: noon + 1, username: 'bob' }),
      event('c', { atMs: noon + 2, client: 'rdg', verdict: 'reject', reason: 'locked-out' }),
    );
    expect(await ids({ user: 'ALICE' })).toEqual(['c', 'a']);
    expect(await ids({ client: 'rdg' })).toEqual(['c']);
    expect(await ids({ verdict: 'accept' })).toEqual(['b', 'a']);
    expect(await ids({ reason: 'locked-out' })).toEqual(['c']);
    expect(await ids({ user: 'alice', verdict: 'accept' })).toEqual(['a']);
    expect(await ids({ limit: 2 })).toEqual(['c', 'b']);
  });

  it('takes days as whole days and times as they are, in UTC without a zone', async () => {
    await record(
      event('14th', { atMs: Date.UTC(2026, 0, 14, 23, 59, 59, 999) }),
      event('15th', { atMs: Date.UTC(2026, 0, 15) }),
      event('noon', { atMs: noon }),
      event('16th', { atMs: Date.UTC(2026, 0, 16) }),
    );
    expect(await ids({ since: '2026-01-15', until: '2026-01-15' })).toEqual(['noon', '15th']);
    expect(await ids({ since: '2026-01-15T12:00' })).toEqual(['16th', 'noon']);
    expect(await ids({ until: '2026-01-15T12:00:00Z' })).toEqual(['15th', '14th']);
    expect(await ids({ since: '2026-01-15T13:00:00+01:00', until: '2026-01-15' })).toEqual(['noon']);
  });

  it.each([
    [{ since: 'yesterday' }, '--since'],
    [{ since: '2026-13-01' }, '--since'],
    [{ until: '2026-02-31' }, '--until'],
    [{ until: '2026-01-01T25:00' }, '--until'],
    [{ limit: 0 }, '--limit'],
    [{ limit: 1.5 }, '--limit'],
  ])('refuses %j as bad usage', async (args, option) => {
    expect(await workplace.play(report, args)).toMatchObject({
      status: 2,
      out: '',
      err: expect.stringContaining(option) as string,
    });
  });

  it('shows the newest thousand in a table and says so', async () => {
    await workplace.useStorage(async ({ ledger }) => {
      const events = Array.from({ length: 1_001 }, (_, index) => event(`<${index}>`, { atMs: noon + index }));
      await Promise.all(events.map((one) => ledger.record(one)));
    });
    const short = await workplace.play(report, {});
    expect(short.err).toContain('--limit');
    expect(short.out).not.toContain('<0>');
    const all = await workplace.play(report, { limit: 2_000 });
    expect(all.err).toBe('');
    expect(all.out).toContain('<0>');
    expect(await ids({})).toHaveLength(1_001);
  });
});
