import type {
  CallbackReply,
  CallbackRequest,
  CallDialog,
  CallStep,
  Gateway,
  GatewayEvents,
  InboundText,
  PhoneCall,
  TextMessage,
} from '../../src/factors/index.ts';
import type { GatewayDeps } from '../../src/gateways/index.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { FakeClock } from './fake-clock.ts';

/** Where gateways believe they can reach us. */
export const PUBLIC_URL = 'https://gate.example.com';

/** A world for a gateway, and what it told of its own accord. */
export interface GatewayWorld {
  readonly clock: FakeClock;
  readonly deps: GatewayDeps;
  readonly reports: { readonly id: string; readonly outcome: Parameters<GatewayEvents['reported']>[1] }[];
  readonly inbound: InboundText[];
}

/** A world whose clock stands still. */
export function gatewayWorld(publicUrl: string | undefined = PUBLIC_URL): GatewayWorld {
  const clock = new FakeClock();
  const reports: GatewayWorld['reports'] = [];
  const inbound: InboundText[] = [];
  const events: GatewayEvents = {
    reported: (id, outcome) => void reports.push({ id, outcome }),
    inbound: (message) => void inbound.push(message),
  };
  return {
    ...{ clock, reports, inbound },
    deps: { clock, random: createSystemRandom(), logger: silentLogger, events, publicUrl },
  };
}

/** A message; the parts a test is about are given. */
export function textMessage(parts: Partial<TextMessage> = {}): TextMessage {
  return { id: 'f00d', channel: 'sms', to: '+4520123456', from: '+4570101010', text: 'Your code: 123456', ...parts };
}

/** A call whose dialog says what it is told, and remembers what it was asked. */
export interface RecordedCall {
  readonly call: PhoneCall;
  readonly pressed: (string | undefined)[];
  readonly ended: string[];
}

/** A call; after each key the next of `steps` is said. */
export function recordedCall(steps: readonly CallStep[], parts: Partial<PhoneCall> = {}): RecordedCall {
  const pressed: (string | undefined)[] = [];
  const ended: string[] = [];
  const dialog: CallDialog = {
    answered: () => steps[0] ?? { say: [] },
    pressed(keys) {
      pressed.push(keys);
      return Promise.resolve(steps[pressed.length] ?? { say: [] });
    },
    ended: (how) => void ended.push(how),
  };
  return {
    call: { id: 'ca11', to: '+4520123456', from: '+4570101010', language: 'en', dialog, ...parts },
    pressed,
    ended,
  };
}

/** Puts a request to the callback whose address this is, as the console would. */
export async function callBack(
  gateway: Gateway,
  request: { readonly method?: 'GET' | 'POST'; readonly url: string } & Partial<CallbackRequest>,
): Promise<CallbackReply> {
  const { method = 'POST', url, headers = {}, body = Buffer.alloc(0) } = request;
  const { pathname, searchParams } = new URL(url);
  const prefix = `/gateways/${gateway.name}/`;
  if (!pathname.startsWith(prefix)) throw new Error(`${pathname} is not below ${prefix}`);
  const path = pathname.slice(prefix.length);
  const callback = gateway.callbacks?.find((one) => one.method === method && one.path === path);
  if (callback === undefined) throw new Error(`there is no callback ${method} ${path}`);
  return await callback.handle({ url, headers, query: Object.fromEntries(searchParams), body });
}

/** A signal that nobody aborts. */
export function patient(): AbortSignal {
  return new AbortController().signal;
}
