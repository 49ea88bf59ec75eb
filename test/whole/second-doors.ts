import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { systemClock } from '../../src/lib/clock.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { hashPassword } from '../../src/primary/index.ts';
import { AppPhone } from '../support/phones/app-phone.ts';
import type { PhonePrompt } from '../support/phones/phone.ts';
import { startProvider, type Provider, type ProviderReply } from '../support/provider.ts';
import type { Sallyport, Section } from '../support/sallyport.ts';
import { withStoreOf } from '../support/store.ts';
import { enrolAll, PASSWORD } from './visitor.ts';

export const API_KEY = 'the-key-of-the-tests-that-is-long-enough';

/** `factors.push.app` where the public address is no https one. */
export const APP = { contact: 'mailto:gate@example.com' };

/** Key of what gateways sign. */
export const CALLBACK_SECRET = 'the-key-that-the-gateway-signs-with';

/** A port of loopback that nobody listens on: addresses in the configuration name it before the program runs. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The section `console` of a program that phones and gateways reach, with an API. */
export async function publicConsole(): Promise<Section> {
  const port = await freePort();
  const apiKeys = [{ name: 'tests', secret: API_KEY, may: ['read', 'enrol', 'users'] }];
  return { address: '127.0.0.1', port, publicUrl: `http://127.0.0.1:${port}`, apiKeys };
}

/** A message that a gateway was given. */
export interface SentText {
  readonly to: string;
  readonly text: string;
}

/** A company that sends text messages, and remembers them. */
export interface TextCompany {
  readonly url: string;
  readonly texts: readonly SentText[];
  /** What it answers; `undefined`: it takes messages. */
  trouble: ProviderReply | undefined;
  /** The message after the first `count`, whenever it comes. */
  textAfter(count: number): Promise<SentText>;
  stop(): Promise<void>;
}

/** Starts one. */
export async function startTextCompany(): Promise<TextCompany> {
  const texts: SentText[] = [];
  const waiting: (() => void)[] = [];
  const provider = await startProvider((request) => {
    if (company.trouble !== undefined) return company.trouble;
    texts.push(JSON.parse(request.body) as SentText);
    for (const wake of waiting.splice(0)) wake();
    return { status: 202, body: '{}' };
  });
  const company: TextCompany = {
    url: provider.url,
    texts,
    trouble: undefined,
    async textAfter(count) {
      while (texts.length <= count) await new Promise<void>((resolve) => waiting.push(resolve));
      return texts[count]!;
    },
    stop: () => provider.close(),
  };
  return company;
}

/** One of `gateways`: that company, which tells us of answers. */
export function textGateway({ url }: Pick<Provider, 'url'>): Section {
  return {
    type: 'http',
    url: `${url}/send`,
    body: { json: { to: '{{to}}', text: '{{text}}' } },
    callbacks: {
      secret: CALLBACK_SECRET,
      signatureHeader: 'X-Signature',
      inbound: { from: 'sender', text: 'message' },
    },
  };
}

/** An answer to a message, as that company tells it. Gives the HTTP status. */
export async function tellInbound(
  gate: Sallyport,
  gateway: string,
  inbound: { readonly sender: string; readonly message: string },
  secret = CALLBACK_SECRET,
): Promise<number> {
  const body = JSON.stringify(inbound);
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-signature': signature };
  const response = await fetch(`${gate.consoleUrl}/gateways/${gateway}/inbound`, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}

/** The digits in a message. */
export function passcodeIn({ text }: SentText): string {
  return /\b\d{6}\b/.exec(text)?.[0] ?? '';
}

/** Adds users with a password and a phone number, and a TOTP token for who is in `withToken`. */
export async function addCallable(
  gate: Sallyport,
  phones: Readonly<Record<string, string>>,
  withToken: readonly string[] = Object.keys(phones),
): Promise<void> {
  await enrolAll(gate, ...withToken);
  const passwordHash = await hashPassword(Buffer.from(PASSWORD), createSystemRandom());
  await withStoreOf(gate.folder, async ({ users }) => {
    for (const [name, phone] of Object.entries(phones)) {
      if (!withToken.includes(name)) await users.addUser(name, { passwordHash });
      await users.setUser(name, { phone });
    }
  });
}

/** Gives a user a phone with our app: begun by the API, followed by the phone. */
export async function givePhone(gate: Sallyport, user: string): Promise<AppPhone> {
  const response = await fetch(`${gate.consoleUrl}/api/v1/users/${user}/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
    body: JSON.stringify({ type: 'push', protocol: 'app' }),
  });
  const { uri } = (await response.json()) as { uri: string };
  const phone = new AppPhone(uri, { clock: systemClock });
  const enrolled = await phone.enrol();
  if (!enrolled.isTaken) throw new Error(`the phone was not enrolled: ${enrolled.text}`);
  return phone;
}

/** What the phone shows, once it shows something. */
export async function promptOn(phone: AppPhone): Promise<PhonePrompt> {
  for (;;) {
    const [prompt] = await phone.prompts();
    if (prompt !== undefined) return prompt;
  }
}
