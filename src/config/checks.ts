import { contains, formatPrefix, parseAddress, parsePrefix } from '../lib/ip.ts';
import type { Finding, Path } from './problem.ts';
import { listOf } from './schema/index.ts';
import type { ClientData } from './schema/index.ts';
import { didYouMean } from './suggest.ts';
import type { Piece, Survey } from './survey.ts';
import { describeWorstCase, round, worstCaseSeconds } from './timing.ts';

/** What is wrong between parts that are each sound: names, addresses, references, timers. */
export function checkSurvey(survey: Survey): Finding[] {
  return [
    ...clashingListeners(survey),
    ...duplicateNames(survey),
    ...equalPrefixes(survey),
    ...survey.clients.flatMap((client) => [
      ...missingReferences(client, survey),
      ...repeatedPrimaries(client),
      ...slowPrimaries(client, survey),
      ...slowRejects(client),
      ...noDoorAtAll(client, survey),
    ]),
    ...repeatedFactors(survey),
    ...loops(survey),
  ];
}

// The kernel gives a port to one socket of a family: the wildcard address leaves nothing for another.
function clashingListeners({ server }: Survey): Finding[] {
  const listen = (server?.listen ?? []).filter(({ port }) => port !== 0);
  return listen.flatMap((listener, index) => {
    const other = listen.slice(0, index).find((earlier) => earlier.port === listener.port && clash(earlier, listener));
    if (other === undefined) return [];
    const path = ['server', 'listen', server?.listen.indexOf(listener) ?? index];
    return [{ path, message: `port ${listener.port} is taken on this address by ${other.address} above` }];
  });
}

function clash(a: { readonly address: string }, b: { readonly address: string }): boolean {
  const [first, second] = [hexOf(a.address), hexOf(b.address)];
  return first === second || (first.length === second.length && (isAnyAddress(first) || isAnyAddress(second)));
}

function isAnyAddress(hex: string): boolean {
  return /^0+$/.test(hex);
}

function duplicateNames({ clients }: Survey): Finding[] {
  return repeats(clients.map(({ data }) => data.name)).flatMap(({ index, first }) => {
    const client = clients[index];
    if (client === undefined) return [];
    const other = pathText(clients[first]);
    return [{ path: [...client.path, 'name'], message: `"${client.data.name}" is the name of ${other} already` }];
  });
}

function equalPrefixes({ clients }: Survey): Finding[] {
  const written = clients.flatMap((client) =>
    addressesOf(client).map(({ path, text }) => ({ path, client, key: prefixKey(text) })),
  );
  return repeats(written.map(({ key }) => key)).flatMap(({ index, first }) => {
    const here = written[index];
    const owner = written[first]?.client;
    if (here === undefined || owner === undefined) return [];
    const who = owner === here.client ? 'this client' : `client "${owner.data.name}"`;
    return [{ path: here.path, message: `${here.key} belongs to ${who} already` }];
  });
}

function missingReferences({ path, data }: Piece<ClientData>, survey: Survey): Finding[] {
  const missingPrimaries = listOf(data.primary).flatMap((name, index) => {
    if (survey.primaryNames.includes(name)) return [];
    const here = Array.isArray(data.primary) ? [...path, 'primary', index] : [...path, 'primary'];
    return [{ path: here, message: noSuchName(name, 'primaries', survey.primaryNames) }];
  });
  if (survey.policyNames.includes(data.policy)) return missingPrimaries;
  const message = noSuchName(data.policy, 'policies', survey.policyNames);
  return [...missingPrimaries, { path: [...path, 'policy'], message }];
}

function noSuchName(name: string, section: string, names: readonly string[]): string {
  return `"${name}" is no name under ${section}${didYouMean(name, names)}`;
}

function repeatedPrimaries({ path, data }: Piece<ClientData>): Finding[] {
  return repeats(listOf(data.primary)).map(({ index }) => ({
    path: [...path, 'primary', index],
    message: 'stands in this list already',
  }));
}

