import type { OpenFactors } from './challenge/index.ts';
import type { Config } from './config/index.ts';
import type { MountedCallback } from './console/index.ts';
import type { Desk, Gateway, InboundText, PushChannel } from './factors/index.ts';
import { createConfiguredPushChannels, createDesk, createGatewayEvents } from './gateways/index.ts';
import { publicUrlOf } from './lib/public-url.ts';
import { Secret } from './lib/secret.ts';
import type { OutsideDeps } from './outside.ts';
import { createGateways, deskOptionsOf } from './second-doors.ts';
import { deriveKey } from './storage/index.ts';

/** Gateways, phones, and the desk before them. */
export interface Delivery {
  readonly desk: Desk;
  readonly channels: readonly PushChannel[];
  /** The gateway of that name, as of now. */
  gateway(name: string): Gateway | undefined;
  callbacks(): readonly MountedCallback[];
  /** Starts what is new, and stops what is gone. */
  replace(config: Config): Promise<void>;
  stop(): Promise<void>;
}

/** Nothing is started yet: `replace` does. `inbound` is told messages that come in. */
export function createDelivery(
  deps: OutsideDeps,
  open: OpenFactors,
  inbound: (message: InboundText) => void,
): Delivery {
  const { clock, random, logger, metrics, storage, config } = deps;
  const { deliveries } = storage;
  const events = createGatewayEvents({ deliveries, inbound });
  const gateways = createGateways({ clock, random, logger, events, publicUrl: publicUrlOf(config()) });
  const channels = pushChannels(deps, open);
  const byProtocol = new Map(channels.map((channel) => [channel.protocol, channel]));
  const desk = createDesk(
    {
      ...{ clock, random, logger, metrics, deliveries },
      gateways: () => gateways.current(),
      pushChannels: () => byProtocol,
    },
    () => deskOptionsOf(config()),
  );
  open.onClosed(({ id, factor }) => {
    if (factor === 'push') for (const channel of channels) channel.withdraw(id);
  });
  return {
    desk,
    channels,
    gateway: (name) => gateways.current().get(name),
    callbacks: () => [
      ...gateways.callbacks().map(({ gateway, callback }) => ({ prefix: `gateways/${gateway}`, callback })),
      ...channels.flatMap(({ protocol, callbacks }) =>
        callbacks.map((callback) => ({ prefix: `push/${protocol}`, callback })),
      ),
    ],
    async replace(next) {
      await gateways.replace(next.gateways);
      await Promise.all(channels.map((channel) => channel.start()));
    },
    async stop() {
      await Promise.all([gateways.stop(), ...channels.map((channel) => channel.stop())]);
    },
  };
}

function pushChannels(deps: OutsideDeps, open: OpenFactors): readonly PushChannel[] {
  const { clock, random, logger, masterKey, storage, config } = deps;
  return createConfiguredPushChannels(config(), {
    ...{ clock, random, logger },
    // Bound to the master key: phones' subscriptions outlive a restart, and there is no further file to keep.
    webPushKey: Secret.fromOctets(deriveKey(masterKey, 'web-push')),
    devices: storage.devices,
    events: { answered: (id, answer) => open.answered(id, answer) },
  });
}
