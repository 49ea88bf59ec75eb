import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { SmppLink } from '../../../src/gateways/smpp/link.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { settled, smppGatewayTo } from '../../support/smpp-gateway.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  // The SMSC goes first: it would not answer an unbind.
  for (const one of open.splice(0)) await one.stop();
});

const ids = {
  nack: 0x80000000,
  bind: 0x09,
  bound: 0x80000009,
  submit: 0x04,
  submitted: 0x80000004,
  enquire: 0x15,
  enquired: 0x80000015,
  deliver: 0x05,
} as const;

/** One PDU, octet by octet: header, then body. */
function pdu(
  command: number,
  sequence: number,
  { body = Buffer.alloc(0), status = 0 }: { body?: Buffer; status?: number } = {},
): Buffer {
  const header = Buffer.alloc(16);
  [16 + body.length, command, status, sequence].forEach((field, index) => header.writeUInt32BE(field, index * 4));
  return Buffer.concat([header, body]);
}

/** The body of a `deliver_sm` from somebody, with optional fields behind it. */
function message(from: string, text: string, fields = Buffer.alloc(0)): Buffer {
  const addresses = Buffer.from(`\0\x01\x01${from}\0\0\x01` + '1230\0', 'latin1');
  const rest = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, text.length]);
  return Buffer.concat([addresses, rest, Buffer.from(text), fields]);
}

/** An SMSC that takes the bind and then does what a test says, over bare sockets. */
async function startHostile(bound: (socket: Socket) => void = () => undefined) {
  const sockets: Socket[] = [];
  const heard: { readonly command: number; readonly status: number; readonly sequence: number }[] = [];
  let react: (socket: Socket, command: number, sequence: number) => void = () => undefined;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    let octets: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      octets = Buffer.concat([octets, chunk]);
      while (octets.length >= 16 && octets.length >= octets.readUInt32BE(0)) {
        const [length, command, status, sequence] = [0, 4, 8, 12].map((at) => octets.readUInt32BE(at)) as [
          number,
          number,
          number,
          number,
        ];
        octets = octets.subarray(length);
        heard.push({ command, status, sequence });
        if (command === ids.bind) {
          socket.write(pdu(ids.bound, sequence, { body: Buffer.from('smsc\0') }));
          bound(socket);
        } else react(socket, command, sequence);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  });
  const ours = smppGatewayTo((server.address() as AddressInfo).port);
  open.push({
    async stop() {
      const stopping = ours.gateway.stop();
      await ours.clock.advance(10_000);
      await stopping;
    },
  });
  await ours.gateway.start();
  const count = (command: number) => heard.filter((one) => one.command === command).length;
  return { ...ours, sockets, heard, count, on: (given: typeof react) => (react = given) };
}

const lineOptions = {
  ...{ host: '127.0.0.1', port: 0, tls: false, systemId: 'sallyport', password: Secret.fromText('s3cret') },
  ...{ systemType: '', bind: 'transceiver' as const, timeoutMs: 10_000, enquireMs: 30_000 },
};

const problemOf = async (sending: Promise<unknown>) => ((await sending) as { problem?: string }).problem;

