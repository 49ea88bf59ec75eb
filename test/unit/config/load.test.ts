import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/index.ts';
import type { ClientConfig } from '../../../src/config/index.ts';
import { formatPrefix, parsePrefix } from '../../../src/lib/ip.ts';
import { bareSources, configOf, soundConfig, soundExcept } from '../../support/config-text.ts';

const minimal = `clients: [{ name: vpn, address: "2001:db8::/32", secret: sixteen-octets-and-more, primary: local }]
primaries: { local: { type: local } }
policies: { default: { factors: [] } }
`;

describe('a minimal configuration', () => {
  it('listens on loopback and keeps its data beside the file', () => {
    const { server, storage, console } = configOf(minimal);
    expect(server).toEqual({
      id: 'gate.example.com',
      dataDir: '/etc/sallyport/data',
      workers: 1,
      listen: [{ protocol: 'udp', address: '127.0.0.1', port: 1812 }],
    });
    expect(storage).toEqual({ type: 'sqlite', file: '/etc/sallyport/data/sallyport.db' });
    expect(console).toBeUndefined();
  });

  it('has a client that must sign, waits 60 seconds and may append its passcode', () => {
    const { secret, address, ...client } = configOf(minimal).clients[0]!;
    expect(secret.reveal().toString()).toBe('sixteen-octets-and-more');
    expect(address.map(formatPrefix)).toEqual(['2001:0db8:0000:0000:0000:0000:0000:0000/32']);
    expect(client).toEqual({
      name: 'vpn',
      profile: 'generic',
      primary: ['local'],
      policy: 'default',
      messageAuthenticator: 'required',
      replyMessageAuthenticator: true,
      timeoutSeconds: 60,
      challenge: true,
      outOfBand: 'hold',
      userAddress: { attributes: [{ name: 'Calling-Station-Id', type: 31, form: 'text' }], isTrusted: true },
      stripDomain: [],
      duplicateSeconds: 10,
      charset: 'utf-8',
      passcodeDelimiter: ',',
      gluedPasscode: false,
      rejectDelaySeconds: 1,
    } satisfies Omit<ClientConfig, 'secret' | 'address'>);
  });

  it('fails closed', () => {
    expect(configOf(minimal).policies['default']).toEqual({
      factors: [],
      unenrolled: 'deny',
      unavailable: 'deny',
      lockout: { failures: 5, seconds: 900 },
      menu: false,
      pin: false,
      passwordChange: false,
      fraudBlockDays: 90,
      rememberHours: 0,
      timeZone: 'UTC',
      rules: [],
      reply: [],
    });
  });

  it('has the usual settings of factors, sessions, audit and log', () => {
    const { factors, sessions, audit, log } = configOf(minimal);
    expect(factors).toEqual({
      totp: { window: 1, ttlSeconds: 300, issuer: 'Sallyport' },
      hotp: { window: 10, ttlSeconds: 300 },
      sms: { mode: 'code', ttlSeconds: 300, gateways: [] },
      call: { mode: 'approve', ttlSeconds: 60, gateways: [] },
      email: { ttlSeconds: 300, gateways: [] },
      push: { ttlSeconds: 60, numberMatching: true, codeToPhone: false, app: {} },
      countries: {},
      limits: { perUserInFiveMinutes: 5, perClientInFiveMinutes: 1000, inFiveMinutes: 2000 },
      fatigue: { unanswered: 3, pauseSeconds: 900 },
      attempts: 3,
      language: 'en',
    });
    expect(sessions).toEqual({ type: 'memory', maxPending: 200_000 });
    expect(audit.fields).toEqual({ name: true, email: true, phone: true, token: true, userAddress: true });
    expect(log).toEqual({ level: 'info', format: 'auto' });
  });
});

describe('a RADIUS primary', () => {
  it('has defaults for everything but its servers', () => {
    const text = soundExcept(
      '  local: { type: local }',
      '  local:\n    type: radius\n    servers: [{ address: 192.0.2.10, secret: sixteen-octets-and-more }]',
    );
    const primary = configOf(text).primaries['local'];
    if (primary?.type !== 'radius') throw new Error('it should be a RADIUS primary');
    const { servers, ...settings } = primary;
    expect(settings).toEqual({
      type: 'radius',
      timeoutSeconds: 3,
      attempts: 3,
      strategy: 'fail-over',
      sockets: 4,
      statusServer: true,
      zombieSeconds: 40,
      deadSeconds: 120,
      eapIdentity: 'refuse',
    });
    expect(servers).toMatchObject([{ address: '192.0.2.10', port: 1812, messageAuthenticator: 'required' }]);
  });
});

