import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import smpp from 'smpp';
import type { SmppGatewayOptions } from '../../../src/gateways/smpp.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { settled, smppGatewayTo } from '../../support/smpp-gateway.ts';
import { startSmsc } from '../../support/smsc.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

function gatewayTo(port: number, options: Partial<SmppGatewayOptions> = {}, logger = silentLogger) {
  const ours = smppGatewayTo(port, options, logger);
  open.push(ours.gateway);
  return ours;
}

async function connected(options: Partial<SmppGatewayOptions> = {}) {
  const smsc = await startSmsc();
  open.push(smsc);
  const ours = gatewayTo(smsc.port, options);
  await ours.gateway.start();
  return { smsc, ...ours };
}

describe('the SMPP gateway', () => {
  it('binds as transceiver with its credentials', async () => {
    const { smsc } = await connected({ systemType: 'VMA' });
    expect(await smsc.next('bind_transceiver')).toMatchObject({
      system_id: 'sallyport',
      password: 's3cret',
      system_type: 'VMA',
      interface_version: 0x34,
    });
  });

  it('sends a text and gives the SMSC’s name for it', async () => {
    const { smsc, send } = await connected({ from: 'Sallyport', validitySeconds: 300 });
    smsc.answer(() => ({ message_id: 'abc' }));
    expect(await send()).toEqual({ kind: 'sent', reference: 'abc' });
    expect(await smsc.next('submit_sm')).toMatchObject({
      source_addr_ton: 5,
      source_addr: 'Sallyport',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '4512345678',
      registered_delivery: 1,
      data_coding: 0,
      short_message: { message: 'Your passcode is 123456' },
    });
  });

  it.each([
    ['+4512345678', 1, '4512345678'],
    ['1230', 3, '1230'],
    [undefined, 0, ''],
  ])('shows %s as its sender', async (from, ton, address) => {
    const { smsc, send } = await connected();
    await send(from === undefined ? {} : { from });
    expect(await smsc.next('submit_sm')).toMatchObject({ source_addr_ton: ton, source_addr: address });
  });

  it('sends a long text in parts and gives the name of the first', async () => {
    const { smsc, send, reported } = await connected();
    let named = 10;
    smsc.answer(() => ({ message_id: String(named++) }));
    expect(await send({ text: 'К'.repeat(100) })).toEqual({ kind: 'sent', reference: '10' });
    const parts = [await smsc.next('submit_sm'), await smsc.next('submit_sm')];
    expect(parts.map(({ esm_class }) => esm_class)).toEqual([0x40, 0x40]);
    await smsc.deliver({ esm_class: 4, short_message: 'id:10 stat:DELIVRD' });
    await smsc.deliver({ esm_class: 4, short_message: 'id:11 stat:DELIVRD' });
    expect(reported).toEqual([['sms-1', { kind: 'delivered' }]]);
  });

  it('reports by a receipt that follows in the same breath', async () => {
    const { smsc, send, reported } = await connected();
    smsc.answer((pdu) => {
      if (pdu.command === 'submit_sm')
        setImmediate(() => void smsc.deliver({ esm_class: 4, short_message: 'id:1 stat:UNDELIV' }));
      return {};
    });
    const answered = smsc.next('submit_sm');
    await send();
    await answered;
    await smsc.deliver({ source_addr: '1', short_message: 'so that the receipt has come' });
    expect(reported).toEqual([['sms-1', { kind: 'undelivered', problem: 'it cannot be delivered' }]]);
  });

  it.each([
    ['ESME_RINVDSTADR', 'refused'],
    ['ESME_RTHROTTLED', 'failed'],
    ['ESME_RMSGQFUL', 'failed'],
    ['ESME_RSYSERR', 'failed'],
    ['ESME_RINVSRCADR', 'failed'],
  ])('makes of %s a delivery that is %s, without the text', async (name, kind) => {
    const { smsc, send } = await connected();
    smsc.answer(() => ({ command_status: smpp.errors[name] ?? 0 }));
    const delivery = await send();
    expect(delivery).toMatchObject({ kind, problem: expect.stringContaining(name) as string });
    expect(JSON.stringify(delivery)).not.toContain('123456');
  });

  it('makes of a status nobody knows a failure with its number', async () => {
    const { smsc, send } = await connected();
    smsc.answer(() => ({ command_status: 0x4ff }));
    expect(await send()).toEqual({ kind: 'failed', problem: 'the SMSC has answered status 0x4ff' });
  });

  it('refuses what is no number', async () => {
    const { smsc, send } = await connected();
    expect(await send({ to: '12345678' })).toMatchObject({ kind: 'refused' });
    expect(await send({ to: '+45\r\n1' })).toMatchObject({ kind: 'refused' });
    expect(smsc.seen.some(({ command }) => command === 'submit_sm')).toBe(false);
  });

  it('hands on messages with their sender in E.164', async () => {
    const { smsc, inbound } = await connected({ country: 'DK' });
    expect(await smsc.deliver({ source_addr_ton: 1, source_addr: '4520123456', short_message: 'yes' })).toBe(0);
    await smsc.deliver({ source_addr_ton: 0, source_addr: '4520123456', short_message: 'Ja, é', data_coding: 3 });
    await smsc.deliver({ source_addr_ton: 2, source_addr: '20123456', short_message: 'Да', data_coding: 8 });
    await smsc.deliver({ source_addr_ton: 0, source_addr: '004520123456', short_message: '', message_payload: 'long' });
    const from = '+4520123456';
    expect(inbound).toEqual(['yes', 'Ja, é', 'Да', 'long'].map((text) => ({ gateway: 'smsc', from, text })));
  });

  it('drops messages from what is no phone number, but answers them', async () => {
    const { smsc, inbound } = await connected();
    expect(await smsc.deliver({ source_addr_ton: 5, source_addr: 'Bank', short_message: 'yes' })).toBe(0);
    expect(await smsc.deliver({ source_addr_ton: 1, source_addr: '123', short_message: 'yes' })).toBe(0);
    expect(await smsc.deliver({ source_addr_ton: 2, source_addr: '20123456', short_message: 'yes' })).toBe(0);
    expect(inbound).toEqual([]);
  });

  it('has no more messages unanswered than its window is wide', async () => {
    const { smsc, send } = await connected({ window: 2 });
    smsc.answer(({ command }) => (command === 'submit_sm' ? 'silent' : {}));
    const sends = [send(), send(), send({ id: 'sms-3' })];
    await smsc.next('submit_sm');
    const second = await smsc.next('submit_sm');
    expect(smsc.seen.filter(({ command }) => command === 'submit_sm').length).toBe(2);
    for (const session of smsc.bound) session.send(second.response({ message_id: '2' }));
    await smsc.next('submit_sm');
    smsc.dropAll();
    expect((await Promise.all(sends)).map((delivery) => delivery?.kind)).toEqual(['failed', 'sent', 'failed']);
  });
});