function repeatedFactors({ policies }: Survey): Finding[] {
  return [...policies.values()].flatMap(({ path, data }) =>
    repeats(data.factors).map(({ index }) => ({
      path: [...path, 'factors', index],
      message: 'stands in this list already',
    })),
  );
}

function slowPrimaries({ path, data }: Piece<ClientData>, { primaries }: Survey): Finding[] {
  const asked = [...new Set(listOf(data.primary))].flatMap((name) => {
    const primary = primaries.get(name)?.data;
    return primary?.type === 'radius' ? [{ name, primary }] : [];
  });
  const seconds = asked.reduce((sum, { primary }) => sum + worstCaseSeconds(primary), 0);
  if (asked.length === 0 || seconds < data.timeoutSeconds) return [];
  const how = asked.map(({ name, primary }) => `${name}: ${describeWorstCase(primary)}`).join('; ');
  const message =
    `the NAS waits ${data.timeoutSeconds} s, but its primary may take ${round(seconds)} s (${how}): ` +
    "raise this, or lower the primary's timeoutSeconds or attempts";
  return [{ path: [...path, 'timeoutSeconds'], message }];
}

function slowRejects({ path, data }: Piece<ClientData>): Finding[] {
  if (data.rejectDelaySeconds < data.timeoutSeconds) return [];
  const message = `must be less than the ${data.timeoutSeconds} s the NAS waits`;
  return [{ path: [...path, 'rejectDelaySeconds'], message }];
}

function noDoorAtAll({ path, data }: Piece<ClientData>, { primaries, policies }: Survey): Finding[] {
  const isOpen = listOf(data.primary).some((name) => primaries.get(name)?.data.type === 'none');
  if (!isOpen || policies.get(data.policy)?.data.factors.length !== 0) return [];
  const message = `anyone would be let in: its primary checks no password and policy "${data.policy}" asks for no factor`;
  return [{ path, message }];
}

// A home server that is one of our own listeners would ask us, who ask it, and so on.
function loops({ server, primaries }: Survey): Finding[] {
  return [...primaries.values()].flatMap(({ path, data }) => {
    if (data.type !== 'radius') return [];
    return data.servers.flatMap((home, index) => {
      const isOwn = (server?.listen ?? []).some((own) => own.port === home.port && reaches(own.address, home.address));
      const message = 'this is where Sallyport itself listens: it would ask itself';
      return isOwn ? [{ path: [...path, 'servers', index, 'address'], message }] : [];
    });
  });
}

function reaches(listen: string, address: string): boolean {
  if (hexOf(listen) === hexOf(address)) return true;
  const octets = parseAddress(address);
  const isAny = isAnyAddress(hexOf(listen));
  return isAny && octets !== undefined && loopback.some((prefix) => contains(prefix, octets));
}

const loopback = ['127.0.0.0/8', '::1'].flatMap((text) => parsePrefix(text) ?? []);

function addressesOf({ path, data }: Piece<ClientData>): { readonly path: Path; readonly text: string }[] {
  if (!Array.isArray(data.address)) return [{ path: [...path, 'address'], text: data.address }];
  return data.address.map((text, index) => ({ path: [...path, 'address', index], text }));
}

function repeats(keys: readonly string[]): { readonly index: number; readonly first: number }[] {
  const firsts = new Map<string, number>();
  return keys.flatMap((key, index) => {
    const first = firsts.get(key);
    if (first !== undefined) return [{ index, first }];
    firsts.set(key, index);
    return [];
  });
}

function prefixKey(text: string): string {
  const prefix = parsePrefix(text);
  return prefix === undefined ? text : formatPrefix(prefix);
}

function hexOf(address: string): string {
  return parseAddress(address)?.toString('hex') ?? address;
}

function pathText(piece: Piece<ClientData> | undefined): string {
  return piece === undefined ? 'another client' : `${String(piece.path[0])}[${String(piece.path[1])}]`;
}
