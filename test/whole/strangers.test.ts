import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';

import type { Nas } from '../support/nas.ts';
import { phoneShows } from '../support/phone.ts';
import { clientSection, startSallyport, type Sallyport } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { enrolAll, openNas, PASSWORD, Visitor } from './visitor.ts';

const PROXY_STATE = 33;
const PROXY_STATE_ATTRIBUTE = [PROXY_STATE, Buffer.from('label')] as const;
const RANDOM_DATAGRAMS = 5_000;
const MAX_GROWTH_MIB = 64;
const MAX_DROP_LINES_A_MINUTE = 60;

const ACCESS_REJECT = 3;

describe('whoever is not a client, or not genuine', () => {
  const keep = stopAfterwards();
  let gate: Sallyport;
  let nas: Nas;
  let lax: Nas;

  beforeAll(async () => {
    gate = await keep(
      startSallyport({
        clients: [
          clientSection('vpn', '127.0.0.1'),
          clientSection('lax', '127.0.0.5', { messageAuthenticator: 'when-present' }),
        ],
      }),
    );
    await enrolAll(gate, 'ada', 'bob');
    nas = await openNas(gate);
    lax = await openNas(gate, { from: '127.0.0.5' });
  });

  const dropped = (reason: string): Promise<number> =>
    gate.metric(`sallyport_dropped_packets_total{reason="${reason}"}`);

  const login = (more: Parameters<Visitor['attributes']>[1] = []) => new Visitor(nas, 'ada').attributes(PASSWORD, more);

  it('an unknown address gets silence, and the log says what to do', async () => {
    const stranger = await openNas(gate, { from: '127.0.0.77' });
    stranger.send(stranger.encode({ attributes: login() }));
    await gate.waitForLog(/"reason":"unknown-client","address":"127\.0\.0\.77".*no client under `clients`/);
    expect(await dropped('unknown-client')).toBe(1);
    await stranger.close();
  });

  it('a wrong shared secret gets silence, and the log names it', async () => {
    const mistaken = await openNas(gate, { secret: 'not-the-shared-secret' });
    expect(await nas.isSilentAbout(mistaken.encode({ attributes: login() }))).toBe(true);
    await gate.waitForLog(/"reason":"message-authenticator-wrong".*wrong shared secret/);
    expect(await dropped('message-authenticator-wrong')).toBe(1);
    await mistaken.close();
  });

  it.each([
    ['without Message-Authenticator', () => nas.encode({ isSigned: false, attributes: login() }), 'message-authenticator-missing'], // prettier-ignore
    ['with two of them', () => nas.encode({ attributes: [[80, Buffer.alloc(16)], ...login()] }), 'message-authenticator-repeated'], // prettier-ignore
    ['with a Message-Authenticator of 15 octets', () => nas.encode({ isSigned: false, attributes: [[80, Buffer.alloc(15)], ...login()] }), 'message-authenticator-wrong'], // prettier-ignore
    ['cut short', () => nas.encode({ attributes: login() }).subarray(0, -1), 'malformed'],
    ['cut within its header', () => nas.encode({ attributes: login() }).subarray(0, 19), 'malformed'],
    ['of no octets at all', () => Buffer.alloc(0), 'malformed'],
    ['that is text', () => Buffer.from('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n'), 'malformed'],
    ['longer than 4096 octets', () => lengthened(nas.encode({ attributes: login() }), 4097), 'malformed'],
    ['with an attribute of length 1', () => withAttribute(nas.encode({ attributes: login() }), [1, 1]), 'malformed'],
    ['with an attribute beyond its end', () => withAttribute(nas.encode({ attributes: login() }), [1, 9]), 'malformed'],
    ['that is an Accounting-Request', () => nas.encode({ code: 'Accounting-Request', attributes: [['User-Name', 'ada']] }), 'code-unsupported'], // prettier-ignore
    ['that is an Access-Accept', () => withCode(nas.encode({ attributes: login() }), 2), 'code-unsupported'],
    ['with an EAP-Message and no signature', () => nas.encode({ isSigned: false, attributes: [[79, Buffer.from([2, 0, 0, 4])]] }), 'eap-unsigned'], // prettier-ignore
    ['that is an unsigned Status-Server', () => nas.encode({ code: 'Status-Server', isSigned: false }), 'status-server-unsigned'], // prettier-ignore
  ])('a packet %s gets silence', async (_, octets, reason) => {
    const before = await dropped(reason);
    expect(await nas.isSilentAbout(octets())).toBe(true);
    expect(await dropped(reason)).toBe(before + 1);
  });

  it('a client that may do without Message-Authenticator may not where Proxy-State is: CVE-2024-3596', async () => {
    const unsigned = new Visitor(lax, 'bob');
    const plain = lax.encode({ isSigned: false, attributes: unsigned.attributes(PASSWORD) });
    lax.send(plain);
    expect(lax.verify(plain, await lax.nextReply()).code).toBe('Access-Challenge');
    const attributes = unsigned.attributes(PASSWORD, [PROXY_STATE_ATTRIBUTE]);
    expect(await lax.isSilentAbout(lax.encode({ isSigned: false, attributes }))).toBe(true);
    expect(await dropped('proxy-state-unsigned')).toBe(1);
  });

  it.each([17, 0])('a genuine request with a User-Password of %d octets gets a Reject', async (length) => {
    const attributes = [
      ['User-Name', 'bob'],
      [2, randomBytes(length)],
    ] as const;
    // The package that plays the NAS cannot read such a request of its own, so only the reply's code is looked at.
    nas.send(nas.encode({ attributes }));
    expect((await nas.nextReply())[0]).toBe(ACCESS_REJECT);
  });

  it('thousands of random datagrams leave it answering, its memory bounded and its log short', async () => {
    const linesBefore = dropLines(gate);
    const memoryBefore = residentMib(gate.pid);
    await flood(gate.port, RANDOM_DATAGRAMS);

    const ada = new Visitor(nas, 'ada');
    expect((await ada.begin(PASSWORD)).code).toBe('Access-Challenge');
    expect((await ada.answer(phoneShows())).code).toBe('Access-Accept');
    await gate.waitForLog(/"verdict":"accept"/);
    expect(residentMib(gate.pid) - memoryBefore).toBeLessThan(MAX_GROWTH_MIB);
    expect(dropLines(gate) - linesBefore).toBeLessThanOrEqual(MAX_DROP_LINES_A_MINUTE);
    expect((await dropped('malformed')) + (await dropped('unknown-client'))).toBeGreaterThan(0);
  });
});

