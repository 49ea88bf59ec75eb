import type { Channel, Gateway } from '../factors/index.ts';
import type { DeskOptions } from './desk-options.ts';

/** Who delivers, in order, and whom the recipient sees as sender. */
export interface Route {
  readonly gateways: readonly Gateway[];
  readonly from?: string;
}

/** The way to that country (`undefined`: no country, as with mail); `blocked` where nothing is sent. */
export function routeTo(
  channel: Channel,
  country: string | undefined,
  { options, gateways }: { readonly options: DeskOptions; readonly gateways: ReadonlyMap<string, Gateway> },
): Route | 'blocked' {
  const { countries, routes } = options;
  const rule = channel === 'email' ? undefined : (countries[country ?? '*'] ?? countries['*']);
  if (rule?.blocked === true) return 'blocked';
  const ofCountry = able(rule?.gateways ?? [], channel, gateways);
  const from = channel === 'call' ? rule?.callFrom : rule?.from;
  return {
    gateways: ofCountry.length > 0 ? ofCountry : able(routes[channel], channel, gateways),
    ...(from !== undefined && { from }),
  };
}

function able(names: readonly string[], channel: Channel, gateways: ReadonlyMap<string, Gateway>): Gateway[] {
  return names.flatMap((name) => {
    const gateway = gateways.get(name);
    return gateway?.channels.includes(channel) === true ? [gateway] : [];
  });
}
