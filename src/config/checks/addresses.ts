import { contains, formatPrefix, parseAddress, parsePrefix } from '../../lib/ip.ts';
import type { Finding, Path } from '../problem.ts';
import { portOf } from '../schema/index.ts';
import type { ClientData } from '../schema/index.ts';
import type { Piece, Survey } from '../survey.ts';
import { repeatsOf } from './repeats.ts';

/** Listeners that take each other's port, prefixes of two clients, home servers that are ourselves. */
export function checkAddresses(survey: Survey): Finding[] {
  return [...clashingListeners(survey), ...equalPrefixes(survey), ...loops(survey)];
}

// The kernel gives a port to one socket of a family: the wildcard address leaves nothing for another.
function clashingListeners({ server }: Survey): Finding[] {
  const listen = (server.listen ?? []).map((listener, index) => ({
    ...listener,
    port: portOf(listener),
    path: ['server', 'listen', index],
  }));
  return listen.flatMap(({ protocol, address, port, path }, index) => {
    const other = listen
      .slice(0, index)
      .find((earlier) => earlier.protocol === protocol && earlier.port === port && clash(earlier.address, address));
    if (other === undefined || port === 0) return [];
    return [{ path, message: `port ${port} is taken on this address by ${other.address} above` }];
  });
}

function clash(a: string, b: string): boolean {
  const [first, second] = [hexOf(a), hexOf(b)];
  return first === second || (first.length === second.length && (isWildcard(first) || isWildcard(second)));
}

function equalPrefixes({ clients }: Survey): Finding[] {
  const overUdp = clients.filter(({ data }) => data.certificate === undefined && data.psk === undefined);
  const written = overUdp.flatMap((client) => addressesOf(client).map((address) => ({ ...address, client })));
  return repeatsOf(written, ({ text }) => prefixKey(text)).map(({ item, first }) => {
    const other = first.client.data.name === undefined ? 'another client' : `client "${first.client.data.name}"`;
    const who = first.client === item.client ? 'this client' : other;
    return { path: item.path, message: `${prefixKey(item.text)} belongs to ${who} already` };
  });
}

// A home server that is one of our own listeners would ask us, who ask it, and so on.
function loops({ server, primaries }: Survey): Finding[] {
  return [...primaries.values()].flatMap(({ path, data }) => {
    const servers = 'servers' in data ? (data.servers ?? []) : [];
    return servers.flatMap((home, index) => {
      const isOwn = (server.listen ?? []).some(
        (own) => own.protocol === home.protocol && portOf(own) === portOf(home) && reaches(own.address, home.address),
      );
      const message = 'this is where Sallyport itself listens: it would ask itself';
      return isOwn ? [{ path: [...path, 'servers', index, 'address'], message }] : [];
    });
  });
}

function reaches(listener: string, address: string): boolean {
  if (hexOf(listener) === hexOf(address)) return true;
  const octets = parseAddress(address);
  const isHere = octets !== undefined && loopback.some((prefix) => contains(prefix, octets));
  return isHere && isWildcard(hexOf(listener));
}

const loopback = ['127.0.0.0/8', '::1'].flatMap((text) => parsePrefix(text) ?? []);

function addressesOf({ path, data }: Piece<ClientData>): { readonly path: Path; readonly text: string }[] {
  if (data.address === undefined) return [];
  if (!Array.isArray(data.address)) return [{ path: [...path, 'address'], text: data.address }];
  return data.address.flatMap((text, index) => (text === '' ? [] : [{ path: [...path, 'address', index], text }]));
}

function prefixKey(text: string): string {
  const prefix = parsePrefix(text);
  return prefix === undefined ? text : formatPrefix(prefix);
}

function hexOf(address: string): string {
  return parseAddress(address)?.toString('hex') ?? address;
}

function isWildcard(hex: string): boolean {
  return /^0+$/.test(hex);
}
