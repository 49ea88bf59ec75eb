import { isSameSetting, type Config, type GatewayConfig } from './config/index.ts';
import type { Callback, Gateway } from './factors/index.ts';
import { createGateway, type GatewayDeps } from './gateways/index.ts';

/** One HTTP end point of a gateway. */
export interface GatewayCallback {
  /** Name under `gateways`. */
  readonly gateway: string;
  readonly callback: Callback;
}

/** The gateways of the configuration in force. */
export interface Gateways {
  /** By name; another map after each `replace`. */
  current(): ReadonlyMap<string, Gateway>;
  /** Starts those that are new or changed, keeps the others, and stops what is gone once its deliveries had time. */
  replace(configs: Config['gateways']): Promise<void>;
  /** What may be asked of us below `/gateways/NAME/`, as of now. */
  callbacks(): readonly GatewayCallback[];
  stop(): Promise<void>;
}

interface Running {
  readonly config: GatewayConfig;
  readonly gateway: Gateway;
}

// A delivery is accepted or given up within this time (the longest that a configuration allows).
const RETIRE_MS = 60_000;

/** No gateway yet: `replace` makes them. */
export function createGateways(deps: GatewayDeps): Gateways {
  let running = new Map<string, Running>();
  let gateways: ReadonlyMap<string, Gateway> = new Map();
  const retired = new Set<Gateway>();

  return {
    current: () => gateways,
    replace,
    callbacks: () => [...gateways.values()].flatMap(callbacksOf),
    async stop() {
      await Promise.all([...gateways.values(), ...retired].map((gateway) => gateway.stop()));
      retired.clear();
    },
  };

  async function replace(configs: Config['gateways']): Promise<void> {
    const next = new Map<string, Running>();
    const fresh: Gateway[] = [];
    try {
      for (const [name, config] of Object.entries(configs)) {
        const present = running.get(name);
        const isKept = present !== undefined && isSameSetting(present.config, config);
        const gateway = isKept ? present.gateway : await createGateway(name, config, deps);
        if (!isKept) fresh.push(gateway);
        next.set(name, { config, gateway });
      }
      for (const gateway of fresh) await gateway.start();
    } catch (error) {
      await Promise.all(fresh.map((gateway) => gateway.stop()));
      throw error;
    }
    for (const [name, { gateway }] of running) if (next.get(name)?.gateway !== gateway) retire(gateway);
    running = next;
    gateways = new Map([...next].map(([name, { gateway }]) => [name, gateway]));
  }

  function retire(gateway: Gateway): void {
    retired.add(gateway);
    deps.clock.setTimer(RETIRE_MS, () => {
      retired.delete(gateway);
      void gateway.stop();
    });
  }
}

function callbacksOf({ name: gateway, callbacks = [] }: Gateway): GatewayCallback[] {
  return callbacks.map((callback) => ({ gateway, callback }));
}
