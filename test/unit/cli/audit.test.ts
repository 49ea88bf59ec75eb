import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditVerify } from '../../../src/cli/audit.ts';
import { Workplace } from '../../support/terminal.ts';

let workplace: Workplace;

beforeEach(async () => {
  workplace = new Workplace();
  await workplace.useStorage(async ({ ledger }) => {
    for (const id of ['1', '2', '3']) {
      await ledger.record({
        id,
        atMs: 1_000,
        server: 'gate-1',
        verdict: 'accept',
        reason: 'both-doors',
        username: 'alice',
        client: 'vpn',
        clientAddress: '192.0.2.1',
        durationMs: 1,
      });
    }
  });
});

afterEach(() => workplace.remove());

function tamper(statement: string): void {
  const db = new DatabaseSync(workplace.database);
  db.exec(statement);
  db.close();
}

describe('audit verify', () => {
  it('finds an untouched log intact', async () => {
    expect(await workplace.play(auditVerify, {})).toMatchObject({
      status: 0,
      out: expect.stringContaining('3 events') as string,
      err: '',
    });
    expect(JSON.parse((await workplace.play(auditVerify, { json: true })).out)).toEqual({ kind: 'intact', events: 3 });
  });

  it.each([
    ['altered', "UPDATE event_batches SET body = replace(body, 'alice', 'mallo') WHERE first_sequence = 2", 2],
    ['removed', 'DELETE FROM event_batches WHERE first_sequence = 2', 2],
    ['cut off', 'DELETE FROM event_batches WHERE first_sequence = 3', 3],
  ])('names the event that was %s, with status 1', async (_, statement, sequence) => {
    tamper(statement);
    const played = await workplace.play(auditVerify, {});
    expect(played).toMatchObject({ status: 1, out: '', err: expect.stringContaining(`event ${sequence}:`) as string });
    const json = await workplace.play(auditVerify, { json: true });
    expect(json.status).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ kind: 'broken', sequence, problem: expect.any(String) as string });
  });
});
