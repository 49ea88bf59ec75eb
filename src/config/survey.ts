import * as z from 'zod';
import { parsePrefix } from '../lib/ip.ts';
import { isMapping, valueAt } from './raw.ts';
import type { Path } from './problem.ts';
import {
  alertEmailSchema,
  alertWebhookSchema,
  apiKeySchema,
  clientSchema,
  factorsSchema,
  gatewaySchemas,
  ntfySchema,
  policySchema,
  primarySchemas,
  serverSchema,
  storageSchema,
} from './schema/index.ts';
import type {
  AlertEmailData,
  AlertWebhookData,
  ApiKeyData,
  ClientData,
  CountryData,
  GatewayData,
  NtfyData,
  PolicyData,
  PrimaryData,
  ServerData,
  StorageData,
} from './schema/index.ts';

/** Keys of `factors.push` that name a way to ask phones. */
const pushProtocols = ['app', 'ntfy', 'privacyidea'] as const;
/** One of them. */
export type PushProtocolName = (typeof pushProtocols)[number];

const PUSH: Path = ['factors', 'push'];
const NTFY: Path = [...PUSH, 'ntfy'];

/** The keys of a mapping that are sound in themselves, defaults filled in; those with a mistake are left out. */
export type Sound<Data> = { readonly [Key in keyof Data]?: Data[Key] | undefined };

/** A mapping of the file and where it stands. */
export interface Piece<Data> {
  readonly path: Path;
  readonly data: Sound<Data>;
}

/** Whatever of a file is sound in itself, though the rest may not be: what can be checked against each other. */
export interface Survey {
  readonly server: Sound<ServerData>;
  readonly storage: Sound<StorageData>;
  readonly clients: readonly Piece<ClientData>[];
  /** By name; only those whose type is known. */
  readonly primaries: ReadonlyMap<string, Piece<PrimaryData>>;
  readonly policies: ReadonlyMap<string, Piece<PolicyData>>;
  readonly apiKeys: readonly Piece<ApiKeyData>[];
  /** Every name written under `primaries`, sound or not. */
  readonly primaryNames: readonly string[];
  /** By name; only those whose type is known. */
  readonly gateways: ReadonlyMap<string, Piece<GatewayData>>;
  /** Every name written under `gateways`, sound or not. */
  readonly gatewayNames: readonly string[];
  /** Those of `factors.countries`. */
  readonly countries: readonly Piece<CountryData>[];
  /** `factors.sms.gateways` and the like: texts, where it is a list. */
  readonly channelGateways: Readonly<Record<'sms' | 'call' | 'email', readonly string[]>>;
  /** `factors.push.ntfy`, its access token as written. */
  readonly ntfy: Piece<NtfyData>;
  /** `alerts.email`; `undefined` where nothing is written there. */
  readonly alertEmail: Piece<AlertEmailData> | undefined;
  /** `alerts.webhook`, its secret as written. */
  readonly alertWebhook: Piece<AlertWebhookData> | undefined;
  /** The ways to ask phones that are written under `factors.push`. */
  readonly pushProtocols: readonly PushProtocolName[];
  /** Whether `factors.push.app.contact` is written. */
  readonly hasAppContact: boolean;
  /** Whether `console.publicUrl` is written as an https address. */
  readonly hasSecurePublicUrl: boolean;
  /** Whether `console.publicUrl` is written. */
  readonly hasPublicUrl: boolean;
}

/** Looks at each key of the file by itself. */
export function surveyOf(data: unknown): Survey {
  const publicUrl = valueAt(data, ['console', 'publicUrl']);
  return {
    server: soundKeys(serverSchema, valueAt(data, ['server'])),
    storage: soundKeys(storageSchema, valueAt(data, ['storage'])),
    clients: clientsIn(data),
    primaries: new Map(primariesIn(data)),
    policies: new Map(policiesIn(data)),
    apiKeys: piecesIn(data, ['console', 'apiKeys'], apiKeySchema),
    primaryNames: namesUnder(data, 'primaries'),
    gateways: new Map(gatewaysIn(data)),
    gatewayNames: namesUnder(data, 'gateways'),
    countries: countriesIn(data),
    channelGateways: {
      sms: textsAt(data, ['factors', 'sms', 'gateways']),
      call: textsAt(data, ['factors', 'call', 'gateways']),
      email: textsAt(data, ['factors', 'email', 'gateways']),
    },
    ntfy: { path: NTFY, data: soundKeys(ntfySchema, valueAt(data, NTFY)) },
    alertEmail: pieceAt(data, ['alerts', 'email'], alertEmailSchema),
    alertWebhook: pieceAt(data, ['alerts', 'webhook'], alertWebhookSchema),
    pushProtocols: pushProtocols.filter((name) => valueAt(data, [...PUSH, name]) !== undefined),
    hasAppContact: valueAt(data, [...PUSH, 'app', 'contact']) !== undefined,
    hasSecurePublicUrl: String(publicUrl).startsWith('https://'),
    hasPublicUrl: publicUrl !== undefined,
  };
}

