import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A button of a notification. */
export interface NtfyButton {
  readonly action: string;
  readonly label: string;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A notification as subscribers get it. */
export interface NtfyNotification {
  readonly topic: string;
  readonly title: string;
  readonly message: string;
  readonly priority: number;
  readonly actions: readonly NtfyButton[];
}

// Limits of ntfy's documentation: topics, buttons, and the whole of a message.
const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;
const MAX_BUTTONS = 3;

/** A server of ntfy: takes notifications at its root and keeps them for whoever reads the topic. */
export class FakeNtfy {
  /** All notifications, as they came. */
  readonly notifications: NtfyNotification[] = [];
  /** What a publisher has to show, if anything. */
  accessToken: string | undefined;
  /** An answer instead of the right one. */
  status: number | undefined;
  /** Where it sends publishers instead, with status 302. */
  location: string | undefined;
  #url = '';
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const topic = (request.url ?? '').slice(1);
      if (request.method === 'GET') {
        const found = this.notifications.filter((one) => one.topic === topic.replace('/json?poll=1', ''));
        response.end(found.map((one) => `${JSON.stringify(one)}\n`).join(''));
        return;
      }
      const redirect = this.location === undefined ? {} : { location: this.location };
      const status = this.#take(request.headers.authorization, topic, Buffer.concat(chunks).toString());
      response.writeHead(this.location === undefined ? status : 302, redirect).end('{}');
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  get url(): string {
    return this.#url;
  }

  #take(authorization: string | undefined, path: string, text: string): number {
    if (this.status !== undefined) return this.status;
    if (this.accessToken !== undefined && authorization !== `Bearer ${this.accessToken}`) return 403;
    const notification = JSON.parse(text) as NtfyNotification;
    const isSound = path === '' && TOPIC.test(notification.topic) && notification.actions.length <= MAX_BUTTONS;
    if (!isSound) return 400;
    this.notifications.push(notification);
    return 200;
  }
}
