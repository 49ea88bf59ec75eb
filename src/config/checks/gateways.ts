import type { Finding, Path } from '../problem.ts';
import type { GatewayData } from '../schema/index.ts';
import { didYouMean } from '../suggest.ts';
import type { Piece, Sound, Survey } from '../survey.ts';
import { repeatsOf } from './repeats.ts';

/** What a gateway can deliver. */
export type GatewayChannel = 'sms' | 'call' | 'email';

const channels: readonly GatewayChannel[] = ['sms', 'call', 'email'];

/** Gateways that need our public address where there is none; factors and countries that name gateways nobody has. */
export function checkGateways(survey: Survey): Finding[] {
  return [
    ...[...survey.gateways.values()].flatMap((gateway) => unreachable(gateway, survey)),
    ...channels.flatMap((channel) =>
      gatewayReferences(survey, {
        channel,
        path: ['factors', channel, 'gateways'],
        names: survey.channelGateways[channel],
      }),
    ),
    ...alertGateway(survey),
    ...[...survey.countries].flatMap(({ path, data }) =>
      gatewayReferences(survey, { path: [...path, 'gateways'], names: data.gateways ?? [] }),
    ),
  ];
}

function alertGateway(survey: Survey): Finding[] {
  const { path, data } = survey.alertEmail ?? { path: [], data: {} };
  if (data.gateway === undefined) return [];
  return referenceFault(survey, { name: data.gateway, place: [...path, 'gateway'], channel: 'email' });
}

/** A list of names under `gateways`, and what each of them has to deliver (any channel when it is left out). */
export interface GatewayReferences {
  readonly path: Path;
  readonly names: readonly string[];
  readonly channel?: GatewayChannel;
}

/** Names in such a list that nobody has, that deliver something else, or that stand there twice. */
export function gatewayReferences(survey: Survey, { path, names, channel }: GatewayReferences): Finding[] {
  const numbered = names.map((name, index) => ({ name, place: [...path, index] }));
  const twice = repeatsOf(numbered, ({ name }) => name).map(({ item }) => ({
    path: item.place,
    message: 'stands in this list already',
  }));
  return [...numbered.flatMap(({ name, place }) => referenceFault(survey, { name, place, channel })), ...twice];
}

interface Reference {
  readonly name: string;
  readonly place: Path;
  readonly channel: GatewayChannel | undefined;
}

function referenceFault({ gateways, gatewayNames }: Survey, { name, place, channel }: Reference): Finding[] {
  if (!gatewayNames.includes(name))
    return [{ path: place, message: `"${name}" is no name under gateways${didYouMean(name, gatewayNames)}` }];
  const gateway = gateways.get(name)?.data;
  if (channel === undefined || gateway === undefined || channelsOf(gateway).includes(channel)) return [];
  return [{ path: place, message: `"${name}" delivers no ${nouns[channel]}` }];
}

const nouns: Readonly<Record<GatewayChannel, string>> = { sms: 'SMS', call: 'calls', email: 'mail' };

function channelsOf(gateway: Sound<GatewayData>): readonly GatewayChannel[] {
  switch (gateway.type) {
    case 'http':
    case 'script':
      return gateway.channels ?? ['sms', 'email'];
    case 'smpp':
      return ['sms'];
    case 'smtp':
      return ['email'];
    case 'asterisk':
      return ['call'];
    case 'twilio':
      return ['sms', 'call'];
    case 'vonage':
      return gateway.applicationId === undefined ? ['sms'] : ['sms', 'call'];
    case undefined:
      return ['sms', 'call', 'email'];
  }
}

function unreachable({ path, data }: Piece<GatewayData>, { hasPublicUrl }: Survey): Finding[] {
  if (data.type === 'vonage' && (data.applicationId === undefined) !== (data.privateKey === undefined))
    return [{ path: [...path, 'applicationId'], message: 'goes together with privateKey: both or neither' }];
  const needing = hasPublicUrl ? undefined : whatNeedsUs(data);
  if (needing === undefined) return [];
  return [{ path: [...path, needing], message: 'needs `console.publicUrl`: the gateway asks us by that address' }];
}

function whatNeedsUs(gateway: Sound<GatewayData>): string | undefined {
  if (gateway.type === 'http' && gateway.callbacks !== undefined) return 'callbacks';
  return gateway.type === 'vonage' && gateway.applicationId !== undefined ? 'applicationId' : undefined;
}
