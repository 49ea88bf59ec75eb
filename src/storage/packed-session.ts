import type {
  ChallengeSession,
  NewPasswordChoice,
  Offer,
  Open,
  PendingLogin,
  StalePassword,
} from '../challenge/index.ts';
import type { ClearAttribute } from '../radius/index.ts';

/*
 * A challenge session as one flat text, a field after the other, each behind its length. A server holds up to hundreds
 * of thousands of sessions for minutes; as objects each takes three times the memory, and the collector walks them all.
 */

/** The session as text; octets stand in it as latin1 characters. */
export function packSession(session: ChallengeSession): string {
  const {
    client,
    userKey,
    userId = '',
    epoch = '',
    primary,
    passwordDigest,
    unavailableBy = '',
    begun,
    attributes,
    stale,
  } = session.login;
  const words = [
    client,
    userKey,
    String(userId),
    String(epoch),
    optional(primary),
    optional(passwordDigest),
    unavailableBy,
  ];
  const login = packed([...words, optional(begun), packAttributes(attributes), packStale(stale)]);
  if (session.kind === 'home-server') {
    const { primary: asked, server, state, eap } = session.conversation;
    return ['H', login, packed([asked, server, optional(state?.toString('latin1')), ...packEap(eap)])].join('');
  }
  if (session.kind === 'enrolment') return ['E', login].join('');
  if (session.kind === 'new-password') return ['N', login, packChoice(session.choice)].join('');
  // Joined, not added: a sum of texts keeps its summands in memory.
  return ['P', login, packChallenge(session.challenge)].join('');
}

/** The session in a text of `packSession`; its octets are its own. */
export function unpackSession(text: string): ChallengeSession {
  const fields = unpacked(text, 1);
  const [
    client = '',
    userKey = '',
    userId = '',
    epoch = '',
    primary = '',
    passwordDigest = '',
    unavailableBy,
    begun = '',
    attributes = '',
    stale = '',
    ...rest
  ] = fields;
  const login: PendingLogin = {
    client,
    userKey,
    ...(userId !== '' && { userId: Number(userId) }),
    ...(epoch !== '' && { epoch: Number(epoch) }),
    ...(primary !== '' && { primary: primary.slice(1) }),
    ...(passwordDigest !== '' && { passwordDigest: passwordDigest.slice(1) }),
    ...(isOpener(unavailableBy) && { unavailableBy }),
    ...(begun !== '' && { begun: begun.slice(1) }),
    attributes: unpackAttributes(attributes),
    ...(stale !== '' && { stale: staleOf(stale) }),
  };
  if (text.startsWith('E')) return { kind: 'enrolment', login };
  if (text.startsWith('N')) return { kind: 'new-password', login, choice: choiceOf(rest) };
  if (text.startsWith('P')) return { kind: 'second-door', login, challenge: challengeOf(rest) };
  const [asked = '', server = '', state = '', ...eap] = rest;
  const octets = state === '' ? {} : { state: Buffer.from(state.slice(1), 'latin1') };
  return { kind: 'home-server', login, conversation: { primary: asked, server, ...octets, ...unpackEap(eap) } };
}

type Conversation = Extract<ChallengeSession, { kind: 'home-server' }>['conversation'];

function packEap(eap: Conversation['eap']): string[] {
  return eap === undefined ? [] : [String(eap.rounds), String(eap.sinceMs), eap.isSealed ? '1' : '0'];
}

function unpackEap([rounds, sinceMs, isSealed]: readonly string[]): Pick<Conversation, 'eap'> {
  if (rounds === undefined) return {};
  return { eap: { rounds: Number(rounds), sinceMs: Number(sinceMs), isSealed: isSealed === '1' } };
}

function isOpener(text: string | undefined): text is NonNullable<PendingLogin['unavailableBy']> {
  return text === 'policy' || text === 'client' || text === 'command';
}

function packStale(stale: StalePassword | undefined): string {
  if (stale === undefined) return '';
  const mark = stale.reason === 'password-expired' ? EXPIRED : MUST_CHANGE;
  return mark + (stale.isRelayed === true ? RELAYED : TYPED) + stale.sealed.toString('latin1');
}

