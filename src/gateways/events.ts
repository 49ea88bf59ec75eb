import type { DeliveryLog, GatewayEvents, InboundText } from '../factors/index.ts';

/** Who wants to know what gateways tell. */
export interface GatewayEventsDeps {
  readonly deliveries: DeliveryLog;
  /** Somebody has sent us a message: known to have come from the gateway, not yet from whom. */
  readonly inbound: (message: InboundText) => void;
}

/** Hands delivery reports to the record of deliveries, and messages to whoever waits for them. */
export function createGatewayEvents({ deliveries, inbound }: GatewayEventsDeps): GatewayEvents {
  return {
    reported(id, outcome) {
      if (outcome.kind === 'delivered') deliveries.report(id, 'delivered');
      else deliveries.report(id, 'undelivered', outcome.problem);
    },
    inbound,
  };
}
