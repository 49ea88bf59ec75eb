import type { Callback, CallbackReply, CallbackRequest, PushProtocol } from '../../factors/index.ts';
import type { Logger } from '../../lib/logger.ts';

/** What became of a phone's request. `why` is for the log at `debug`; the phone is told nothing of it. */
export type Outcome =
  { readonly kind: 'done'; readonly body: object } | { readonly kind: 'refused'; readonly why: string };

/** What the end points of one protocol have in common. */
export interface EndPoints {
  readonly protocol: PushProtocol;
  /** The one answer to everything that fails. */
  readonly refusal: object;
  readonly logger: Logger;
}

const MAX_BODY_OCTETS = 16_384;

/** One end point: JSON with status 200, or the one refusal with 403, whatever went wrong. */
export function endPoint(
  { protocol, refusal, logger }: EndPoints,
  { method, path }: Pick<Callback, 'method' | 'path'>,
  handle: (request: CallbackRequest) => Outcome | Promise<Outcome>,
): Callback {
  const refused = jsonReply(403, refusal);
  return {
    method,
    path,
    async handle(request) {
      if (request.body.length > MAX_BODY_OCTETS) return refused;
      try {
        const outcome = await handle(request);
        if (outcome.kind === 'done') return jsonReply(200, outcome.body);
        logger.debug({ protocol, path, why: outcome.why }, 'a request of a phone was refused');
      } catch (error) {
        logger.error({ protocol, path, err: error }, 'a request of a phone failed');
      }
      return refused;
    },
  };
}

/** Shorthand for what a phone is told. */
export function done(body: object): Outcome {
  return { kind: 'done', body };
}

/** Shorthand for what it is not told. */
export function refused(why: string): Outcome {
  return { kind: 'refused', why };
}

function jsonReply(status: number, body: object): CallbackReply {
  return { status, contentType: 'application/json', body: JSON.stringify(body) };
}
