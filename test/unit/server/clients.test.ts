import { describe, expect, it } from 'vitest';
import { createClientTable } from '../../../src/server/clients.ts';
import { clientConfig } from './desk.ts';

const table = (prefixes: Readonly<Record<string, string[]>>) =>
  createClientTable(Object.entries(prefixes).map(([name, address]) => clientConfig({ name, address })));

describe('the table of clients', () => {
  it('finds the client with the longest prefix, in whatever order they are configured', () => {
    const clients = table({ wide: ['10.0.0.0/8'], one: ['10.1.2.3'], middle: ['10.1.0.0/16'], rest: ['0.0.0.0/0'] });
    const nameOf = (address: string): string | undefined => clients.find(address)?.config.name;
    expect(nameOf('10.1.2.3')).toBe('one');
    expect(nameOf('10.1.2.4')).toBe('middle');
    expect(nameOf('10.2.2.3')).toBe('wide');
    expect(nameOf('192.0.2.1')).toBe('rest');
  });

  it('knows no stranger, and nothing that is no address', () => {
    const clients = table({ lan: ['192.0.2.0/24'] });
    for (const address of ['192.0.3.1', '2001:db8::1', '', 'localhost']) expect(clients.find(address)).toBeUndefined();
  });

  it('finds IPv6 clients, with and without a zone', () => {
    const clients = table({ site: ['2001:db8::/32'], net: ['2001:db8:0:1::/64'], local: ['fe80::/10'] });
    expect(clients.find('2001:db8:0:1::5')?.config.name).toBe('net');
    expect(clients.find('2001:db8:0:2::5')?.config.name).toBe('site');
    expect(clients.find('fe80::1%eth0')?.config.name).toBe('local');
  });

  it('takes an IPv4-mapped address for the IPv4 address it holds', () => {
    const clients = table({ lan: ['192.0.2.0/24'], six: ['::/0'] });
    expect(clients.find('::ffff:192.0.2.9')?.config.name).toBe('lan');
    expect(clients.find('::ffff:198.51.100.1')).toBeUndefined();
  });

  it('forgets the old list when another is put in place', () => {
    const clients = table({ before: ['192.0.2.0/24'] });
    expect(clients.find('192.0.2.9')?.config.name).toBe('before');
    clients.replaceClients([clientConfig({ name: 'after', address: ['192.0.2.8/29'] })]);
    expect(clients.find('192.0.2.9')?.config.name).toBe('after');
    expect(clients.find('192.0.2.1')).toBeUndefined();
  });
});
