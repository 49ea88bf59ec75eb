import type {
  Delivered,
  LoginKey,
  Offer,
  OpenFactor,
  OpenFactors,
  Reached,
  Send,
  Sending,
} from '../challenge/index.ts';
import type { Addressee, CallDialog, Desk, DeskResult, FactorName } from '../factors/index.ts';
import type { Logger } from '../lib/logger.ts';
import type { Random } from '../lib/random.ts';
import { Secret } from '../lib/secret.ts';
import type { PinCheck } from './deps.ts';
import { rings, type Fatigue } from './fatigue.ts';
import { filled } from './messages.ts';
import { textsOf } from './texts/languages.ts';
import { shownAddressOf } from './station.ts';
import { languageOf, type Visit } from './visit.ts';

/** How a call ended, for who waits for it. */
export type CallOutcome = 'approved' | 'denied' | 'fraud-reported' | 'unanswered';

/** What a call is to ask. */
export interface CallOptions {
  readonly language: string;
  /** Speaks this passcode instead of asking. */
  readonly passcode?: Secret;
  /** Asks for the PIN before `#`. */
  readonly checkPin?: (pin: string) => Promise<boolean>;
  /** Whether the login still waits for the answer. */
  readonly isOpen: () => boolean;
  readonly ended: (outcome: CallOutcome) => void;
}

/** Makes the dialog of a call. */
export type CreateCall = (options: CallOptions) => CallDialog;

/** Sends passcodes and questions for logins. */
export interface Courier {
  deliver(visit: Visit, login: LoginKey, offer: Offer, again: string | undefined): Promise<Delivered>;
}

/** What a courier works with. */
export interface CourierDeps {
  readonly open: OpenFactors;
  readonly random: Random;
  readonly logger: Logger;
  readonly createCall: CreateCall;
  readonly checkPin: (visit: Visit, pin: Buffer) => Promise<PinCheck>;
  /** Counts a wrong PIN towards the user's lock-out. */
  readonly countWrongPin: (visit: Visit) => Promise<unknown>;
  readonly fatigue: Fatigue;
  /** The phone says that it was somebody else, and no request waits to be told. */
  readonly fraudReported: (visit: Visit, factor: FactorName) => void;
}

const CODE_DIGITS = 6;