describe('the SMPP gateway with a pair of sessions', () => {
  it('binds a transmitter and a receiver, and sends by the one what is answered by the other', async () => {
    const { smsc, send, inbound, reported } = await connected({ bind: 'pair' });
    for (const command of ['bind_transmitter', 'bind_receiver'])
      expect(await smsc.next(command)).toMatchObject({ system_id: 'sallyport', password: 's3cret' });
    smsc.answer(() => ({ message_id: 'abc' }));
    expect(await send()).toEqual({ kind: 'sent', reference: 'abc' });
    await smsc.deliver({ esm_class: 4, short_message: 'id:abc stat:DELIVRD' });
    await smsc.deliver({ source_addr_ton: 1, source_addr: '4520123456', short_message: 'yes' });
    expect(reported).toEqual([['sms-1', { kind: 'delivered' }]]);
    expect(inbound).toEqual([{ gateway: 'smsc', from: '+4520123456', text: 'yes' }]);
  });

  it('reports by a receipt that the receiver hears before the transmitter has its answer', async () => {
    const { smsc, send, reported } = await connected({ bind: 'pair' });
    smsc.answer(({ command }) => (command === 'submit_sm' ? 'silent' : {}));
    const sending = send();
    const submit = await smsc.next('submit_sm');
    expect(await smsc.deliver({ esm_class: 4, short_message: 'id:0000000500 stat:DELIVRD' })).toBe(0);
    expect(reported).toEqual([]);
    for (const session of smsc.boundAs('transmitter')) session.send(submit.response({ message_id: '1f4' }));
    expect(await sending).toEqual({ kind: 'sent', reference: '1f4' });
    await settled(() => reported.length === 1);
    expect(reported).toEqual([['sms-1', { kind: 'delivered' }]]);
  });

  it('goes on sending while the receiver is lost, which comes back on its own', async () => {
    const { smsc, clock, send } = await connected({ bind: 'pair' });
    await smsc.next('bind_receiver');
    for (const session of smsc.boundAs('receiver')) session.destroy();
    expect(await send()).toMatchObject({ kind: 'sent' });
    await settled(async () => {
      await clock.advance(1_000);
      return smsc.boundAs('receiver').length === 1;
    });
    expect(smsc.seen.filter(({ command }) => command === 'bind_transmitter').length).toBe(1);
    expect(await send()).toMatchObject({ kind: 'sent' });
  });

  it('goes on hearing while the transmitter is lost, which comes back on its own', async () => {
    const { smsc, clock, send, inbound } = await connected({ bind: 'pair' });
    for (const session of smsc.boundAs('transmitter')) session.destroy();
    await settled(async () => (await send())?.kind === 'failed');
    await smsc.deliver({ source_addr_ton: 1, source_addr: '4520123456', short_message: 'yes' });
    expect(inbound).toHaveLength(1);
    await clock.advance(1_000);
    await settled(async () => (await send())?.kind === 'sent');
    expect(smsc.seen.filter(({ command }) => command === 'bind_receiver').length).toBe(1);
  });

  it('unbinds both when it is stopped', async () => {
    const { smsc, gateway, clock } = await connected({ bind: 'pair' });
    await gateway.stop();
    await smsc.next('unbind');
    await smsc.next('unbind');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the SMPP gateway in trouble', () => {
  it('starts without an SMSC, says that sending failed, and binds once there is one', async () => {
    const first = await startSmsc();
    await first.stop();
    const { gateway, clock, send } = gatewayTo(first.port);
    await gateway.start();
    expect(await send()).toMatchObject({ kind: 'failed', problem: expect.stringContaining('ECONNREFUSED') as string });
    const smsc = await startSmsc(first.port);
    open.push(smsc);
    await clock.advance(1_000);
    await smsc.next('bind_transceiver');
    await settled(async () => (await send())?.kind === 'sent');
  });

  it('waits twice as long after each failure, up to a minute', async () => {
    const smsc = await startSmsc();
    await smsc.stop();
    const waits: number[] = [];
    const warn = (fields: object) => waits.push((fields as { waitMs: number }).waitMs);
    const { gateway, clock } = gatewayTo(smsc.port, {}, { ...silentLogger, warn });
    await gateway.start();
    for (let failures = 1; failures < 8; failures += 1) {
      await settled(() => waits.length === failures);
      await clock.advance(waits.at(-1) ?? 0);
    }
    await settled(() => waits.length === 8);
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1000));
  });

  it('says which status its credentials were refused with, and not what they are', async () => {
    const smsc = await startSmsc();
    open.push(smsc);
    smsc.answer(() => ({ command_status: smpp.errors['ESME_RINVPASWD'] ?? 0 }));
    const { gateway, send } = gatewayTo(smsc.port);
    await gateway.start();
    const delivery = await send();
    expect(delivery).toMatchObject({ kind: 'failed', problem: expect.stringContaining('ESME_RINVPASWD') as string });
    expect(JSON.stringify(delivery)).not.toContain('s3cret');
  });

  it('gives up a bind that is not answered', async () => {
    const smsc = await startSmsc();
    open.push(smsc);
    smsc.answer(() => 'silent');
    const { gateway, clock, send } = gatewayTo(smsc.port);
    const starting = gateway.start();
    await smsc.next('bind_transceiver');
    await clock.advance(10_000);
    await starting;
    expect(await send()).toMatchObject({ kind: 'failed' });
  });

  it('gives up a message that is not answered, and the connection with the next enquiry', async () => {
    const { smsc, clock, send } = await connected();
    smsc.answer(() => 'silent');
    const sending = send();
    await smsc.next('submit_sm');
    await clock.advance(10_000);
    expect(await sending).toEqual({ kind: 'failed', problem: 'the SMSC has not answered submit_sm in time' });
    await clock.advance(20_000);
    await smsc.next('enquire_link');
    await clock.advance(10_000);
    expect(await send()).toMatchObject({ kind: 'failed', problem: expect.stringContaining('enquire_link') as string });
  });

  it('asks every thirty seconds whether the SMSC is there', async () => {
    const { smsc, clock, send } = await connected();
    for (let asked = 0; asked < 3; asked += 1) {
      await clock.advance(30_000);
      await smsc.next('enquire_link');
      await smsc.deliver({ source_addr: '1', short_message: 'so that the answer has come' });
    }
    expect(await send()).toMatchObject({ kind: 'sent' });
  });

  it('gives up a message when whoever sends it does', async () => {
    const { smsc, send } = await connected();
    smsc.answer(() => 'silent');
    const controller = new AbortController();
    const sending = send({}, controller.signal);
    await smsc.next('submit_sm');
    controller.abort();
    expect(await sending).toMatchObject({ kind: 'failed' });
    smsc.answer(() => ({}));
  });

  it('fails the messages of a connection that breaks, and binds again', async () => {
    const { smsc, clock, send } = await connected();
    smsc.answer(({ command }) => (command === 'submit_sm' ? 'silent' : {}));
    const sending = send();
    await smsc.next('bind_transceiver');
    await smsc.next('submit_sm');
    smsc.dropAll();
    expect(await sending).toMatchObject({ kind: 'failed', problem: expect.stringContaining('closed') as string });
    smsc.answer(() => ({}));
    await clock.advance(1_000);
    await smsc.next('bind_transceiver');
    await settled(async () => (await send())?.kind === 'sent');
  });

  it('binds again after an unbind of the SMSC', async () => {
    const { smsc, clock, send } = await connected();
    await smsc.next('bind_transceiver');
    for (const session of smsc.bound) session.send(new smpp.PDU('unbind', {}));
    await settled(async () => (await send())?.kind === 'failed');
    await clock.advance(1_000);
    await smsc.next('bind_transceiver');
    await settled(async () => (await send())?.kind === 'sent');
  });

  it.each([
    ['a length beyond all bounds', Buffer.from('7fffffff000000040000000000000001', 'hex')],
    ['a length below the header', Buffer.from('0000000800000004', 'hex')],
    ['a field that is cut off', Buffer.from('000000110000000500000000000000020000', 'hex').subarray(0, 17)],
    ['an HTTP answer', Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')],
  ])('drops an SMSC that sends %s, and tries it again', async (_, garbage) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.end(garbage);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({
      stop: () =>
        new Promise((resolve) => {
          for (const socket of sockets) socket.destroy();
          server.close(() => resolve());
        }),
    });
    const { gateway, clock, send } = gatewayTo((server.address() as AddressInfo).port);
    await gateway.start();
    expect(await send()).toMatchObject({ kind: 'failed' });
    await clock.advance(1_000);
    await settled(() => sockets.length === 2);
  });

  it('refuses requests it does not know, and goes on', async () => {
    const { smsc, send } = await connected();
    for (const session of smsc.bound) session.send(new smpp.PDU('query_sm', { message_id: '1' }));
    expect(await send()).toMatchObject({ kind: 'sent' });
  });

  it('talks by TLS to an SMSC whose certificate it trusts, and to no other', async () => {
    const certificate = makeCertificate();
    const smsc = await startSmsc(0, certificate);
    open.push(smsc);
    const trusting = gatewayTo(smsc.port, { tls: true, host: 'localhost', ca: certificate.cert });
    await trusting.gateway.start();
    expect(await trusting.send()).toMatchObject({ kind: 'sent' });
    for (const options of [{ host: 'localhost' }, { host: '127.0.0.1', ca: certificate.cert }]) {
      const { gateway, send } = gatewayTo(smsc.port, { tls: true, ...options });
      await gateway.start();
      expect(await send()).toMatchObject({
        kind: 'failed',
        problem: expect.stringMatching(/certificate|altnames/) as string,
      });
    }
    expect(smsc.seen.filter(({ command }) => command === 'bind_transceiver').length).toBe(1);
  });

  it('does not talk in clear to an SMSC that should speak TLS', async () => {
    const smsc = await startSmsc();
    open.push(smsc);
    const { gateway, clock, send } = gatewayTo(smsc.port, { tls: true });
    const starting = gateway.start();
    await settled(async () => {
      await clock.advance(10_000);
      return true;
    });
    await starting;
    expect(await send()).toMatchObject({ kind: 'failed' });
    expect(smsc.seen).toEqual([]);
  });

  it('unbinds when it is stopped, and sends nothing afterwards', async () => {
    const { smsc, gateway, clock, send } = await connected();
    await gateway.stop();
    await smsc.next('unbind');
    expect(await send()).toMatchObject({ kind: 'failed' });
    await clock.advance(120_000);
    expect(smsc.seen.filter(({ command }) => command === 'bind_transceiver').length).toBe(1);
  });

  it('stops although the SMSC answers nothing any more', async () => {
    const { smsc, gateway, clock, send } = await connected();
    smsc.answer(() => 'silent');
    const sending = send();
    await smsc.next('submit_sm');
    const stopping = gateway.stop();
    await smsc.next('unbind');
    await clock.advance(10_000);
    await stopping;
    expect(await sending).toMatchObject({ kind: 'failed' });
    expect(clock.pendingTimers).toBe(0);
  });
});
