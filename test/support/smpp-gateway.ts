import type { InboundText, TextMessage } from '../../src/factors/index.ts';
import { createSmppGateway, type SmppGatewayOptions } from '../../src/gateways/smpp.ts';
import { silentLogger, type Logger } from '../../src/lib/logger.ts';
import { Secret } from '../../src/lib/secret.ts';
import { FakeClock } from './fake-clock.ts';

const MESSAGE: TextMessage = { id: 'sms-1', channel: 'sms', to: '+4512345678', text: 'Your passcode is 123456' };
const PATIENT = new AbortController().signal;

/** A gateway to an SMSC on loopback, not yet started, and what it tells. */
export function smppGatewayTo(port: number, options: Partial<SmppGatewayOptions> = {}, logger: Logger = silentLogger) {
  const clock = new FakeClock();
  const reported: unknown[] = [];
  const inbound: InboundText[] = [];
  const gateway = createSmppGateway(
    {
      clock,
      random: { octets: (length) => Buffer.alloc(length), fraction: () => 0 },
      logger,
      events: { reported: (id, outcome) => reported.push([id, outcome]), inbound: (text) => inbound.push(text) },
    },
    {
      name: 'smsc',
      host: '127.0.0.1',
      port,
      tls: false,
      systemId: 'sallyport',
      password: Secret.fromText('s3cret'),
      systemType: '',
      bind: 'transceiver',
      receipts: true,
      longMessages: 'udh',
      timeoutSeconds: 10,
      enquireSeconds: 30,
      window: 10,
      ...options,
    },
  );
  const send = async (message: Partial<TextMessage> = {}, signal = PATIENT) =>
    gateway.sendText?.({ ...MESSAGE, ...message }, signal);
  return { gateway, clock, reported, inbound, send };
}

/** Lets sockets work until it is so. */
export async function settled(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
