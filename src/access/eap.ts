import type { ChallengeSession } from '../challenge/index.ts';
import type { Credentials, EapConversation, PrimaryResult } from '../primary/index.ts';
import type { RateOptions } from './rate-limits.ts';
import { isPasswordChange } from './relayed-change.ts';
import { changedRequest, type AccessRequest } from './request.ts';
import type { Visit } from './visit.ts';

// EAP-TLS with long chains of certificates takes some twenty.
const MAX_ROUNDS = 50;
const MAX_CONVERSATION_MS = 600_000;

/** How long the user's device may take for one packet, and the user for what it asks. */
export const EAP_ROUND_TTL_MS = 120_000;

/**
 * The request as one that can be asked nothing: whatever runs inside EAP is between the user's device and the home
 * server, so a question of ours has no way to either. What needs no typing is held.
 */
export function withoutQuestions(request: AccessRequest): AccessRequest {
  if (request.credentials.kind !== 'eap') return request;
  const client = { ...request.client, challenge: false, outOfBand: 'hold' } as const;
  return changedRequest(request, { client });
}

/**
 * Whether that is no answer to what was asked: EAP goes on by EAP, and nothing else does; and no home server asks for a new
 * password in that way, but may take it.
 */
export function isMisplaced(credentials: Credentials, session: ChallengeSession): boolean {
  const isEap = session.kind === 'home-server' && session.conversation.eap !== undefined;
  const isChange = session.kind === 'home-server' && isPasswordChange(credentials);
  return isChange || isEap !== (credentials.kind === 'eap');
}

/**
 * How often may be asked by such a packet. Of a conversation by EAP the first one counts for its name, which many users
 * may share outside; how long it goes on is bounded.
 */
export function limitsOfRound(
  rates: RateOptions,
  credentials: AccessRequest['credentials'],
  isOurs: boolean,
): RateOptions {
  return isOurs && credentials.kind === 'eap' ? { ...rates, perUserPerMinute: undefined } : rates;
}

/** Whether it has gone on for too long. */
export function isEndless(eap: EapConversation | undefined, nowMs: number): boolean {
  return eap !== undefined && (eap.rounds >= MAX_ROUNDS || nowMs - eap.sinceMs > MAX_CONVERSATION_MS);
}

/**
 * The request of the user whom the first door has let in, in whose name the second is asked; `undefined`: nobody has said
 * who it is, and a second factor stands behind. The name outside EAP may be anybody's: a user without a second factor,
 * one who is exempt, one who has a phone at hand.
 */
export function requestOfUser(
  { request, settings }: Visit,
  { identity }: Extract<PrimaryResult, { kind: 'accepted' }>,
): AccessRequest | undefined {
  if (identity === undefined) return request;
  if (identity !== 'unproven') return changedRequest(request, { username: identity });
  return settings.factorless.has(request.client.policy) ? request : undefined;
}
