import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Program } from '../support/process.ts';
import { startSallyport, type Sallyport } from '../support/sallyport.ts';
import { smppGatewayTo } from '../support/smpp-gateway.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { withStoreOf } from '../support/store.ts';
import { addCallable, passcodeIn } from '../whole/second-doors.ts';
import { openNas, PASSWORD, readReply, Visitor } from '../whole/visitor.ts';
import { startKannel, type Kannel } from './kannel.ts';
import { freeTcpPort } from './loopback.ts';
import { describeWithPeers, peerPath } from './presence.ts';

const ADA = '+4520123456';
const STRANGER = '+4520999999';

describeWithPeers(['bearerbox', 'fakesmsc', 'Net/SMPP.pm'], 'phones of Kannel’s fake SMSC, by SMPP', () => {
  const keep = stopAfterwards();
  let kannel: Kannel;
  let gate: Sallyport;

  beforeAll(async () => {
    kannel = await keep(startKannel());
    const { port } = kannel;
    const smsc = {
      type: 'smpp',
      host: '127.0.0.1',
      port,
      systemId: 'sallyport',
      password: 's3cret',
      from: '+4530303030',
    };
    gate = await keep(
      startSallyport({
        policy: { factors: ['sms'] },
        sections: {
          factors: { sms: { mode: 'reply', gateways: ['smsc'] } },
          gateways: { smsc: { ...smsc, bind: 'pair' } },
        },
      }),
    );
    await addCallable(gate, { ada: ADA }, []);
  });

  it('show the message, report its receipt, and let in by the answer of the right phone alone', async () => {
    const nas = await openNas(gate);
    await keep(Promise.resolve({ stop: () => nas.close() }));
    const quiet = await kannel.phone(STRANGER, 'Hello');
    const request = nas.encode({ attributes: new Visitor(nas, 'ada').attributes(PASSWORD) });
    nas.send(request);
    const digits = passcodeIn({ to: ADA, text: await quiet.textTo(ADA) });
    expect(digits).toMatch(/^\d{6}$/);
    await quiet.stop();

    const stranger = await kannel.phone(STRANGER, digits);
    await kannel.delivered(STRANGER, '1230');
    await stranger.stop();
    expect(await nas.isSilentAbout(request)).toBe(true);

    const ada = await kannel.phone(ADA, digits);
    expect(readReply(nas.verify(request, await nas.nextReply())).code).toBe('Access-Accept');
    await ada.stop();
    expect((await gate.events('ada'))[0]).toMatchObject({ reason: 'both-doors', factor: 'sms' });
    expect(await reportOfTheDelivery()).toMatchObject({
      channel: 'sms',
      gateway: 'smsc',
      report: { outcome: 'delivered' },
    });
  });

  async function reportOfTheDelivery() {
    for (;;) {
      const found = await withStoreOf(gate.folder, async ({ deliveries }) => {
        for await (const delivery of deliveries.list({ user: 'ada' })) return delivery;
        return undefined;
      });
      if (found?.report !== undefined) return found;
    }
  }
});

describeWithPeers(['drive_smpp'], 'Kannel’s test SMSC, which knows no transceivers', () => {
  const open: { stop(): Promise<unknown> }[] = [];
  afterAll(async () => {
    for (const one of open.reverse()) await one.stop();
  });

  it('takes messages of the transmitter and sends its own to the receiver', async () => {
    open.push(await standInForItsGateway());
    const port = await freeTcpPort();
    const smsc = await Program.start(peerPath('drive_smpp'), ['-v', '0', '-p', String(port), '-m', '3']);
    open.push(smsc);
    await smsc.waitFor(/accept_thread\) maps to/);
    const { gateway, send, clock, inbound } = smppGatewayTo(port, { bind: 'pair' });
    open.push({ stop: () => gateway.stop() });
    // It knows no fake time: binds and answers must not seem late to us.
    const beat = setInterval(() => void clock.advance(50), 50);
    open.push({
      stop: () => {
        clearInterval(beat);
        return Promise.resolve();
      },
    });
    await gateway.start();
    await expect.poll(async () => (await send())?.kind, { timeout: 20_000 }).toBe('sent');
    await smsc.waitFor(/submit_sm: short_message = <Your passcode is 123456>/);
    await smsc.waitFor(/(type deliver_sm_resp[^]*){3}/);
    // They come from 456, which is no phone.
    expect(inbound).toEqual([]);
  });

  // It gives up unless something listens where the gateway that it tests would be.
  async function standInForItsGateway() {
    const server = createServer();
    await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(13_001, '127.0.0.1', resolve));
    return { stop: () => new Promise((resolve) => server.close(resolve)) };
  }
});
