import type { AccessRequest, Verdict } from '../access/index.ts';
import type { Random } from '../lib/random.ts';
import {
  AttributeType,
  Code,
  eapFailure,
  encodeReply,
  hideReply,
  RadiusError,
  type Attribute,
  type ClearAttribute,
} from '../radius/index.ts';
import type { RadiusClient } from './clients.ts';
import type { Contents } from './contents.ts';
import { replyMessages } from './reply-message.ts';
import { isMsChapError, msChapError } from './reply-proof.ts';

/** A verdict that is sent. */
export type Answer = Exclude<Verdict, { kind: 'silence' }>;

/** The request that is answered, as far as the reply depends on it. */
export interface Answerable {
  readonly client: RadiusClient;
  readonly identifier: number;
  readonly requestAuthenticator: Buffer;
  readonly contents: Contents;
  /** How the user proves a password; absent in a Status-Server. */
  readonly credentials?: AccessRequest['credentials'];
}

/** How each verdict goes on the wire: code and attributes, without Message-Authenticator and Proxy-State. */
const packets: {
  readonly [Kind in Answer['kind']]: {
    readonly code: number;
    attributes(
      verdict: Extract<Answer, { kind: Kind }>,
      request: Answerable,
      random: Random,
    ): readonly ClearAttribute[];
  };
} = {
  accept: { code: Code.accessAccept, attributes: (verdict) => verdict.attributes },
  challenge: { code: Code.accessChallenge, attributes: challengeAttributes },
  reject: { code: Code.accessReject, attributes: rejectAttributes },
};

/**
 * The octets of the reply (RFC 2865 §4.2–4.4): Message-Authenticator first, hidden values under fresh salts, all
 * Proxy-State of the request in order. Throws `RadiusError` when it does not fit into a packet.
 */
export function encodeVerdict(verdict: Answer, request: Answerable, random: Random): Buffer {
  const { client, identifier, requestAuthenticator, contents } = request;
  const row = packets[verdict.kind] as {
    code: number;
    attributes(verdict: Answer, request: Answerable, random: Random): ClearAttribute[];
  };
  const clear = row.attributes(verdict, request, random).filter(({ type }) => !isOurs(type));
  const attributes = hideReply(clear, requestAuthenticator, client.key, random);
  attributes.push(...contents.proxyStates);
  // RFC 3579 §3.2: a NAS discards EAP-Message without it.
  const messageAuthenticator = client.config.replyMessageAuthenticator || contents.hasEap;
  return encodeReply({ code: row.code, identifier, attributes }, requestAuthenticator, client.key, {
    messageAuthenticator,
  });
}

/** The octets of a Reject that takes the place of a reply that does not fit: without its text where even that is too much. */
export function encodeFailure(
  reject: Extract<Answer, { kind: 'reject' }>,
  request: Answerable,
  random: Random,
): Buffer {
  try {
    return encodeVerdict(reject, request, random);
  } catch (error) {
    if (!(error instanceof RadiusError)) throw error;
    return encodeVerdict({ ...reject, message: '', attributes: [] }, request, random);
  }
}

/** The answer to a verified Status-Server (RFC 5997 §3): an Access-Accept that says only that we live. */
export function encodeStatus(request: Answerable): Buffer {
  const { client, identifier, requestAuthenticator, contents } = request;
  const reply = { code: Code.accessAccept, identifier, attributes: contents.proxyStates };
  return encodeReply(reply, requestAuthenticator, client.key, { messageAuthenticator: true });
}

// Ours alone to write: a home server's own must not reach the client.
function isOurs(type: number): boolean {
  return type === AttributeType.proxyState || type === AttributeType.messageAuthenticator;
}

const SESSION_TIMEOUT = 27;
const PROMPT_NO_ECHO = 0;
const PROMPT_ECHO = 1;
const FALLBACK_QUESTION = '?';

// What a relayed Access-Challenge may hold besides State (column 11 of RFC 2865 §5.44 and RFC 2869 §5.19), less
// vendors' attributes: what a challenge brings in them is as good as an authorization to some NAS.
const relayedTypes: ReadonlySet<number> = new Set([AttributeType.replyMessage, AttributeType.prompt, SESSION_TIMEOUT]);
// A packet of EAP brings its own words: a Reply-Message beside it is against RFC 3579 §2.6.5.
const eapTypes: ReadonlySet<number> = new Set([AttributeType.eapMessage, SESSION_TIMEOUT]);

function challengeAttributes(
  verdict: Extract<Answer, { kind: 'challenge' }>,
  { client, contents }: Answerable,
): Attribute[] {
  const { charset } = client.config;
  const types = contents.hasEap ? eapTypes : relayedTypes;
  const relayed = (verdict.relayed ?? []).filter(({ type, value }) => types.has(type) && value.length > 0);
  const attributes: Attribute[] = [{ type: AttributeType.state, value: verdict.state }, ...relayed];
  if (contents.hasEap) return attributes;
  if (!relayed.some(({ type }) => type === AttributeType.replyMessage)) {
    const messages = replyMessages(verdict.message, charset);
    attributes.push(...(messages.length > 0 ? messages : replyMessages(FALLBACK_QUESTION, charset)));
  }
  if (!relayed.some(({ type }) => type === AttributeType.prompt)) attributes.push(prompt(verdict.echo));
  return attributes;
}

// RFC 2869 §5.10.
function prompt(echo: boolean): Attribute {
  return { type: AttributeType.prompt, value: Buffer.from([0, 0, 0, echo ? PROMPT_ECHO : PROMPT_NO_ECHO]) };
}

function rejectAttributes(
  verdict: Extract<Answer, { kind: 'reject' }>,
  { client, contents, credentials }: Answerable,
  random: Random,
): Attribute[] {
  const { message } = verdict;
  if (contents.hasEap) return eapFailureOf(verdict, contents);
  const { charset } = client.config;
  const theirs = verdict.attributes.filter(({ type }) => type === AttributeType.replyMessage);
  const attributes: Attribute[] = [...theirs, ...replyMessages(message, charset)];
  if (credentials?.kind !== 'ms-chap') return attributes;
  const errors = verdict.attributes.filter(isMsChapError);
  return [...(errors.length > 0 ? errors : [msChapError(credentials, message, random)]), ...attributes];
}

// RFC 3579 §2.6.3: a Reject to EAP holds an EAP-Failure, and the identifier is that of the response (RFC 3748 §4.2).
function eapFailureOf({ attributes }: Extract<Answer, { kind: 'reject' }>, { eapIdentifier }: Contents): Attribute[] {
  const theirs = attributes.filter(({ type }) => type === AttributeType.eapMessage);
  return theirs.length > 0 ? theirs : [{ type: AttributeType.eapMessage, value: eapFailure(eapIdentifier) }];
}
