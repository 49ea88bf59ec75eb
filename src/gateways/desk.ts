import type {
  Addressee,
  CallOrder,
  Channel,
  Delivery,
  Desk,
  DeskResult,
  Gateway,
  PushPrompt,
  TextOrder,
} from '../factors/index.ts';
import { attemptWithin } from './attempt.ts';
import { createBreakers } from './breaker.ts';
import type { DeskDeps, DeskOptions } from './desk-options.ts';
import { createDeskRecorder } from './desk-recorder.ts';
import { createDeliveryLimits } from './limits.ts';
import { routeTo } from './route.ts';
import type { Route } from './route.ts';

const DEFAULT_PATIENCE = { timeoutSeconds: 10, failures: 5, asideSeconds: 30 };

const ID_OCTETS = 16;

/** An order, once it is known where it goes. */
interface Errand {
  readonly id: string;
  readonly channel: Channel;
  readonly addressee: Addressee;
  readonly country: string | undefined;
  readonly route: Route;
  readonly hand: (gateway: Gateway, signal: AbortSignal) => Promise<Delivery> | undefined;
}

/** Delivers within limits, by the gateways of the configuration in order; `options` is asked anew for each order. */
export function createDesk(deps: DeskDeps, options: () => DeskOptions): Desk {
  const { clock, random } = deps;
  const limits = createDeliveryLimits(clock);
  const breakers = createBreakers(clock);
  const recorder = createDeskRecorder(deps, breakers);

  return { sendText, placeCall, push, withdrawPush };

  async function sendText(order: TextOrder): Promise<DeskResult> {
    const { channel, addressee, subject, text } = order;
    const place = channel === 'email' ? mailPlace(order.to) : await phonePlace(order.to, channel);
    if (place.kind !== 'found') return place;
    const { to, country, route } = place;
    const { from } = route;
    const id = newId();
    const message = { id, channel, to, text, ...(from && { from }), ...(subject && { subject }) };
    const hand: Errand['hand'] = (gateway, signal) => gateway.sendText?.(message, signal);
    return await deliver({ id, channel, addressee, country, route, hand });
  }

  async function placeCall({ addressee, to: written, dialog }: CallOrder): Promise<DeskResult> {
    const place = await phonePlace(written, 'call');
    if (place.kind !== 'found') return place;
    const { to, extension, country, route } = place;
    const { from } = route;
    const id = newId();
    const { language } = addressee;
    const call = { id, to, language, dialog, ...(from && { from }), ...(extension && { extension }) };
    const hand: Errand['hand'] = (gateway, signal) => gateway.placeCall?.(call, signal);
    return await deliver({ id, channel: 'call', addressee, country, route, hand });
  }

  async function push(prompt: PushPrompt, addressee: Addressee): Promise<DeskResult> {
    const { protocol } = prompt.device;
    const channel = deps.pushChannels().get(protocol);
    if (channel === undefined) return { kind: 'undelivered', problem: `no push by ${protocol} is configured` };
    const limit = limits.take({ userId: addressee.userId, client: addressee.client }, options().limits);
    if (limit !== undefined) return { kind: 'limited', problem: limit };
    const startedMs = clock.monotonicMs();
    const { timeoutSeconds } = DEFAULT_PATIENCE;
    const delivery = await attemptWithin(timeoutSeconds, clock, (signal) => channel.send(prompt, signal));
    const gateway = `push-${protocol}`;
    recorder.note({ id: prompt.id, channel: 'push', addressee, gateway, country: undefined }, delivery, startedMs);
    if (delivery.kind === 'sent') return { kind: 'sent', id: prompt.id, gateway };
    return { kind: 'undelivered', problem: `${gateway}: ${delivery.problem}` };
  }

  function withdrawPush(prompt: PushPrompt): void {
    deps.pushChannels().get(prompt.device.protocol)?.withdraw(prompt.id);
  }

  async function deliver(errand: Errand): Promise<DeskResult> {
    const { id, channel, addressee, country, route } = errand;
    if (route.gateways.length === 0) return { kind: 'undelivered', problem: `no gateway delivers ${channel}` };
    const limit = limits.take({ userId: addressee.userId, client: addressee.client }, options().limits);
    if (limit !== undefined) return { kind: 'limited', problem: limit };
    const problems: string[] = [];
    for (const gateway of route.gateways) {
      const { name } = gateway;
      const patience = options().patience[name] ?? DEFAULT_PATIENCE;
      if (!breakers.mayTry(name, patience)) {
        problems.push(`${name}: left aside after failures in a row`);
        continue;
      }
      const startedMs = clock.monotonicMs();
      const delivery = await attemptWithin(patience.timeoutSeconds, clock, async (signal) => {
        return (await errand.hand(gateway, signal)) ?? { kind: 'refused', problem: `it delivers no ${channel}` };
      });
      breakers.settle(name, delivery.kind !== 'failed', patience);
      recorder.note({ id, channel, addressee, gateway: name, country }, delivery, startedMs);
      if (delivery.kind === 'sent') return { kind: 'sent', id, gateway: name };
      problems.push(`${name}: ${delivery.problem}`);
    }
    return { kind: 'undelivered', problem: problems.join('; ') };
  }

  function newId(): string {
    return random.octets(ID_OCTETS).toString('hex');
  }

  // The data of all the world's numbers is loaded with the first of them.
  async function phonePlace(written: string, channel: 'sms' | 'call'): Promise<Place> {
    const { parseNumber } = await import('./phone-number.ts');
    const parsed = parseNumber(written, options().defaultCountry);
    if (parsed.kind === 'invalid') return { kind: 'address-invalid', problem: parsed.problem };
    const { e164: to, country, extension } = parsed;
    const route = routeTo(channel, country, { options: options(), gateways: deps.gateways() });
    if (route === 'blocked') return { kind: 'address-invalid', problem: `nothing is sent to ${country ?? 'there'}` };
    return { kind: 'found', to, country, extension, route };
  }

  function mailPlace(to: string): Place {
    const route = routeTo('email', undefined, { options: options(), gateways: deps.gateways() });
    if (!isMailAddress(to) || route === 'blocked')
      return { kind: 'address-invalid', problem: 'the mail address is none' };
    return { kind: 'found', to, country: undefined, extension: undefined, route };
  }
}

type Place =
  | { readonly kind: 'address-invalid'; readonly problem: string }
  | {
      readonly kind: 'found';
      readonly to: string;
      readonly country: string | undefined;
      readonly extension: string | undefined;
      readonly route: Route;
    };

// RFC 5321 §4.5.3.1 for the lengths. No quoted local parts, no lists, no line ends, nothing that looks like an option.
function isMailAddress(text: string): boolean {
  return (
    text.length <= 254 &&
    /^[^\s@<>()[\]\\,;:"\x00-\x1f\x7f-][^\s@<>()[\]\\,;:"\x00-\x1f\x7f]{0,63}@[^\s@<>()[\]\\,;:"\x00-\x1f\x7f-][^\s@<>()[\]\\,;:"\x00-\x1f\x7f]*$/.test(
      text,
    )
  );
}
