import { timingSafeEqual } from 'node:crypto';
import type { OpenFactor, OpenFactors, PendingLogin } from '../challenge/index.ts';
import type { ChapCredentials, Credentials, MsChapCredentials } from '../primary/index.ts';
import {
  AttributeType,
  authenticatorResponse,
  challengeResponse,
  chapResponse,
  microsoftAttributes,
  MicrosoftType,
  microsoftValue,
  mppeKeys,
  ntPasswordHash,
  ntResponse,
  type ClearAttribute,
  type MsChap2Exchange,
} from '../radius/index.ts';
import { factorWords } from './append.ts';
import { loginKeyOf } from './login-visitor.ts';
import type { OpenChallenge } from './second-step.ts';
import type { Visit } from './visit.ts';

/*
 * A NAS that began by CHAP or MS-CHAP may answer a question in the same way: what the user typed stays on their side, and
 * we get a proof of it. All that can be typed here is known (what the tokens show now, what was sent, the words that
 * choose a factor), so each is tried. PINs and backup codes are not: there is only a digest of them.
 */

/** An answer, and the login it belongs to. */
export interface ReadableAnswer {
  readonly credentials: Credentials;
  readonly session: OpenChallenge;
}

/** Finds out what was typed; `undefined`: it is in the credentials as it was, or nothing that is known here. */
export type Unveil = (visit: Visit, session: OpenChallenge, credentials: Credentials) => ReadableAnswer | undefined;

type Veiled = ChapCredentials | MsChapCredentials;

const NOTHING: Buffer = Buffer.alloc(0);
const DIGITS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
const FIXED: readonly Buffer[] = ['', ...Object.keys(factorWords), ...DIGITS].map((word) => Buffer.from(word));

// The value of MS-CHAP2-Response (RFC 2548 §2.3.2): identifier, flags, peer challenge, eight octets of nothing, response.
const PEER_CHALLENGE = { from: 2, to: 18 } as const;
const NT_RESPONSE = { from: 26, to: 50 } as const;
// A FortiGate puts the digits where the peer challenge begins.
const SIX_DIGITS = { from: 2, to: 8 } as const;
const MS_CHAP_1_CHALLENGE_OCTETS = 8;

/** Unveils by what is open outside and by what the user's tokens show at `nowMs` (wall). */
export function createUnveil(open: OpenFactors, nowMs: () => number): Unveil {
  return (visit, session, credentials) => {
    if (credentials.kind !== 'chap' && credentials.kind !== 'ms-chap') return undefined;
    const typed = candidates(visit, session).find((candidate) => isProofOf(credentials, candidate, visit));
    if (typed !== undefined) {
      const login = answered(session.login, credentials, typed, visit);
      return { credentials: { kind: 'pap', password: typed }, session: { ...session, login } };
    }
    const digits = digitsInClear(credentials);
    return digits === undefined ? undefined : { credentials: { kind: 'pap', password: digits }, session };
  };

  function candidates(visit: Visit, { login, challenge }: OpenChallenge): readonly Buffer[] {
    const { factors } = visit.settings;
    const shown = visit.ways.tokens().flatMap((token) => factors[token.type].shown(token, nowMs()));
    const key = loginKeyOf(visit, login);
    const asked = challenge.state === 'choosing' ? undefined : open.find(challenge.openId ?? '');
    const sent = [...open.codesOf(key), ...(asked === undefined ? [] : [asked])];
    return [...FIXED, ...shown.map((passcode) => Buffer.from(passcode, 'latin1')), ...sent.flatMap(codeOf)];
  }
}

function codeOf({ code }: OpenFactor): Buffer[] {
  return code === undefined ? [] : [code.reveal()];
}

function isProofOf(credentials: Veiled, typed: Buffer, { request }: Visit): boolean {
  const { challenge } = credentials;
  if (credentials.kind === 'chap') {
    const { response } = credentials;
    return isEqual(chapResponse(response[0] ?? 0, typed, challenge), response.subarray(1));
  }
  const { version, response } = credentials;
  if (response === undefined) return false;
  const given = response.subarray(NT_RESPONSE.from, NT_RESPONSE.to);
  if (version === 2)
    return exchanges(credentials, request.username).some((exchange) => isEqual(ntResponse(exchange, typed), given));
  const isSound = challenge.length === MS_CHAP_1_CHALLENGE_OCTETS;
  return isSound && isEqual(challengeResponse(challenge, ntPasswordHash(typed)), given);
}