describe('an SMSC that is hostile', () => {
  it.each([
    ['nothing at all, as a length', '00000000'.repeat(64)],
    ['a length of three', '00000003000000150000000000000001'],
    ['half a header', '0000001000000015'],
    ['a body that never comes', '00003fff00000005000000000000000100'],
  ])('is given up after the next enquiry when it sends %s', async (_, hex) => {
    const { clock, send, sockets } = await startHostile((socket) => socket.write(Buffer.from(hex, 'hex')));
    await clock.advance(30_000);
    await clock.advance(10_000);
    expect(await problemOf(send())).toContain('enquire_link');
    await settled(() => sockets[0]?.destroyed === true || sockets[0]?.readableEnded === true);
  });

  it.each([
    ['a length of a gigabyte', '3fffffff000000150000000000000001'],
    ['one octet more than it may', '0000400100000005000000000000000100'],
    ['a header that is too short', '0000000800000015'],
    [
      'a text longer than its message',
      pdu(ids.deliver, 1, { body: Buffer.from('00010134350000000000000000000000ff', 'hex') }),
    ],
    [
      'a time that is none',
      pdu(ids.deliver, 1, { body: Buffer.from('\0\x01\x0145\0\0\x01\0\0\0\0\0R\0\0\0\0\0\0', 'latin1') }),
    ],
  ])('is given up, or answered, when it sends %s', async (_, octets) => {
    const { send, count, inbound } = await startHostile((socket) =>
      socket.write(typeof octets === 'string' ? Buffer.from(octets, 'hex') : octets),
    );
    const isGivenUp = async () =>
      (await problemOf(send({}, AbortSignal.abort())))?.startsWith('not connected') === true;
    await settled(async () => count(0x80000005) > 0 || (await isGivenUp()));
    expect(inbound).toEqual([]);
  });

  it('gets its unknown requests refused and its unknown answers ignored', async () => {
    const { heard, send, on } = await startHostile((socket) => {
      for (const [index, command] of [0x7fffffff, 0x42, 0x0b, 0x103, 0x09].entries())
        socket.write(pdu(command, 100 + index));
      for (const command of [0xffffffff, ids.submitted, ids.nack]) socket.write(pdu(command, 999));
    });
    on((socket, command, sequence) => {
      if (command === ids.submit) socket.write(pdu(ids.submitted, sequence, { body: Buffer.from('1\0') }));
    });
    expect(await send()).toEqual({ kind: 'sent', reference: '1' });
    expect(heard.filter(({ command }) => command === ids.nack)).toEqual(
      [100, 101, 102, 103, 104].map((sequence) => ({ command: ids.nack, status: 3, sequence })),
    );
  });

  it.each([ids.nack, ids.enquired, 0xffffffff])(
    'sends nothing by answering with something else: %i',
    async (answer) => {
      const { send, on } = await startHostile();
      on((socket, _command, sequence) => void socket.write(pdu(answer, sequence)));
      expect(await send()).toEqual({ kind: 'failed', problem: 'the SMSC has answered submit_sm with something else' });
    },
  );

  it('is read no faster than a thousand requests a second', async () => {
    const { clock, count } = await startHostile((socket) => {
      socket.write(Buffer.concat(Array.from({ length: 5_000 }, (_, index) => pdu(ids.enquire, index + 1))));
    });
    // The answer to the bind was the first.
    await settled(() => count(ids.enquired) >= 999);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(count(ids.enquired)).toBe(999);
    await clock.advance(1_000);
    await settled(() => count(ids.enquired) >= 1_999);
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(count(ids.enquired)).toBe(1_999);
  });

  it('is given up when it asks without end and reads no answers', async () => {
    const clock = new FakeClock();
    const line = new Duplex({ read: () => undefined, write: () => undefined });
    const deps = { clock, delivered: () => undefined };
    const socket: unknown = line;
    const link = new SmppLink(socket as Socket, deps, { ...lineOptions, window: 1 });
    const burst = Buffer.concat(Array.from({ length: 1_000 }, (_, index) => pdu(0x42, index + 1)));
    for (let seconds = 0; seconds < 5; seconds += 1) {
      line.push(burst);
      await clock.advance(1_000);
    }
    expect(await link.lost).toBe('the SMSC reads no answers');
    expect(line.destroyed).toBe(true);
    expect(line.writableLength).toBeLessThan(70_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it('changes nothing by receipts of what is not ours, and answers them', async () => {
    const { count, reported, inbound } = await startHostile((socket) => {
      for (let index = 1; index <= 500; index += 1) {
        const receipt = message('4520123456', `id:${index} stat:DELIVRD`);
        receipt[receipt.indexOf('1230\0') + 5] = 0x04;
        socket.write(pdu(ids.deliver, index, { body: receipt }));
      }
    });
    await settled(() => count(0x80000005) === 500);
    expect([reported, inbound]).toEqual([[], []]);
  });

  it('breaks nothing by octets of chance', async () => {
    let connections = 0;
    const { clock } = await startHostile((socket) => {
      connections += 1;
      let state = connections;
      const octet = () => {
        state = (state * 48_271) % 2_147_483_647;
        return state & 0xff;
      };
      for (let round = 0; round < 200; round += 1) {
        const body = message('4520123456', 'yes', Buffer.from(Array.from({ length: round }, octet)));
        for (let hit = 0; hit < 6; hit += 1) body[octet() % body.length] = octet();
        socket.write(pdu(ids.deliver, round + 1, { body }));
      }
    });
    // Each connection gets on until something cannot be read; then the next one begins elsewhere.
    for (let connection = 1; connection < 6; connection += 1) {
      await settled(async () => {
        await clock.advance(60_000);
        return connections > connection;
      });
    }
  });
});