// What arrives is what the kernel has room for; each batch is sent once the one before has left.
async function flood(port: number, count: number): Promise<void> {
  const sources = ['127.0.0.1', '127.0.0.5', '127.0.0.99'];
  const sockets = await Promise.all(
    sources.map(async (address) => {
      const socket = createSocket('udp4').bind(0, address);
      await once(socket, 'listening');
      return socket;
    }),
  );
  for (let sent = 0; sent < count; sent += 1) {
    const socket = sockets[sent % sockets.length]!;
    await new Promise((resolve) => socket.send(garbage(sent), port, '127.0.0.1', resolve));
  }
  for (const socket of sockets) socket.close();
}

// Every third has a header that fits, so that its attributes are looked at.
function garbage(index: number): Buffer {
  const octets = randomBytes(index % 7 === 0 ? index % 4096 : 20 + (index % 300));
  if (index % 3 !== 0 || octets.length < 20) return octets;
  octets[0] = index % 2 === 0 ? 1 : 12;
  octets.writeUInt16BE(octets.length, 2);
  return octets;
}

function lengthened(packet: Buffer, length: number): Buffer {
  const octets = Buffer.concat([packet, Buffer.alloc(length - packet.length, 1)]);
  octets.writeUInt16BE(length, 2);
  return octets;
}

function withAttribute(packet: Buffer, attribute: readonly number[]): Buffer {
  const octets = Buffer.concat([packet, Buffer.from(attribute)]);
  octets.writeUInt16BE(octets.length, 2);
  return octets;
}

function withCode(packet: Buffer, code: number): Buffer {
  const octets = Buffer.from(packet);
  octets[0] = code;
  return octets;
}

function dropLines(gate: Sallyport): number {
  return gate.logLines().filter(({ msg }) => String(msg).startsWith('dropped a datagram')).length;
}

function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}