// Of a list of addresses with a mistake the others count all the same; what is none keeps its place, as an empty text.
function clientsIn(data: unknown): Piece<ClientData>[] {
  return piecesIn(data, ['clients'], clientSchema).map(({ path, data: client }) => {
    const list = valueAt(data, [...path, 'address']);
    if (client.address !== undefined || !Array.isArray(list)) return { path, data: client };
    const isSound = (item: unknown): item is string => typeof item === 'string' && parsePrefix(item) !== undefined;
    return { path, data: { ...client, address: list.map((item: unknown) => (isSound(item) ? item : '')) } };
  });
}

function soundKeys<Schema extends z.ZodObject>(schema: Schema, raw: unknown): Sound<z.output<Schema>> {
  const mapping = isMapping(raw) ? raw : {};
  const entries = Object.entries(schema.shape).flatMap(([key, inner]) => {
    const parsed = z.safeParse(inner, valueAt(mapping, [key]));
    return parsed.success ? [[key, parsed.data] as const] : [];
  });
  return Object.fromEntries(entries) as Sound<z.output<Schema>>;
}

function pieceAt<Schema extends z.ZodObject>(
  data: unknown,
  path: Path,
  schema: Schema,
): Piece<z.output<Schema>> | undefined {
  const raw = valueAt(data, path);
  return isMapping(raw) ? { path, data: soundKeys(schema, raw) } : undefined;
}

function piecesIn<Schema extends z.ZodObject>(data: unknown, path: Path, schema: Schema): Piece<z.output<Schema>>[] {
  const list = valueAt(data, path);
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index) =>
    isMapping(item) ? [{ path: [...path, index], data: soundKeys(schema, item) }] : [],
  );
}

function primariesIn(data: unknown): [string, Piece<PrimaryData>][] {
  return namesUnder(data, 'primaries').flatMap((name): [string, Piece<PrimaryData>][] => {
    const path = ['primaries', name];
    const type = valueAt(data, [...path, 'type']);
    const schema = primarySchemas.find((candidate) => candidate.shape.type.value === type);
    return schema === undefined ? [] : [[name, { path, data: soundKeys(schema, valueAt(data, path)) }]];
  });
}

function gatewaysIn(data: unknown): [string, Piece<GatewayData>][] {
  return namesUnder(data, 'gateways').flatMap((name): [string, Piece<GatewayData>][] => {
    const path = ['gateways', name];
    const type = valueAt(data, [...path, 'type']);
    const schema = gatewaySchemas.find((candidate) => candidate.shape.type.value === type);
    return schema === undefined ? [] : [[name, { path, data: soundKeys(schema, valueAt(data, path)) }]];
  });
}

function countriesIn(data: unknown): Piece<CountryData>[] {
  const parsed = factorsSchema.shape.countries.safeParse(valueAt(data, ['factors', 'countries']));
  if (!parsed.success) return [];
  return Object.entries(parsed.data).map(([country, rule]) => ({
    path: ['factors', 'countries', country],
    data: rule,
  }));
}

function policiesIn(data: unknown): [string, Piece<PolicyData>][] {
  return namesUnder(data, 'policies').map((name) => {
    const path = ['policies', name];
    return [name, { path, data: soundKeys(policySchema, valueAt(data, path)) }];
  });
}

function textsAt(data: unknown, path: Path): string[] {
  const list = valueAt(data, path);
  return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : [];
}

function namesUnder(data: unknown, section: string): string[] {
  const holder = valueAt(data, [section]);
  return isMapping(holder) ? Object.keys(holder) : [];
}
