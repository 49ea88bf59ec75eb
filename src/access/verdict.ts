import type { Attribute, ClearAttribute } from '../radius/index.ts';
import type { AcceptReason, ChallengeReason, DenialReason, SilenceReason } from './reason.ts';

/** What is answered to one Access-Request. */
export type Verdict =
  | { readonly kind: 'accept'; readonly reason: AcceptReason; readonly attributes: readonly ClearAttribute[] }
  | {
      readonly kind: 'challenge';
      readonly reason: ChallengeReason;
      /** At most 64 octets. */
      readonly state: Buffer;
      /** What the user reads; non-empty. Made into Reply-Message attributes by the exchange. */
      readonly message: string;
      /** Whether the NAS may show what is typed (Prompt, RFC 2869 §5.10). */
      readonly echo: boolean;
      /** Of a home server's own challenge (Reply-Message, Prompt as it sent them): used instead of `message` and `echo`. */
      readonly relayed?: readonly Attribute[];
    }
  | {
      readonly kind: 'reject';
      readonly reason: DenialReason;
      readonly message: string;
      /** Reply-Message attributes of the home server's Reject, before ours. */
      readonly attributes: readonly Attribute[];
    }
  | { readonly kind: 'silence'; readonly reason: SilenceReason };
