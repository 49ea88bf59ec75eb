import { describe, expect, it } from 'vitest';
import { diffConfig } from '../../../src/config/index.ts';
import { configOf, problemsOf, soundConfig } from '../../support/config-text.ts';

const mail =
  'gateways:\n  mail: { type: smtp, host: mail.example.com, port: 25, security: none, from: gate@example.com }\n';

describe('limits', () => {
  it('are generous, and none for clients', () => {
    expect(configOf(soundConfig).limits).toEqual({
      perUserPerMinute: 300,
      perAddressPerMinute: 3_000,
      stormSeconds: 300,
    });
  });

  it('can be changed while the server runs', () => {
    const changed = configOf(`${soundConfig}limits: { stormSeconds: 0, perClientPerSecond: 500 }\n`);
    const changes = diffConfig(configOf(soundConfig), changed);
    expect(changes).toHaveLength(2);
    expect(changes.every(({ needsRestart }) => !needsRestart)).toBe(true);
  });

  it('have bounds', () => {
    expect(problemsOf(`${soundConfig}limits: { stormSeconds: 901 }\n`)).toHaveLength(1);
    expect(problemsOf(`${soundConfig}limits: { perUserPerMinute: 0 }\n`)).toHaveLength(1);
  });
});

describe('alerts', () => {
  it('are none without being asked for', () => {
    expect(configOf(soundConfig).alerts).toEqual({ email: undefined, webhook: undefined });
  });

  it('go by a gateway that delivers mail, and have the secret of the webhook read', () => {
    const text = `${soundConfig}${mail}alerts:
  email: { gateway: mail, to: [desk@example.com] }
  webhook: { url: "https://chat.example.com/hook", secret: { env: HOOK } }
`;
    const { email, webhook } = configOf(text, { env: { HOOK: 'the key' } }).alerts;
    expect(email).toEqual({ gateway: 'mail', to: ['desk@example.com'] });
    expect(webhook?.secret?.reveal().toString()).toBe('the key');
    expect(problemsOf(text)).toEqual([expect.stringContaining('alerts.webhook.secret: the environment variable HOOK')]);
  });

  it.each([
    [
      'a gateway that nobody has',
      '{ gateway: mial, to: [desk@example.com] }',
      'alerts.email.gateway: "mial" is no name',
    ],
    ['a gateway of calls', '{ gateway: box, to: [desk@example.com] }', 'alerts.email.gateway: "box" delivers no mail'],
    ['an address that is none', '{ gateway: mail, to: ["desk@example.com, x"] }', 'alerts.email.to[0]'],
    ['nobody', '{ gateway: mail, to: [] }', 'alerts.email.to'],
  ])('refuse %s', (_, email, problem) => {
    const box =
      '  box: { type: asterisk, url: "http://192.0.2.9:8088", username: u, password: p, endpoint: "PJSIP/{{to}}@x" }\n';
    expect(problemsOf(`${soundConfig}${mail}${box}alerts:\n  email: ${email}\n`)).toContainEqual(
      expect.stringContaining(problem),
    );
  });
});

describe('what happens when no primary can be asked', () => {
  it('can be said for one client', () => {
    expect(configOf(soundConfig).clients[0]?.unavailable).toBeUndefined();
  });
});