/** A courier over the desk of the settings in force. */
export function createCourier(deps: CourierDeps): Courier {
  const { open, random, logger } = deps;
  return {
    async deliver(visit, login, offer, again) {
      const { desk } = visit.settings;
      if (desk === undefined || offer.factor === 'codes') return { kind: 'delivery-failed', isLimited: false };
      const parcel = wrap(visit, login, offer.factor, offer.kind === 'sent', desk);
      if (again !== undefined) {
        const sent = await open.resend(again, parcel);
        if (sent !== false) return delivered(sent, open.find(again), again);
      }
      const sent = await open.open(parcel);
      visit.request.putAway?.();
      return delivered(sent, sent.open, sent.open.id);
    },
  };

  function wrap(visit: Visit, login: LoginKey, factor: FactorName, isTyped: boolean, desk: Desk) {
    const { delivery } = visit.settings;
    const { ttlMs } = factor === 'totp' || factor === 'hotp' ? delivery.sms : delivery[factor];
    const isReply = factor === 'sms' && !isTyped;
    const code = isTyped ? { code: Secret.fromText(digits(CODE_DIGITS)) } : {};
    const number = isReply || mayShowNumber(visit, factor, isTyped) ? { number: digits(isReply ? 6 : 2) } : {};
    const send: Send = (opened) => sendUnlessPaused(visit, desk, factor, opened);
    const reported = (): void => deps.fraudReported(visit, factor);
    return { login, factor, ttlMs, ...code, ...number, ...reach(visit, factor), send, reported };
  }

  async function sendUnlessPaused(visit: Visit, desk: Desk, factor: FactorName, opened: OpenFactor): Promise<Sending> {
    const { user, settings } = visit;
    if (user === undefined || !rings(factor)) return sending(visit, factor, await hand(visit, desk, factor, opened));
    if (!deps.fatigue.mayAsk(user.id, settings.limits.fatigue)) {
      logger.info({ requestId: visit.request.id, factor }, 'the user is not asked again: too many questions in a row');
      return { kind: 'failed', isLimited: true };
    }
    deps.fatigue.asked(user.id, opened.id);
    const sent = sending(visit, factor, await hand(visit, desk, factor, opened));
    if (sent.kind === 'failed') deps.fatigue.failed(user.id);
    return sent;
  }

  function hand(visit: Visit, desk: Desk, factor: FactorName, opened: OpenFactor): Promise<DeskResult> {
    const addressee = addresseeOf(visit);
    const { user } = visit;
    switch (factor) {
      case 'sms':
        return desk.sendText({ channel: 'sms', addressee, to: user?.phone ?? '', text: smsOf(visit, opened) });
      case 'email': {
        const texts = textsOf(addressee.language);
        const values = { code: codeOf(opened), issuer: visit.settings.delivery.issuer };
        const subject = filled(texts.emailSubject, values);
        const text = filled(texts.emailCode, values);
        return desk.sendText({ channel: 'email', addressee, to: user?.email ?? '', subject, text });
      }
      case 'call':
        return desk.placeCall({ addressee, to: user?.phone ?? '', dialog: dialogOf(visit, opened) });
      case 'push':
        return pushTo(visit, desk, opened, addressee);
      case 'totp':
      case 'hotp':
        throw new Error('a passcode of the user’s own is not delivered');
    }
  }

  function pushTo(visit: Visit, desk: Desk, opened: OpenFactor, addressee: Addressee): Promise<DeskResult> {
    const [device] = visit.ways.devices();
    if (device === undefined) return Promise.resolve({ kind: 'undelivered', problem: 'the user has no phone' });
    const texts = textsOf(addressee.language);
    const station = shownAddressOf(visit.request);
    const values = { issuer: visit.settings.delivery.issuer, user: addressee.username, client: addressee.client };
    const body = station === '' ? texts.pushBody : texts.pushBodyFrom;
    const prompt = {
      ...{ id: opened.id, device, client: addressee.client, expiresAtMs: opened.expiresAtMs },
      title: filled(texts.pushTitle, values),
      body: filled(body, { ...values, address: station }),
      ...(station !== '' && { address: station }),
      ...(opened.number !== undefined && { choices: choicesAround(opened.number) }),
    };
    return desk.push(prompt, addressee);
  }

  function dialogOf(visit: Visit, opened: OpenFactor): CallDialog {
    const language = languageOf(visit);
    const ended = (kind: CallOutcome): void => {
      if (kind === 'unanswered') open.giveUp(opened.id);
      // A call may last longer than the NAS waits: its report counts all the same.
      else if (open.answered(opened.id, { kind }).kind === 'late' && kind === 'fraud-reported')
        deps.fraudReported(visit, 'call');
    };
    const isOpen = (): boolean => open.find(opened.id) !== undefined;
    // Who has heard a passcode types it: how that call ends says nothing.
    if (opened.code !== undefined)
      return deps.createCall({ language, passcode: opened.code, isOpen, ended: () => undefined });
    if (!visit.plan.hasPin) return deps.createCall({ language, isOpen, ended });
    return deps.createCall({ language, isOpen, ended, checkPin: (pin) => isPin(visit, pin) });
  }

  // A PIN is as short as people keep it: what is pressed on the phone is a guess like what is typed at the VPN.
  async function isPin(visit: Visit, pin: string): Promise<boolean> {
    const check = await deps.checkPin(visit, Buffer.from(pin, 'latin1'));
    if (check === 'wrong') await deps.countWrongPin(visit);
    return check === 'right';
  }

  function sending({ request }: Visit, factor: FactorName, result: DeskResult): Sending {
    if (result.kind === 'sent') return { kind: 'delivered' };
    logger.warn({ requestId: request.id, factor, problem: result.problem }, 'the second factor could not be delivered');
    return { kind: 'failed', isLimited: result.kind === 'limited' };
  }

  // Each digit from an octet of its own that leaves no digit more likely than another.
  function digits(count: number): string {
    let text = '';
    while (text.length < count) {
      const [octet = 255] = random.octets(1);
      if (octet < 250) text += String(octet % 10);
    }
    return text;
  }

  function choicesAround(number: string): readonly string[] {
    const choices = new Set([number]);
    while (choices.size < 3) choices.add(digits(number.length));
    const order = new Map([...choices].map((choice) => [choice, random.octets(4).readUInt32BE(0)]));
    return [...choices].toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  }
}

function reach({ user, ways }: Visit, factor: FactorName): Reached {
  const [device] = factor === 'push' ? ways.devices() : [];
  if (device !== undefined) return { tokenId: device.tokenId };
  const sentTo = factor === 'email' ? user?.email : user?.phone;
  return factor === 'push' || sentTo === undefined ? {} : { sentTo };
}

// A number has to be seen at the VPN: where no question can be shown, the phone is asked without one.
function mayShowNumber({ request, plan }: Visit, factor: FactorName, isTyped: boolean): boolean {
  return factor === 'push' && !isTyped && plan.numberMatching && request.client.challenge;
}

function delivered(sent: Sending, opened: OpenFactor | undefined, openId: string): Delivered {
  if (sent.kind === 'failed') return { kind: 'delivery-failed', isLimited: sent.isLimited };
  const mustAsk = opened?.factor === 'push' && opened.number !== undefined;
  return { kind: 'delivered', openId, mustAsk };
}

function smsOf(visit: Visit, opened: OpenFactor): string {
  const texts = textsOf(languageOf(visit));
  const { issuer } = visit.settings.delivery;
  if (opened.code !== undefined) return filled(texts.smsCode, { code: codeOf(opened), issuer });
  return filled(texts.smsReply, { code: opened.number ?? '', issuer });
}

function codeOf({ code }: OpenFactor): string {
  return code?.reveal().toString('latin1') ?? '';
}

function addresseeOf(visit: Visit): Addressee {
  const { user, username, request } = visit;
  return {
    userId: user?.id ?? -1,
    username: user?.name ?? username.text,
    client: request.client.name,
    language: languageOf(visit),
  };
}
