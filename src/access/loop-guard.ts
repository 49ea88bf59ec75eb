import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { allValues, AttributeType } from '../radius/index.ts';
import type { AccessRequest } from './request.ts';

/** Whether a request is our own, come back: a home server sends to us what we sent to it. */
export type LoopGuard = (request: ForwardedRequest) => boolean;

/** A request, or accounting, as far as it may have come back. */
export interface ForwardedRequest extends Pick<AccessRequest, 'id' | 'clientAddress' | 'attributes'> {
  readonly client: { readonly name: string };
}

// A loop turns with every login: one line a minute.
const INTERVAL_MS = 60_000;

/** Knows our requests again by the Proxy-State that is in all of them, and that who forwards them has to keep (RFC 2865 §5.33). */
export function createLoopGuard(deps: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly loopMark?: Buffer;
}): LoopGuard {
  const { clock, logger, loopMark } = deps;
  let lastLineMs = -Infinity;
  return (request) => {
    if (loopMark === undefined) return false;
    const isOurs = allValues(request.attributes, AttributeType.proxyState).some((state) => state.equals(loopMark));
    if (isOurs && clock.monotonicMs() - lastLineMs >= INTERVAL_MS) {
      lastLineMs = clock.monotonicMs();
      const fields = { requestId: request.id, client: request.client.name, clientAddress: request.clientAddress };
      logger.error(
        fields,
        'a request that was sent to a home server came back from this client: it forwards to us what it is to answer itself (on NPS: a connection request policy)',
      );
    }
    return isOurs;
  };
}
