import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  addressAttribute,
  addressAttributes,
  type AddressAttributeName,
} from '../../../src/config/profiles/address-attributes.ts';
import { profileOf, profiles, type ProfileName } from '../../../src/config/profiles/index.ts';
import { encodeValue, loadDictionary } from '../../../src/radius/index.ts';
import { configOf, problemsOf, soundExcept, warningsOf } from '../../support/config-text.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../../dictionaries'));
const names = Object.keys(profiles) as ProfileName[];
const addressNames = Object.keys(addressAttributes) as AddressAttributeName[];

const withClient = (lines: string): string => soundExcept('primary: local\n', `primary: local\n${lines}`);
const clientOf = (lines: string) => configOf(withClient(lines)).clients[0]!;

describe('what profiles know', () => {
  it.each(names)('of %s has a source, and something to set', (name) => {
    const { sources, settings, timeoutSeconds, timer } = profileOf(name);
    expect(settings.length).toBeGreaterThan(0);
    expect(sources.filter((source) => !source.startsWith('https://'))).toEqual([]);
    expect(sources.length).toBeGreaterThan(0);
    expect(timer?.maxSeconds ?? Infinity).toBeGreaterThanOrEqual(timeoutSeconds);
  });

  it.each(names.filter((name) => profileOf(name).group !== undefined))(
    'of %s names a group by the dictionary',
    (name) => {
      const { attribute, example } = profileOf(name).group!;
      expect(dictionary.attribute(attribute)?.name).toBe(attribute);
      expect(encodeValue(dictionary, attribute, example)).toMatchObject({ kind: 'encoded' });
    },
  );

  it.each(addressNames)('%s has the numbers and the form that the dictionary gives it', (name) => {
    const { type, form, ...wrapped } = addressAttribute(name);
    const { numbers, hasTag, type: written } = dictionary.attribute(name)!;
    expect(numbers).toEqual('vendor' in wrapped ? [26, wrapped.vendor, type] : [type]);
    expect(form).toBe(hasTag ? 'tagged' : written.startsWith('ip') ? 'octets' : 'text');
  });
});

describe('a client', () => {
  it('gets the defaults of its profile', () => {
    expect(clientOf('    profile: mikrotik\n')).toMatchObject({
      timeoutSeconds: 60,
      challenge: false,
      duplicateSeconds: 10,
    });
    expect(clientOf('    profile: netscaler\n')).toMatchObject({ outOfBand: 'ask', timeoutSeconds: 60 });
    expect(clientOf('    profile: globalprotect\n').userAddress).toEqual({
      attributes: [{ name: 'PaloAlto-Client-Source-IP', vendor: 25461, type: 7, form: 'text' }],
      isTrusted: true,
    });
    expect(clientOf('    profile: f5\n').userAddress).toMatchObject({ attributes: [{ type: 31 }], isTrusted: false });
  });

  it('that says otherwise wins', () => {
    const lines = '    profile: netscaler\n    outOfBand: hold\n    timeoutSeconds: 20\n    duplicateSeconds: 30\n';
    expect(clientOf(lines)).toMatchObject({ outOfBand: 'hold', timeoutSeconds: 20, duplicateSeconds: 30 });
    expect(clientOf('    userAddress: none\n').userAddress).toEqual({ attributes: [], isTrusted: true });
    expect(clientOf('    userAddress: [Tunnel-Client-Endpoint, Calling-Station-Id]\n').userAddress).toMatchObject({
      attributes: [{ type: 66 }, { type: 31 }],
      isTrusted: true,
    });
    expect(clientOf('    profile: sonicwall\n    userAddress: Calling-Station-Id\n').userAddress.isTrusted).toBe(true);
  });

  it('of an RD Gateway has its answers kept as long as its NPS waits, and ten seconds at least', () => {
    expect(clientOf('    profile: rd-gateway\n').duplicateSeconds).toBe(60);
    expect(clientOf('    profile: rd-gateway\n    timeoutSeconds: 90\n').duplicateSeconds).toBe(90);
    expect(clientOf('    profile: rd-gateway\n    timeoutSeconds: 5\n').duplicateSeconds).toBe(10);
    expect(clientOf('    profile: rd-gateway\n    duplicateSeconds: 2\n').duplicateSeconds).toBe(2);
  });

  it('takes domains off in any case, and nothing that is no domain', () => {
    expect(clientOf('    stripDomain: [CORP, corp.Example.com]\n').stripDomain).toEqual(['corp', 'corp.example.com']);
    expect(problemsOf(withClient("    stripDomain: ['CORP\\']\n"))).toEqual([
      expect.stringContaining(
        'clients[0].stripDomain[0]: must be a domain, such as CORP or corp.example.com',
      ) as string,
    ]);
  });

  it('cannot name an attribute in which no address stands', () => {
    expect(problemsOf(withClient('    userAddress: Framed-IP-Address\n'))[0]).toContain('clients[0].userAddress');
  });
});

