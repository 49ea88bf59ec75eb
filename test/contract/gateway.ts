import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery, Gateway, TextMessage } from '../../src/factors/index.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { patient, textMessage } from '../support/gateway.ts';

/** How the provider behind a gateway behaves. */
export type ProviderMood =
  | 'well'
  /** Takes no credentials but others. */
  | 'refuses-credentials'
  /** Says of itself that it is out of order. */
  | 'broken'
  /** Answers what nobody understands. */
  | 'babbles'
  /** Takes the request and says nothing. */
  | 'hangs'
  /** Sends without an end. */
  | 'floods';

/** One gateway under test, and the provider it talks to. */
export interface GatewaySubject {
  /** Not yet started; the suite starts and stops it. */
  readonly gateway: Gateway;
  readonly clock: FakeClock;
  setMood(mood: ProviderMood): Promise<void>;
  /** The texts that the provider has taken, with the recipients as the gateway's own wire names them. */
  taken(): readonly { readonly to: string; readonly text: string }[];
  /** Nobody is there any more. */
  vanish(): Promise<void>;
  close(): Promise<void>;
}

/** What a kind of gateway is excused from, and what must never be seen. */
export interface GatewayContractOptions {
  /** Texts that may stand in no problem: credentials. */
  readonly secrets: readonly string[];
  /** How the recipient is written to the provider. */
  readonly written?: (to: string) => string;
  /** Moods that its provider does not have. */
  readonly without?: readonly ProviderMood[];
}

const TEXT = 'Your code is 493817';

/** What every gateway that sends texts owes its caller. `make` is called once a test. */
export function gatewayContract(
  name: string,
  make: () => Promise<GatewaySubject>,
  { secrets, written = (to) => to, without = [] }: GatewayContractOptions,
): void {
  describe(`${name}: the contract of a gateway`, () => {
    let subject: GatewaySubject;
    let gateway: Gateway;

    beforeEach(async () => {
      subject = await make();
      gateway = subject.gateway;
      await gateway.start();
    });

    afterEach(async () => {
      await gateway.stop();
      await subject.close();
    });

    const send = (parts: Partial<TextMessage> = {}, signal = patient()): Promise<Delivery> => {
      if (gateway.sendText === undefined) throw new Error('it sends no texts');
      return gateway.sendText(textMessage({ text: TEXT, ...parts }), signal);
    };

    const expectFailure = (delivery: Delivery): void => {
      expect(delivery.kind).toBe('failed');
      const shown = inspect(delivery);
      for (const secret of [...secrets, '493817']) expect(shown).not.toContain(secret);
      expect(delivery.kind === 'failed' && delivery.problem).toMatch(/\w+ \w+/);
    };

    it('hands a message over once, as it is', async () => {
      expect((await send()).kind).toBe('sent');
      expect(subject.taken()).toEqual([{ to: written('+4520123456'), text: TEXT }]);
    });

    it.each([
      ['quotes and backslashes', `"a" 'b' \\n \\" {"x":1}`],
      ['what templates look like', '{{to}} {{text}} $& $1'],
      ['what a shell would run', '$(id) `id` ; rm -rf / | & > x'],
      ['what XML and forms are made of', '<a href="x">&amp;</a>&b=c%41+d'],
      ['several lines', 'one\ntwo'],
      ['other scripts', 'Код: 123456 – 你好 – \u{1F511}'],
    ])('brings %s over octet for octet', async (_, text) => {
      expect((await send({ text })).kind).toBe('sent');
      expect(subject.taken().map((message) => message.text)).toEqual([text]);
    });

    it('keeps messages at the same time apart', async () => {
      const texts = ['one', 'two', 'three', 'four'];
      const deliveries = await Promise.all(texts.map((text) => send({ text, id: text })));
      expect(deliveries.map(({ kind }) => kind)).toEqual(texts.map(() => 'sent'));
      expect(
        subject
          .taken()
          .map(({ text }) => text)
          .toSorted(),
      ).toEqual(texts.toSorted());
    });

    it('fails as a value when nobody is there', async () => {
      await subject.vanish();
      expectFailure(await send());
    });

    it.each(
      (['refuses-credentials', 'broken', 'babbles', 'floods'] as const).filter((mood) => !without.includes(mood)),
    )('fails as a value, with a problem that shows no secret, when its provider is in this mood: %s', async (mood) => {
      await subject.setMood(mood);
      expectFailure(await send());
    });

    it('gives up a provider that says nothing, in its own time', async () => {
      await subject.setMood('hangs');
      const delivery = send();
      await subject.clock.advance(60_000);
      expectFailure(await delivery);
    });

    it('gives up at once when it is told to', async () => {
      await subject.setMood('hangs');
      const controller = new AbortController();
      const delivery = send({}, controller.signal);
      controller.abort();
      expectFailure(await delivery);
    });

    it('can be stopped twice', async () => {
      await gateway.stop();
      await expect(gateway.stop()).resolves.toBeUndefined();
    });
  });
}
