import { describe, expect, it } from 'vitest';
import { configOf, problemsOf, soundExcept, warningsOf } from '../../support/config-text.ts';

const CLIENT = '    primary: local\n';
const SERVER = '  id: gate-1\n';
const LOCAL = '  local: { type: local }\n';
const LISTEN = `${SERVER}  listen: [{ address: 127.0.0.1, port: 1813, serves: [accounting] }]\n`;

describe('accounting in the configuration', () => {
  it('goes to a primary that has home servers, or nowhere', () => {
    expect(problemsOf(soundExcept(CLIENT, `${CLIENT}    accounting: lokal\n`))[0]).toMatch(
      /clients\[0\]\.accounting: "lokal" is no name under primaries, did you mean "local"\?/,
    );
    expect(problemsOf(soundExcept(CLIENT, `${CLIENT}    accounting: local\n`))[0]).toContain('has no home servers');
    expect(problemsOf(soundExcept(CLIENT, `${CLIENT}    accounting: here\n`))).toEqual([]);
  });

  it('needs a listener, and disconnects need accounting', () => {
    const told = soundExcept(CLIENT, `${CLIENT}    accounting: here\n`);
    expect(warningsOf(told).join()).toContain('no listener of `server.listen` has `serves: [accounting]`');
    expect(warningsOf(told.replace(SERVER, LISTEN)).join()).not.toContain('serves');
    const asked = soundExcept(CLIENT, `${CLIENT}    disconnect: {}\n`);
    expect(warningsOf(asked).join()).toContain('without `accounting` no session of this NAS is known');
  });

  it('has its defaults; a primary that only accounting uses is in use, and secrets of disconnects are read', () => {
    const homeServers = `${LOCAL}  corp: { type: radius, servers: [{ address: 192.0.2.1, secret: long-enough-secret }] }\n`;
    const text = soundExcept(LOCAL, homeServers)
      .replace(CLIENT, `${CLIENT}    accounting: corp\n    disconnect: { secret: another-long-secret }\n`)
      .replace(SERVER, LISTEN);
    expect(warningsOf(text).join()).not.toContain('no client uses it');
    const { accounting, clients, primaries, server } = configOf(text);
    expect(accounting).toEqual({ queue: false, maxQueued: 100_000 });
    expect(clients[0]!.disconnect).toMatchObject({ port: 3799, automatic: true });
    expect(clients[0]!.disconnect!.secret!.reveal().toString()).toBe('another-long-secret');
    expect(primaries['corp']).toMatchObject({ servers: [{ port: 1812, accountingPort: 1813 }] });
    expect(server.listen[0]).toMatchObject({ serves: ['accounting'] });
  });
});
