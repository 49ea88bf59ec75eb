import type { ClientConfig } from '../config/index.ts';
import { createBoundedCache } from '../lib/bounded-cache.ts';
import { parseAddress, type AddressOctets, type Prefix } from '../lib/ip.ts';
import type { Secret } from '../lib/secret.ts';
import { createSharedKey, type SharedKey } from '../radius/index.ts';
import { TlsClients, type TlsProof } from './tls-clients.ts';

/** A NAS we answer: its settings and its shared secret, ready for hashing. */
export interface RadiusClient {
  readonly config: ClientConfig;
  readonly key: SharedKey;
}

/** Who may ask, by source address. */
export interface ClientTable {
  /** The client whose longest prefix holds this source address (text as the socket gives it); `undefined`: a stranger. */
  find(address: string): RadiusClient | undefined;
  /** The client of RadSec whom this proof and source address fit; `undefined`: a stranger. */
  findInTls(proof: TlsProof, address: string): RadiusClient | undefined;
  /** The key shared in advance with whoever goes by that identity. */
  pskOf(identity: string): Secret | undefined;
  /** Puts a whole new list in place (reload); requests already running keep the client they began with. */
  replaceClients(clients: readonly ClientConfig[]): void;
}

// Strangers are not cached: a flood of forged sources would push out the clients.
const MAX_CACHED_ADDRESSES = 16_384;

/** A table of clients by longest prefix, IPv4 and IPv6; IPv4-mapped addresses count as IPv4. */
export function createClientTable(clients: readonly ClientConfig[]): ClientTable {
  const byAddress = createBoundedCache<string, RadiusClient>({ maxEntries: MAX_CACHED_ADDRESSES });
  const first = clients.map(radiusClient);
  let forest = plant(first);
  let inTls = new TlsClients(first);
  return {
    find(address) {
      const cached = byAddress.get(address);
      if (cached !== undefined) return cached;
      const octets = parseAddress(address);
      const found = octets === undefined ? undefined : longestMatch(forest, octets);
      if (found !== undefined) byAddress.set(address, found);
      return found;
    },
    findInTls: (proof, address) => inTls.find(proof, address),
    pskOf: (identity) => inTls.pskOf(identity),
    replaceClients(next) {
      const all = next.map(radiusClient);
      forest = plant(all);
      inTls = new TlsClients(all);
      byAddress.clear();
    },
  };
}

/** One bit of an address further: a client stands where its prefix ends. */
interface Node {
  client?: RadiusClient;
  readonly branches: [Node | undefined, Node | undefined];
}

interface Forest {
  readonly ipv4: Node;
  readonly ipv6: Node;
}

function radiusClient(config: ClientConfig): RadiusClient {
  return { config, key: createSharedKey(config.secret) };
}

// Those of RadSec have no place here: their secret is known to everybody.
function plant(clients: readonly RadiusClient[]): Forest {
  const forest: Forest = { ipv4: newNode(), ipv6: newNode() };
  for (const client of clients) {
    if (client.config.tls !== undefined) continue;
    for (const prefix of client.config.address) leaf(forest, prefix).client = client;
  }
  return forest;
}

function leaf(forest: Forest, prefix: Prefix): Node {
  let node = root(forest, prefix.octets);
  for (let index = 0; index < prefix.lengthBits; index += 1) {
    const bit = bitAt(prefix.octets, index);
    node = node.branches[bit] ??= newNode();
  }
  return node;
}

function longestMatch(forest: Forest, address: AddressOctets): RadiusClient | undefined {
  let node: Node | undefined = root(forest, address);
  let longest = node.client;
  for (let index = 0; index < address.length * 8; index += 1) {
    node = node.branches[bitAt(address, index)];
    if (node === undefined) break;
    longest = node.client ?? longest;
  }
  return longest;
}

function newNode(): Node {
  return { branches: [undefined, undefined] };
}

function root(forest: Forest, octets: AddressOctets): Node {
  return octets.length === 4 ? forest.ipv4 : forest.ipv6;
}

function bitAt(octets: AddressOctets, index: number): 0 | 1 {
  return (((octets[index >> 3] ?? 0) >> (7 - (index & 7))) & 1) === 1 ? 1 : 0;
}
