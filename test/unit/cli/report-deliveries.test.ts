import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reportDeliveries } from '../../../src/cli/report-deliveries.ts';
import { userAdd } from '../../../src/cli/user-add.ts';
import type { DeliveryRecord } from '../../../src/factors/index.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

const noon = Date.UTC(2026, 0, 15, 12);

beforeEach(async () => {
  workplace = new Workplace();
  await workplace.play(userAdd, { name: 'alice', password: false });
  await workplace.useStorage(({ directory, deliveries }) => {
    const userId = directory.findUser('alice')?.id ?? -1;
    const common = { userId, atMs: noon, client: 'vpn', channel: 'sms', gateway: 'one', outcome: 'sent' } as const;
    const record = (fields: Partial<DeliveryRecord> & { id: string }) => deliveries.record({ ...common, ...fields });
    record({ id: 'a', country: 'DK', price: '0.05 EUR', reference: '=cmd()' });
    record({ id: 'b', atMs: noon + 86_400_000, channel: 'call', gateway: 'two' });
    record({ id: 'c', atMs: noon - 1, outcome: 'failed', problem: 'steered \u001b[2J', userId: -1 });
    deliveries.report('a', 'undelivered', 'switched off');
    return Promise.resolve();
  });
});
afterEach(() => workplace.remove());

const ids = async (args: object): Promise<string[]> => {
  const { out } = await workplace.play(reportDeliveries, { json: true, ...args });
  return (JSON.parse(out) as { id: string }[]).map(({ id }) => id);
};

describe('report deliveries', () => {
  it('prints a table that steers no terminal, the newest first', async () => {
    const { status, out } = await workplace.play(reportDeliveries, {});
    expect(status).toBe(0);
    expect(out.indexOf('two')).toBeLessThan(out.indexOf('DK'));
    expect(out).toContain('undelivered');
    expect(out).toContain('switched off');
    expect(out).toContain('steered \\u{1b}[2J');
  });

  it('prints CSV that no spreadsheet runs', async () => {
    const { out } = await workplace.play(reportDeliveries, { format: 'csv', since: '2026-01-15', until: '2026-01-15' });
    const [first] = parse<Record<string, string>>(out, { columns: true });
    expect(first).toMatchObject({
      ...{ id: 'a', user: 'alice', channel: 'sms', country: 'DK', outcome: 'sent', report: 'undelivered' },
      ...{ problem: 'switched off', price: '0.05 EUR', reference: "'=cmd()" },
    });
  });

  it('finds by user, channel, gateway and time', async () => {
    expect(await ids({})).toEqual(['b', 'a', 'c']);
    expect(await ids({ user: 'ALICE' })).toEqual(['b', 'a']);
    expect(await ids({ channel: 'call' })).toEqual(['b']);
    expect(await ids({ gateway: 'one', user: 'alice' })).toEqual(['a']);
    expect(await ids({ since: '2026-01-16' })).toEqual(['b']);
    expect(await ids({ limit: 1 })).toEqual(['b']);
  });

  it('says when nothing matches, and what is no time or number', async () => {
    expect((await workplace.play(reportDeliveries, { gateway: 'x' })).out).toContain('No deliveries');
    expect(await workplace.play(reportDeliveries, { since: 'yesterday' })).toMatchObject({ status: 2 });
    expect(await workplace.play(reportDeliveries, { limit: 0 })).toMatchObject({ status: 2 });
  });
});