// Peers leave the domain out of the computation (RFC 2759 §8.2), but not all of them do.
function exchanges({ challenge, response }: MsChapCredentials, username: Buffer = NOTHING): MsChap2Exchange[] {
  const peerChallenge = response?.subarray(PEER_CHALLENGE.from, PEER_CHALLENGE.to) ?? NOTHING;
  const name = username.subarray(username.lastIndexOf('\\') + 1);
  const names = name.length === username.length ? [name] : [name, username];
  return names.map((one) => ({ challenge, peerChallenge, username: one }));
}

/**
 * The login with a proof of ours that what was typed is known here, since the user's side asks for one (RFC 2759 §5), and with
 * the keys that follow from it. The home server's own belong to the exchange over the password.
 */
function answered(login: PendingLogin, credentials: Veiled, typed: Buffer, { request }: Visit): PendingLogin {
  if (credentials.kind === 'chap' || credentials.version === 1 || credentials.response === undefined) return login;
  const response = credentials.response.subarray(NT_RESPONSE.from, NT_RESPONSE.to);
  const exchange = exchanges(credentials, request.username).find((one) => isEqual(ntResponse(one, typed), response));
  if (exchange === undefined) return login;
  const proof = authenticatorResponse(exchange, response, typed);
  const success = Buffer.concat([Buffer.of(credentials.identifier), Buffer.from(proof)]);
  const ours = [microsoft(MicrosoftType.msChap2Success, success), ...keyAttributes(mppeKeys(response, typed))];
  // The home server has granted nothing yet where it is asked behind the second door.
  return { ...login, attributes: login.stale === undefined ? withProof(login.attributes, ours) : ours };
}

/** What a home server grants with a proof of ours instead of its own, and our keys where it has some; none: as it is. */
export function withProof(
  granted: readonly ClearAttribute[],
  ours: readonly ClearAttribute[],
): readonly ClearAttribute[] {
  if (ours.length === 0) return granted;
  const hasKeys = granted.some(isOldKey);
  const proof = ours.filter((attribute) => hasKeys || !isOldKey(attribute));
  return [...granted.flatMap(withoutOldProof), ...proof];
}

function keyAttributes({ send, receive }: ReturnType<typeof mppeKeys>): ClearAttribute[] {
  return [
    { ...microsoft(MicrosoftType.mppeSendKey, send), hidden: 'salted' },
    { ...microsoft(MicrosoftType.mppeReceiveKey, receive), hidden: 'salted' },
  ];
}

const KEYS: ReadonlySet<number> = new Set([MicrosoftType.mppeSendKey, MicrosoftType.mppeReceiveKey]);

function isOldKey(attribute: ClearAttribute): boolean {
  return partsOf(attribute).some(({ type }) => KEYS.has(type));
}

function withoutOldProof(attribute: ClearAttribute): ClearAttribute[] {
  const parts = partsOf(attribute);
  const kept = parts.filter(({ type }) => type !== MicrosoftType.msChap2Success && !KEYS.has(type));
  if (kept.length === parts.length) return [attribute];
  return kept.map(({ type, value }) => microsoft(type, value));
}

// The length that a hidden one states is not that of its clear value.
function partsOf({ type, value, hidden }: ClearAttribute): ReturnType<typeof microsoftAttributes> {
  if (type !== AttributeType.vendorSpecific) return [];
  return hidden === undefined ? microsoftAttributes(value) : [{ type: value[4] ?? 0, value: value.subarray(6) }];
}

function microsoft(type: number, octets: Buffer): ClearAttribute {
  return { type: AttributeType.vendorSpecific, value: microsoftValue(type, octets) };
}

function digitsInClear(credentials: Veiled): Buffer | undefined {
  if (credentials.kind === 'chap' || credentials.version === 1) return undefined;
  const octets = credentials.response?.subarray(SIX_DIGITS.from, SIX_DIGITS.to);
  return octets?.every((octet) => octet >= 0x30 && octet <= 0x39) ? Buffer.from(octets) : undefined;
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
