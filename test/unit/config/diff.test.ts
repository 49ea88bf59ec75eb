import { describe, expect, it } from 'vitest';
import { diffConfig } from '../../../src/config/index.ts';
import { configOf, soundConfig, soundExcept } from '../../support/config-text.ts';

const CLIENT = '    primary: local\n';

function changes(after: string, before = soundConfig): string[] {
  return diffConfig(configOf(before), configOf(after)).map(
    ({ description, needsRestart }) => `${needsRestart ? 'restart' : 'reload'} ${description}`,
  );
}

describe('what a reload changes', () => {
  it('is nothing when the file only looks different', () => {
    expect(changes(soundExcept('{ factors: [totp] }', '\n    factors:\n      - totp # the app'))).toEqual([]);
    expect(changes(soundExcept('address: 127.0.0.1', 'address: [127.0.0.1/32]'))).toEqual([]);
  });

  it.each([
    {
      about: 'a number',
      text: soundExcept(CLIENT, `${CLIENT}    timeoutSeconds: 30\n`),
      change: 'reload client vpn: timeoutSeconds 60 → 30',
    },
    {
      about: 'addresses',
      text: soundExcept('address: 127.0.0.1', 'address: [127.0.0.0/8]'),
      change: 'reload client vpn: address [127.0.0.1/32] → [127.0.0.0/8]',
    },
    {
      about: 'a list',
      text: soundExcept('[totp]', '[hotp, totp]'),
      change: 'reload policy default: factors ["totp"] → ["hotp", "totp"]',
    },
    {
      about: 'a nested value',
      text: soundExcept('[totp]', '[totp], lockout: { failures: 9 }'),
      change: 'reload policy default: lockout changed',
    },
    {
      about: 'a value that is switched off',
      text: soundExcept(CLIENT, `${CLIENT}    passcodeDelimiter: false\n`),
      change: 'reload client vpn: passcodeDelimiter "," → unset',
    },
    {
      about: 'a kind of primary',
      text: soundExcept('{ type: local }', '{ type: none }'),
      change: 'reload primary local: type "local" → "none"',
    },
    {
      about: 'settings of a factor',
      text: `${soundConfig}factors: { attempts: 4 }\n`,
      change: 'reload factors: attempts 3 → 4',
    },
    {
      about: 'the log level',
      text: `${soundConfig}log: { level: debug }\n`,
      change: 'reload log: level "info" → "debug"',
    },
    {
      about: 'the log format',
      text: `${soundConfig}log: { format: json }\n`,
      change: 'restart log: format "auto" → "json"',
    },
    { about: 'the server id', text: soundExcept('gate-1', 'gate-2'), change: 'restart server: id "gate-1" → "gate-2"' },
    {
      about: 'a listener',
      text: soundExcept('id: gate-1', 'id: gate-1\n  listen: [{ address: 127.0.0.1, port: 1645 }]'),
      change: 'restart server: listen changed',
    },
    {
      about: 'the database',
      text: `${soundConfig}storage: { file: /srv/users.db }\n`,
      change: 'restart storage: file "/etc/sallyport/data/sallyport.db" → "/srv/users.db"',
    },
    {
      about: 'pending challenges',
      text: `${soundConfig}sessions: { maxPending: 10 }\n`,
      change: 'restart sessions: maxPending 200000 → 10',
    },
  ])('names $about', ({ text, change }) => {
    expect(changes(text)).toEqual([change]);
  });

  it('says that a secret changed, and never which', () => {
    expect(changes(soundExcept('sixteen-octets-and-more', 'seventeen-octets-and-more'))).toEqual([
      'reload client vpn: secret changed',
    ]);
  });

  it('names clients, primaries and policies that came and went', () => {
    const other = soundConfig
      .replace('name: vpn', 'name: wifi')
      .replace('primary: local', 'primary: own\n    policy: strict')
      .replace('  local:', '  own:')
      .replace('  default:', '  strict:');
    expect(changes(other)).toEqual([
      'reload client vpn: removed',
      'reload client wifi: added',
      'reload primary local: removed',
      'reload primary own: added',
      'reload policy default: removed',
      'reload policy strict: added',
    ]);
  });

  it('names a console that is switched on', () => {
    expect(changes(`${soundConfig}console: {}\n`)).toEqual([
      'restart console: address unset → "127.0.0.1"',
      'restart console: port unset → 8812',
      'restart console: trustedProxies unset → [127.0.0.0/8, 0000:0000:0000:0000:0000:0000:0000:0001/128]',
      'restart console: apiKeys unset → []',
    ]);
  });

  it('takes API keys back without a restart, and shows none', () => {
    const keys = (list: string) => `${soundConfig}console: { apiKeys: [${list}] }\n`;
    const help = '{ name: help, secret: a-key-of-the-help-desk, may: [read] }';
    const before = keys(`${help}, { name: old, secret: an-old-key, may: [users] }`);
    const after = keys(help.replace('help-desk', 'new-desk').replace('[read]', '[read, enrol]'));
    const found = diffConfig(configOf(before), configOf(after));
    expect(found).toEqual([
      { description: 'API key help: secret changed', needsRestart: false },
      { description: 'API key help: may ["read"] → ["read", "enrol"]', needsRestart: false },
      { description: 'API key old: removed', needsRestart: false },
    ]);
  });
});
