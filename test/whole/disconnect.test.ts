import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { AccountingNas } from '../support/accounting-nas.ts';
import { DisconnectableNas } from '../support/disconnectable-nas.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { sessionsOf } from '../support/store.ts';
import { API_KEY, publicConsole } from './second-doors.ts';

const OWN_SECRET = 'the-secret-for-disconnects-alone';

interface Row {
  readonly session: string;
  readonly outcome: string;
  readonly hasEnded: boolean;
}

describe('sallyport disconnect', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let vpn: DisconnectableNas;
  let other: DisconnectableNas;

  beforeAll(async () => {
    vpn = await keep(DisconnectableNas.start('127.0.0.1', 'the-clients-shared-secret'));
    other = await keep(DisconnectableNas.start('127.0.0.2', OWN_SECRET));
    gate = await keep(
      startSallyport({
        serves: ['access', 'accounting'],
        clients: [
          clientSection('vpn', '127.0.0.1', { accounting: 'here', disconnect: { port: vpn.port } }),
          clientSection('other', '127.0.0.2', {
            accounting: 'here',
            disconnect: { port: other.port, secret: OWN_SECRET, automatic: false },
          }),
          clientSection('mute', '127.0.0.3', { accounting: 'here' }),
        ],
        sections: { console: await publicConsole() },
      }),
    );
  });
  beforeEach(() => {
    vpn.attitude = other.attitude = 'ack';
    vpn.seen.length = other.seen.length = 0;
  });

  async function begin(user: string, sessionId: string, from = '127.0.0.1'): Promise<void> {
    const nas = await AccountingNas.open({ secret: gate.secret, port: gate.port, from });
    await nas.exchange(
      nas.encode([
        ['User-Name', user],
        ['Acct-Status-Type', 'Start'],
        ['Acct-Session-Id', sessionId],
        ['NAS-IP-Address', from],
        ['Calling-Station-Id', '192.0.2.7'],
        ['Class', Buffer.from('not told')],
      ]),
    );
    await nas.stop();
  }

  async function disconnect(user: string, ...more: string[]): Promise<{ status: number | null; rows: Row[] }> {
    const { status, stdout } = await gate.command(['disconnect', user, '--json', ...more]);
    return { status, rows: JSON.parse(stdout) as Row[] };
  }

  it('names the session to its NAS, authentic in both ways, and forgets it once it has ended', async () => {
    await begin('CORP\\ada', 'a-1');
    await begin('adam', 'a-2');
    expect(await disconnect('ADA')).toMatchObject({ status: 0, rows: [{ session: 'a-1', outcome: 'ended' }] });
    expect(vpn.seen).toHaveLength(1);
    const { code, isAuthentic, pairs } = vpn.seen[0]!;
    expect({ code, isAuthentic }).toEqual({ code: 40, isAuthentic: true });
    const told = new Map(pairs);
    expect([...told.keys()].sort((a, b) => a - b)).toEqual([1, 4, 31, 44, 55, 80]);
    expect([told.get(1)!.toString(), told.get(44)!.toString()]).toEqual(['CORP\\ada', 'a-1']);
    expect(Math.abs(told.get(55)!.readUInt32BE(0) - Date.now() / 1000)).toBeLessThan(60);
    expect((await sessionsOf(gate.folder)).map(({ sessionId }) => sessionId)).toEqual(['a-2']);
  });

  it('says why a NAS refuses, keeps the session, and fails', async () => {
    vpn.attitude = 504;
    await begin('bob', 'b-1');
    expect(await disconnect('bob')).toMatchObject({
      status: 1,
      rows: [{ outcome: 'refused: Session-Context-Not-Removable', hasEnded: false }],
    });
    expect(await sessionsOf(gate.folder, 'b-1')).toHaveLength(1);
    vpn.attitude = 503;
    expect(await disconnect('bob')).toMatchObject({ status: 0, rows: [{ outcome: 'had ended already' }] });
    expect(await sessionsOf(gate.folder, 'b-1')).toEqual([]);
  });

  it('sends the same octets again to a NAS that is silent, and believes no forged answer', async () => {
    vpn.attitude = 'forged';
    other.attitude = 'silent';
    await begin('cat', 'c-1');
    await begin('cat', 'c-2', '127.0.0.2');
    const { status, rows } = await disconnect('cat');
    expect(status).toBe(1);
    expect(rows.map(({ outcome }) => outcome).sort()).toEqual([
      'no answer',
      'no answer that is signed with the shared secret',
    ]);
    for (const { seen } of [vpn, other]) {
      expect(seen).toHaveLength(3);
      expect(new Set(seen.map(({ octets }) => octets.toString('hex'))).size).toBe(1);
      expect(seen[0]!.isAuthentic).toBe(true);
    }
  });

  it('can be told which, asks only NAS that are set to it, and shows them without asking', async () => {
    await begin('dan', 'd-1');
    await begin('dan', 'd-2', '127.0.0.2');
    await begin('dan', 'd-3', '127.0.0.3');
    expect((await disconnect('dan', '--dry-run')).rows).toHaveLength(3);
    expect([...vpn.seen, ...other.seen]).toEqual([]);
    expect(await disconnect('dan', '--client', 'other')).toMatchObject({ status: 0, rows: [{ session: 'd-2' }] });
    expect(await disconnect('dan', '--session', 'd-3')).toMatchObject({
      status: 1,
      rows: [{ outcome: 'not asked: the client has no `disconnect`' }],
    });
    expect(await gate.command(['disconnect', 'nobody'])).toMatchObject({ status: 1 });
  });

  it('goes without saying when a user is disabled, unless the client says otherwise', async () => {
    await gate.mustRun(['user', 'add', 'eve', '--no-password']);
    await begin('eve', 'e-1');
    await begin('eve', 'e-2', '127.0.0.2');
    const said = await gate.mustRun(['user', 'disable', 'eve']);
    expect(said).toContain('Session e-1 at client vpn: ended.');
    expect(said).not.toContain('e-2');
    expect([vpn.seen.length, other.seen.length]).toEqual([1, 0]);
  });

  it('goes without saying when a user is blocked by the HTTP API', async () => {
    await gate.mustRun(['user', 'add', 'fay', '--no-password']);
    await begin('fay', 'f-1');
    await begin('fay', 'f-2', '127.0.0.2');
    const response = await fetch(`${gate.consoleUrl}/api/v1/users/FAY/block`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
      body: JSON.stringify({ reason: 'stolen' }),
    });
    expect(await response.json()).toMatchObject({
      user: 'fay',
      sessions: [{ session: 'f-1', client: 'vpn', outcome: 'ended' }],
    });
    expect([vpn.seen.length, other.seen.length]).toEqual([1, 0]);
    expect((await sessionsOf(gate.folder)).map(({ sessionId }) => sessionId)).not.toContain('f-1');
  });
});