describe('a NAS that gives up before a factor', () => {
  const policy = (factors: string, more = '') =>
    withClient(more).replace('[totp]', factors) +
    'factors: { push: { app: {} } }\nconsole: { publicUrl: https://sallyport.example.com }\n';
  const aboutTimers = (text: string) => warningsOf(text).filter((line) => line.startsWith('clients[0].timeoutSeconds'));

  it('is warned about, with what to set', () => {
    const [warning] = aboutTimers(policy('[push]', '    profile: fortigate\n    challenge: false\n'));
    expect(warning).toBe(
      'clients[0].timeoutSeconds: push waits 60 s, but Fortinet FortiGate gives up after 5 s unless told otherwise: ' +
        'set `config user radius … set timeout 60` and `config system global … set remoteauthtimeout 60`, ' +
        'then write `timeoutSeconds: 60` here',
    );
  });

  it('is not, once the file says how long it waits', () => {
    expect(aboutTimers(policy('[push]', '    profile: rras\n    timeoutSeconds: 60\n'))).toEqual([]);
    expect(aboutTimers(policy('[push]', '    profile: rras\n    timeoutSeconds: 20\n'))).toEqual([
      'clients[0].timeoutSeconds: push waits 60 s, but the NAS 20 s in all: who answers later is refused; raise this on both sides, or lower `factors.push.ttlSeconds`',
    ]);
  });

  it('is not, where nothing is held: passcodes, numbers to pick, or a user who is asked to come back', () => {
    expect(aboutTimers(policy('[totp]', '    profile: rras\n'))).toEqual([]);
    expect(aboutTimers(policy('[push]', '    profile: fortigate\n'))).toEqual([]);
    expect(aboutTimers(policy('[push]', '    profile: netscaler\n'))).toEqual([]);
  });
});

describe('a Remote Desktop Gateway', () => {
  it('whose primary asks for a password refuses everybody: warned about', () => {
    expect(warningsOf(withClient('    profile: rd-gateway\n'))).toContainEqual(
      expect.stringContaining(
        'clients[0].primary: Microsoft Remote Desktop Gateway sends no password, so "local" refuses',
      ),
    );
  });

  it('has nowhere to type a passcode, whatever its primary', () => {
    const text = withClient('    profile: rd-gateway\n');
    expect(warningsOf(text)).toContainEqual(
      expect.stringContaining('clients[0]: its users have no way to give a passcode'),
    );
    expect(warningsOf(text.replace('[totp]', '[push]'))).not.toContainEqual(expect.stringContaining('no way to give'));
  });

  it('that is said to show challenges is warned about', () => {
    expect(warningsOf(withClient('    profile: rd-gateway\n    challenge: true\n'))).toContainEqual(
      expect.stringContaining('clients[0].challenge: Microsoft Remote Desktop Gateway shows no challenge'),
    );
  });
});
