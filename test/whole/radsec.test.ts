import { readFileSync } from 'node:fs';
import radius from 'radius';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authority } from '../support/authority.ts';
import { AccountingNas } from '../support/accounting-nas.ts';
import { ScriptedHomeServer, type AskedPacket } from '../support/home-server.ts';
import { startSallyport, type Sallyport, type Section } from '../support/sallyport.ts';
import { stopAfterwards } from '../support/stop-afterwards.ts';
import { TlsHomeServer } from '../support/tls-home-server.ts';
import { TlsNas } from '../support/tls-nas.ts';
import { Nas } from '../support/nas.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const authority = new Authority();
const gatePapers = authority.issue('/CN=gate', { san: 'DNS:localhost,IP:127.0.0.1' });
const nasPapers = authority.issue('/CN=nas-1', { san: 'DNS:nas-1.example.com' });
const homePapers = authority.issue('/CN=home', { san: 'IP:127.0.0.1' });
const attributes: [string, string][] = [
  ['User-Name', 'alice'],
  ['User-Password', 'correct horse'],
];

const answers = (packet: AskedPacket): void => {
  if (packet.code === 'Accounting-Request') packet.reply('Accounting-Response', [], { messageAuthenticator: false });
  else packet.accept();
};

describe('RadSec', () => {
  const keep = stopAfterwards();
  let overUdp: ScriptedHomeServer;
  let inTls: TlsHomeServer;
  let gate: Sallyport;
  let listen: readonly { readonly protocol: string; readonly port: number }[];

  beforeAll(async () => {
    overUdp = await keep(ScriptedHomeServer.start(answers));
    inTls = await keep(TlsHomeServer.start(answers, { ...homePapers, ca: authority.ca }));
    const client = (name: string, more: Section): Section => ({ name, rejectDelaySeconds: 0, policy: 'open', ...more });
    const files = { cert: gatePapers.certFile, key: gatePapers.keyFile };
    gate = await keep(
      startSallyport({
        clients: [
          client('by-certificate', { certificate: { dns: 'NAS-1.example.com' }, primary: 'udp', accounting: 'udp' }),
          client('by-key', { psk: { identity: 'nas-2', key: KEY }, primary: 'udp' }),
          client('over-udp', {
            ...{ address: '127.0.0.0/8', secret: 'a-secret-over-udp-16', primary: 'tls', accounting: 'tls' },
          }),
        ],
        primaries: {
          udp: {
            type: 'radius',
            servers: [
              { address: '127.0.0.1', port: overUdp.port, accountingPort: overUdp.port, secret: overUdp.secret },
            ],
          },
          tls: {
            type: 'radius',
            servers: [{ protocol: 'radsec', address: '127.0.0.1', port: inTls.port, ca: authority.caFile, ...files }],
          },
        },
        sections: {
          policies: { open: { factors: [] } },
          server: {
            id: 'gate-1',
            dataDir: './data',
            listen: [
              { address: '127.0.0.1', port: 0, serves: ['access', 'accounting'] },
              { protocol: 'radsec', address: '127.0.0.1', port: 0, ...files, clientCa: authority.caFile },
            ],
          },
        },
      }),
    );
    const ready = gate.logLines().find((line) => 'listening' in line) as unknown as { listening: typeof listen };
    listen = ready.listening;
  });
  afterAll(() => authority.remove());

  const tlsPort = (): number => listen.find(({ protocol }) => protocol === 'radsec')!.port;
  const encode = (more: object = {}): Buffer =>
    radius.encode({ code: 'Access-Request', identifier: 7, secret: 'radsec', attributes, ...more });
  const ask = async (nas: TlsNas, request: Buffer): Promise<string> => {
    nas.send(request);
    const response = await nas.nextReply();
    expect(radius.verify_response({ request, response, secret: 'radsec' })).toBe(true);
    return radius.decode_without_secret({ packet: response }).code;
  };

  it('takes a NAS in TLS to a home server over UDP, by certificate and without Message-Authenticator', async () => {
    const nas = await TlsNas.open({ port: tlsPort(), ca: authority.ca, ...nasPapers });
    const proxied = encode({ attributes: [...attributes, ['Proxy-State', Buffer.from('front')]] });
    expect(await ask(nas, proxied)).toBe('Access-Accept');
    expect(overUdp.asked.at(-1)?.password?.toString()).toBe('correct horse');
    const status = encode({ code: 'Status-Server', identifier: 8, attributes: [], add_message_authenticator: true });
    expect(await ask(nas, status)).toBe('Access-Accept');
    await nas.close();
  });

  it('takes a NAS by a key shared in advance', async () => {
    const nas = await TlsNas.open({
      port: tlsPort(),
      ciphers: 'TLS_AES_128_GCM_SHA256',
      pskCallback: () => ({ identity: 'nas-2', psk: Buffer.from(KEY) }),
      checkServerIdentity: () => undefined,
    });
    expect(await ask(nas, encode())).toBe('Access-Accept');
    await nas.close();
  });

  it('takes a NAS of RADIUS/1.1', async () => {
    const papers = { ca: authority.ca, ...nasPapers };
    const nas = await TlsNas.open({ port: tlsPort(), ALPNProtocols: ['radius/1.1'], ...papers });
    const text = (type: number, value: string): Buffer =>
      Buffer.concat([Buffer.from([type, value.length + 2]), Buffer.from(value)]);
    const body = Buffer.concat([text(1, 'bob'), text(2, 'in clear')]);
    const header = Buffer.concat([Buffer.from([1, 0, 0, 20 + body.length, 9, 8, 7, 6]), Buffer.alloc(12)]);
    nas.send(Buffer.concat([header, body]));
    const reply = await nas.nextReply();
    expect(reply.subarray(0, 8)).toEqual(Buffer.from([2, 0, 0, 20, 9, 8, 7, 6]));
    expect(overUdp.asked.at(-1)?.password?.toString()).toBe('in clear');
    await nas.close();
  });

  it('takes a NAS over UDP to a home server in TLS', async () => {
    const nas = await Nas.open({ secret: 'a-secret-over-udp-16', port: listen[0]!.port });
    expect((await nas.ask({ attributes })).code).toBe('Access-Accept');
    expect(inTls.asked.at(-1)?.password?.toString()).toBe('correct horse');
    await nas.close();
  });

  it('answers no client of RadSec over UDP: its secret is known to everybody', async () => {
    const nas = await Nas.open({ secret: 'radsec', port: listen[0]!.port });
    const known = await Nas.open({ secret: 'a-secret-over-udp-16', port: listen[0]!.port });
    nas.send(nas.encode({ attributes }));
    expect((await known.ask({ code: 'Status-Server' })).code).toBe('Access-Accept');
    expect(await gate.metric('sallyport_dropped_packets_total{reason="message-authenticator-wrong"}')).toBe(1);
    await nas.close();
    await known.close();
  });

  const START: [string, string | Buffer][] = [
    ['User-Name', 'alice'],
    ['Acct-Status-Type', 'Start'],
    ['Acct-Session-Id', 's-1'],
    ['Proxy-State', Buffer.from('front')],
  ];
  const SESSION = 44;

  it('takes accounting by the connection of the logins, to a home server over UDP', async () => {
    const nas = await TlsNas.open({ port: tlsPort(), ca: authority.ca, ...nasPapers });
    const request = encode({ code: 'Accounting-Request', identifier: 9, attributes: START });
    expect(await ask(nas, request)).toBe('Accounting-Response');
    const asked = overUdp.asked.at(-1)!;
    expect([asked.code, asked.isHashed, String(asked.values(SESSION)[0])]).toEqual(['Accounting-Request', true, 's-1']);
    const before = overUdp.asked.length;
    expect(await ask(nas, request)).toBe('Accounting-Response');
    expect(overUdp.asked).toHaveLength(before);
    expect(await ask(nas, encode())).toBe('Access-Accept');
    await nas.close();
  });

  it('takes accounting of RADIUS/1.1, answered under its Token', async () => {
    const papers = { ca: authority.ca, ...nasPapers };
    const nas = await TlsNas.open({ port: tlsPort(), ALPNProtocols: ['radius/1.1'], ...papers });
    const body = Buffer.from('2806000000022c05732d32', 'hex');
    const header = Buffer.concat([Buffer.from([4, 0, 0, 20 + body.length, 1, 2, 3, 4]), Buffer.alloc(12)]);
    nas.send(Buffer.concat([header, body]));
    expect(await nas.nextReply()).toEqual(Buffer.concat([Buffer.from([5, 0, 0, 20, 1, 2, 3, 4]), Buffer.alloc(12)]));
    expect(String(overUdp.asked.at(-1)!.values(SESSION)[0])).toBe('s-2');
    await nas.close();
  });

  it('takes accounting over UDP to a home server in TLS', async () => {
    const options = { secret: 'a-secret-over-udp-16', port: listen[0]!.port };
    const nas = await AccountingNas.open(options);
    const reply = await nas.exchange(nas.encode(START));
    expect([reply.code, reply.raw_attributes]).toEqual(['Accounting-Response', [[33, Buffer.from('front')]]]);
    const asked = inTls.asked.at(-1)!;
    expect([asked.code, asked.isHashed]).toEqual(['Accounting-Request', true]);
    // Ours alone, by which it is known if it comes back.
    expect(asked.values(33)).toHaveLength(1);
    expect(String(asked.values(33)[0])).not.toBe('front');
    await nas.stop();
  });

  it('is silent about accounting that nobody wants, and hangs up on a forged one', async () => {
    const keyed = await TlsNas.open({
      port: tlsPort(),
      ciphers: 'TLS_AES_128_GCM_SHA256',
      pskCallback: () => ({ identity: 'nas-2', psk: Buffer.from(KEY) }),
      checkServerIdentity: () => undefined,
    });
    keyed.send(encode({ code: 'Accounting-Request', identifier: 9, attributes: START }));
    expect(await ask(keyed, encode())).toBe('Access-Accept');
    expect(await gate.metric('sallyport_dropped_packets_total{reason="accounting-unwanted"}')).toBe(1);
    await keyed.close();
    const nas = await TlsNas.open({ port: tlsPort(), ca: authority.ca, ...nasPapers });
    const before = overUdp.asked.length;
    nas.send(encode({ code: 'Accounting-Request', secret: 'another', attributes: START }));
    await nas.closed;
    expect(await gate.metric('sallyport_radsec_closed_total{reason="garbage"}')).toBe(1);
    expect(overUdp.asked).toHaveLength(before);
  });

  it('says by `check` that the home server answers', async () => {
    const { stdout } = await gate.command(['check']);
    expect(stdout).toMatch(/✓ home server tls 127\.0\.0\.1:\d+: alive, answered Status-Server/);
    expect(stdout).toContain('DNS nas-1.example.com');
    expect(stdout).not.toContain(readFileSync(gatePapers.keyFile, 'utf8').split('\n')[1]);
  });
});