function staleOf(text: string): StalePassword {
  const reason = text.startsWith(EXPIRED) ? 'password-expired' : 'password-must-change';
  const isRelayed = text[1] === RELAYED;
  return { reason, sealed: Buffer.from(text.slice(2), 'latin1'), ...(isRelayed && { isRelayed }) };
}

function packChoice({ triesLeft, expiresAtMs, typedDigest, passed }: NewPasswordChoice): string {
  const counts = [triesLeft, expiresAtMs].map(String);
  return packed([...counts, optional(typedDigest), optional(passed?.reason), optional(passed?.factor)]);
}

function choiceOf([tries, expires, typedDigest = '', reason = '', factor = '']: readonly string[]): NewPasswordChoice {
  return {
    triesLeft: Number(tries),
    expiresAtMs: Number(expires),
    ...(typedDigest !== '' && { typedDigest: typedDigest.slice(1) }),
    ...(reason !== '' && { passed: { reason: reason.slice(1), ...(factor !== '' && { factor: factor.slice(1) }) } }),
  };
}

function packChallenge(challenge: Open): string {
  const { state, attemptsLeft, roundsLeft, expiresAtMs, mayAsk, holds, hasMenu, offers, wrongDigests } = challenge;
  const [current, openId] = state === 'choosing' ? ['', undefined] : [challenge.current, challenge.openId];
  const counts = [attemptsLeft, roundsLeft, expiresAtMs].map(String);
  const flags = [mayAsk, holds, hasMenu].map((flag) => (flag ? '1' : '0')).join('');
  const ways = offers.map(({ factor, kind }) => `${factor}:${kind}`).join(' ');
  return packed([state, current, optional(openId), ...counts, flags, ways, ...wrongDigests]);
}

function challengeOf(fields: readonly string[]): Open {
  const [state = '', current = '', openId = '', attempts, rounds, expires, flags = '', ways = '', ...wrongDigests] =
    fields;
  const common = {
    attemptsLeft: Number(attempts),
    roundsLeft: Number(rounds),
    expiresAtMs: Number(expires),
    mayAsk: flags.startsWith('1'),
    holds: flags[1] === '1',
    hasMenu: flags[2] === '1',
    offers: ways.split(' ').map(offerOf),
    wrongDigests,
  };
  if (state === 'choosing') return { ...common, state };
  return {
    ...common,
    state: state as 'awaiting-passcode' | 'awaiting-approval',
    current: current as Offer['factor'],
    ...(openId !== '' && { openId: openId.slice(1) }),
  };
}

function offerOf(way: string): Offer {
  const [factor, kind] = way.split(':');
  return { factor, kind } as Offer;
}

const EXPIRED = 'e';
const MUST_CHANGE = 'm';
const RELAYED = 'r';
const TYPED = 't';
const PLAIN = 'p';
const MARKS = { salted: 's', password: 'w', ascend: 'a' } as const;
const hiddenBy = { [MARKS.salted]: 'salted', [MARKS.password]: 'password', [MARKS.ascend]: 'ascend' } as const;

function packAttributes(attributes: readonly ClearAttribute[]): string {
  const parts = attributes.map(({ type, value, hidden }) => {
    const mark = hidden === undefined ? PLAIN : MARKS[hidden];
    return mark + String.fromCharCode(type) + value.toString('latin1');
  });
  return packed(parts);
}

function unpackAttributes(text: string): ClearAttribute[] {
  return unpacked(text, 0).map((part) => {
    const attribute = { type: part.charCodeAt(1), value: Buffer.from(part.slice(2), 'latin1') };
    const mark = part[0] as typeof PLAIN | keyof typeof hiddenBy;
    return mark === PLAIN ? attribute : { ...attribute, hidden: hiddenBy[mark] };
  });
}

// What is not there is empty, what is there has a mark before it.
function optional(text: string | undefined): string {
  return text === undefined ? '' : `+${text}`;
}

// Lengths as two characters below 256, so that the text stays one octet a character.
function packed(fields: readonly string[]): string {
  let text = '';
  for (const field of fields) text += String.fromCharCode(field.length >> 8, field.length & 0xff) + field;
  return text;
}

function unpacked(text: string, from: number): string[] {
  const fields: string[] = [];
  for (let at = from; at < text.length;) {
    const length = (text.charCodeAt(at) << 8) | text.charCodeAt(at + 1);
    fields.push(text.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return fields;
}