describe('the loaded configuration', () => {
  it('is frozen to its leaves', () => {
    const config = configOf(soundConfig);
    const frozen: unknown[] = [config, config.server.listen, config.clients[0], config.policies, config.factors.totp];
    expect(frozen.every((part) => Object.isFrozen(part))).toBe(true);
    expect(() => Object.assign(config.server, { id: 'other' })).toThrow(TypeError);
  });

  it('finds nothing under a name that nobody has written', () => {
    const config = configOf(soundConfig);
    expect(config.primaries['constructor']).toBeUndefined();
    expect('toString' in config.policies).toBe(false);
  });

  it('shows no secret when it is printed', () => {
    expect(JSON.stringify(configOf(soundConfig))).not.toContain('sixteen');
  });

  it('takes the parts of the host name that fit as server id', () => {
    const text = soundExcept('  id: gate-1\n', '  dataDir: /var/lib/sallyport\n');
    expect(configOf(text, { hostname: 'a very-long-name-of-a-host.example.com' }).server.id).toBe(
      'avery-long-name-of-a-hos',
    );
    expect(configOf(text, { hostname: 'ß' }).server.id).toBe('sallyport');
    expect(configOf(text).server.dataDir).toBe('/var/lib/sallyport');
  });

  it('knows of a profile whether it shows challenges, unless the client says so itself', () => {
    const profile = (lines: string) =>
      configOf(soundExcept('local\nprim', `local\n${lines}prim`)).clients[0]!.challenge;
    expect(profile('    profile: cisco-asa\n')).toBe(true);
    expect(profile('    profile: rd-gateway\n')).toBe(false);
    expect(profile('    profile: rd-gateway\n    challenge: true\n')).toBe(true);
  });

  it('switches the delimiter off by false', () => {
    const text = soundExcept('local\nprim', 'local\n    passcodeDelimiter: false\nprim');
    expect(configOf(text).clients[0]!.passcodeDelimiter).toBeUndefined();
  });

  it('takes a key without a value as not written', () => {
    expect(configOf(`${soundConfig}console:\nfactors:\n  totp:\n`).console).toBeUndefined();
  });

  it('gives the console its defaults once it is written', () => {
    expect(configOf(`${soundConfig}console: {}\n`).console).toEqual({
      address: '127.0.0.1',
      port: 8812,
      publicUrl: undefined,
      trustedProxies: [parsePrefix('127.0.0.0/8'), parsePrefix('::1')],
      apiKeys: [],
    });
  });

  it('follows anchors and aliases', () => {
    const text = soundExcept('id: gate-1', 'id: &id gate-1').replace('name: vpn', 'name: *id');
    expect(configOf(text).clients[0]!.name).toBe('gate-1');
  });
});

describe('a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const load = (file: string) => {
    const result = loadConfig(file, bareSources);
    return result.kind === 'loaded' ? result : result.problems.map(({ message }) => message);
  };

  it('gives the folder that relative paths count from', () => {
    const file = join(folder, 'sallyport.yaml');
    writeFileSync(file, `${soundConfig}storage: { file: store/users.db }\n`, { mode: 0o600 });
    expect(load(file)).toMatchObject({
      kind: 'loaded',
      warnings: [],
      config: { server: { dataDir: join(folder, 'data') }, storage: { file: join(folder, 'store/users.db') } },
    });
  });

  it('that everyone may read is worth one warning where secrets stand in it', () => {
    const file = join(folder, 'sallyport.yaml');
    writeFileSync(file, soundConfig, { mode: 0o644 });
    expect(load(file)).toMatchObject({ warnings: [{ path: 'clients[0].secret', line: 6 }] });
  });

  it('that is not there is a problem', () => {
    expect(load(join(folder, 'none.yaml'))).toEqual(['cannot be read: it does not exist']);
  });

  it('that is a folder is a problem', () => {
    expect(load(folder)).toEqual(['cannot be read: it is a folder']);
  });

  it('that is not UTF-8 is a problem', () => {
    const file = join(folder, 'latin1.yaml');
    writeFileSync(file, Buffer.from([0x61, 0x3a, 0x20, 0xe4]));
    expect(load(file)).toEqual(['is not UTF-8 text']);
  });

  it('that is huge is not read at all', () => {
    const file = join(folder, 'huge.yaml');
    writeFileSync(file, Buffer.alloc(4 * 1024 * 1024 + 1, 0x20));
    expect(load(file)).toEqual(['is larger than 4 MiB']);
  });
});
