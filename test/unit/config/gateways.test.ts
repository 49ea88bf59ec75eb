import { describe, expect, it } from 'vitest';
import { diffConfig } from '../../../src/config/index.ts';
import { configOf, problemsOf, soundConfig, warningsOf } from '../../support/config-text.ts';

const SID = `AC${'0'.repeat(32)}`;

function withGateways(text: string): string {
  return `${soundConfig}gateways:\n${text}`;
}

describe('gateways', () => {
  it('have their secrets read wherever they stand', () => {
    const text = withGateways(`  web:
    type: http
    url: https://sms.example.com/send
    headers: { Authorization: { env: SMS_KEY } }
    callbacks: { secret: { env: SMS_CALLBACKS } }
  us: { type: twilio, accountSid: ${SID}, authToken: { env: TWILIO } }
console: { publicUrl: "https://gate.example.com" }
`);
    const env = { SMS_KEY: 'Bearer one', SMS_CALLBACKS: 'two', TWILIO: 'three' };
    const { gateways } = configOf(text, { env });
    const { web, us } = gateways;
    if (web?.type !== 'http' || us?.type !== 'twilio') throw new Error('they are of another type');
    expect(web.headers['Authorization']?.reveal().toString()).toBe('Bearer one');
    expect(web.callbacks?.secret.reveal().toString()).toBe('two');
    expect(us.authToken.reveal().toString()).toBe('three');
    expect(us).toMatchObject({ timeoutSeconds: 10, failures: 5, asideSeconds: 30, apiUrl: 'https://api.twilio.com' });
  });

  it('miss a secret that cannot be read', () => {
    const text = withGateways(`  us: { type: twilio, accountSid: ${SID}, authToken: { env: TWILIO } }\n`);
    expect(problemsOf(text)).toEqual(['13 gateways.us.authToken: the environment variable TWILIO is not set']);
  });

  it('that must be reached by their provider need a public address', () => {
    const text = withGateways(`  web: { type: http, url: "https://sms.example.com", callbacks: { secret: x } }
  uk: { type: vonage, apiKey: k, signatureSecret: s, applicationId: a, privateKey: p }
`);
    const needs = 'needs `console.publicUrl`: the gateway asks us by that address';
    expect(problemsOf(text)).toEqual([`13 gateways.web.callbacks: ${needs}`, `14 gateways.uk.applicationId: ${needs}`]);
  });

  it('and phones alike need one: what asks them is a mistake without it', () => {
    const push = 'factors: { push: { app: {}, ntfy: { server: "https://ntfy.example.com" }, privacyidea: {} } }\n';
    const needs = 'needs `console.publicUrl`: phones reach us by that address';
    expect(problemsOf(`${soundConfig}${push}`)).toEqual(
      ['app', 'ntfy', 'privacyidea'].map((protocol) => `12 factors.push.${protocol}: ${needs}`),
    );
    expect(problemsOf(`${soundConfig}${push}console: { publicUrl: "https://gate.example.com" }\n`)).toEqual([]);
  });

  it('and our app names a contact where the public address cannot be one', () => {
    const withContact = (contact: string): string =>
      `${soundConfig}factors: { push: { app: { ${contact} } } }\nconsole: { publicUrl: "http://gate.example.com" }\n`;
    expect(problemsOf(withContact(''))).toEqual([
      '12 factors.push.app: needs `contact`: `console.publicUrl` is not https, and push services want https or mailto',
    ]);
    expect(problemsOf(withContact('contact: "mailto:help@example.com"'))).toEqual([]);
  });

  it('are named by factors only if they deliver such things', () => {
    const text = withGateways(`  own: { type: script, command: /usr/bin/send, channels: [sms] }
factors:
  sms: { gateways: [own, owm] }
  call: { gateways: [own] }
  email: { gateways: [own] }
`);
    expect(problemsOf(text)).toEqual([
      '15 factors.sms.gateways[1]: "owm" is no name under gateways, did you mean "own"?',
      '16 factors.call.gateways[0]: "own" delivers no calls',
      '17 factors.email.gateways[0]: "own" delivers no mail',
    ]);
  });

  it('are warned of where they would be spoken to in clear', () => {
    const text = withGateways(`  far: { type: http, url: "http://sms.example.com" }
  near: { type: http, url: "http://[::1]:8080/send" }
`);
    expect(warningsOf(text)).toEqual([
      'gateways.far.url: codes and credentials cross the network in clear: use an address that begins with https://',
    ]);
  });

  it('have no credentials by the names of a message’s parts', () => {
    const text = withGateways('  web: { type: http, url: "https://sms.example.com", credentials: { text: x } }\n');
    expect(problemsOf(text)).toEqual([
      '13 gateways.web.credentials.text: this name must be a name of letters and digits that no template has already',
    ]);
  });

  it('never get a message as an argument of a script', () => {
    const text = withGateways('  own: { type: script, command: /usr/bin/send, arguments: ["{{ text }}"] }\n');
    expect(problemsOf(text)).toEqual([
      '13 gateways.own.arguments[0]: must not hold {{text}}: the message comes on standard input',
    ]);
  });

  it('are named by countries only if they are there', () => {
    const text = withGateways(`  own: { type: script, command: /usr/bin/send }
factors:
  countries: { DK: { gateways: [own, other, own] }, "*": { blocked: true } }
`);
    expect(problemsOf(text)).toEqual([
      '15 factors.countries.DK.gateways[1]: "other" is no name under gateways',
      '15 factors.countries.DK.gateways[2]: stands in this list already',
    ]);
    expect(problemsOf(`${soundConfig}factors: { countries: { Denmark: { blocked: true } } }\n`)).toEqual([
      '12 factors.countries.Denmark: this name must be two capital letters (ISO 3166) or "*"',
    ]);
  });

  it('differ when a secret of theirs does, without a word of it', () => {
    const text = (token: string) =>
      withGateways(`  us: { type: twilio, accountSid: ${SID}, authToken: ${token}, timeoutSeconds: 5 }\n`);
    const changes = diffConfig(configOf(text('before-the-change')), configOf(text('after-the-change')));
    expect(changes).toEqual([{ description: 'gateway us: authToken changed', needsRestart: false }]);
  });
});
