import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AccountingOutcome, AccountingRequest } from '../../../src/accounting/index.ts';
import { createPromMetrics } from '../../../src/lib/prom-metrics.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { AccountingExchange } from '../../../src/server/accounting-exchange.ts';
import { createClientTable } from '../../../src/server/clients.ts';
import type { Peer } from '../../../src/server/listener.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { clientConfig, PEER, rememberingLogger } from './desk.ts';
import { checkReply, makeRequest, proxyState, SECRET, userName, type RequestFields } from './wire.ts';

type Account = (request: AccountingRequest) => Promise<AccountingOutcome>;

/** An Accounting-Request, its Request Authenticator by the platform's MD5 (RFC 2866 §3). */
function accounting({ secret = SECRET, ...fields }: RequestFields = {}): Buffer {
  const zeros = Buffer.alloc(16);
  const packet = makeRequest({ attributes: [userName('ada')], signed: 'no', ...fields, secret, code: 4, authenticator: zeros }); // prettier-ignore
  createHash('md5').update(packet).update(secret).digest().copy(packet, 4);
  return packet;
}

/** An exchange with nothing real around it. */
function scene(account: Account = () => Promise.resolve('kept'), isWanted = true) {
  const clock = new FakeClock();
  const metrics = createPromMetrics({ ofProcess: false });
  const logger = rememberingLogger();
  const asked: AccountingRequest[] = [];
  const sent: Buffer[] = [];
  const client = clientConfig(isWanted ? { accounting: 'here' } : {});
  const clients = createClientTable([client]);
  const asking: Account = (request) => {
    asked.push(request);
    return account(request);
  };
  const exchange = new AccountingExchange(
    { clock, random: createSystemRandom(), logger, metrics, clients, account: asking },
    { maxInFlight: 2, maxAnswered: 100 },
  );
  const receive = async (datagram: Buffer, peer: Peer = PEER): Promise<string | undefined> => {
    const reason = exchange.receive(datagram, peer, { send: (reply) => void sent.push(reply) });
    await clock.advance(0);
    return reason;
  };
  return { exchange, clock, logger, asked, sent, receive };
}

describe('an Accounting-Request (RFC 2866)', () => {
  it('is answered with all Proxy-State in order, and nothing else', async () => {
    const { receive, sent } = scene();
    const request = accounting({ attributes: [proxyState('b'), userName('ada'), proxyState('a'), proxyState('')] });
    await receive(request);
    const reply = checkReply(sent[0]!, request);
    expect(reply).toMatchObject({ code: 5, identifier: 7, types: [33, 33, 33] });
    expect(reply.values(33).map(String)).toEqual(['b', 'a', '']);
  });

  it('may carry a Message-Authenticator, which then has to be right', async () => {
    const { receive, sent } = scene();
    for (const signed of ['first', 'last'] as const) {
      await receive(accounting({ signed }));
    }
    expect(sent).toHaveLength(2);
  });

  it.each<[string, () => Buffer, string]>([
    ['under another secret', () => accounting({ secret: 'another' }), 'accounting-authenticator-wrong'],
    ['whose authenticator is random', () => makeRequest({ code: 4 }), 'accounting-authenticator-wrong'],
    ['signed twice', () => accounting({ signed: 'twice' }), 'message-authenticator-wrong'],
    [
      'with a wrong Message-Authenticator',
      () => accounting({ attributes: [[80, Buffer.alloc(16)]] }),
      'message-authenticator-wrong',
    ],
    [
      'with a Message-Authenticator of no octets',
      () => accounting({ attributes: [[80, Buffer.alloc(0)]] }),
      'message-authenticator-wrong',
    ],
    ['that is cut', () => accounting().subarray(0, 21), 'malformed'],
    ['that is a login', () => makeRequest(), 'code-unsupported'],
    ['that is an answer', () => makeRequest({ code: 5 }), 'code-unsupported'],
  ])('gets silence where it is one %s', async (_, make, reason) => {
    const { receive, asked, sent } = scene();
    expect(await receive(make())).toBe(reason);
    expect(asked).toEqual([]);
    expect(sent).toEqual([]);
  });

  it('gets silence from strangers, and where nobody wants it', async () => {
    const here = scene();
    expect(await here.receive(accounting(), { address: '192.0.2.1', port: 1000 })).toBe('unknown-client');
    const nowhere = scene(undefined, false);
    expect(await nowhere.receive(accounting())).toBe('accounting-unwanted');
    expect([...here.sent, ...nowhere.sent]).toEqual([]);
  });

  it.each<AccountingOutcome>(['unanswered', 'queue-full', 'unwanted', 'looped', 'failed'])(
    'gets silence where it was %s, and may come again',
    async (outcome) => {
      const { receive, asked, sent } = scene(() => Promise.resolve(outcome));
      await receive(accounting());
      await receive(accounting());
      expect(sent).toEqual([]);
      expect(asked).toHaveLength(2);
    },
  );

  it('is asked about once: its repetitions get silence, then the same octets for ten seconds', async () => {
    const { promise, resolve } = Promise.withResolvers<AccountingOutcome>();
    const { receive, asked, sent, clock } = scene(() => promise);
    await receive(accounting());
    await receive(accounting());
    expect(sent).toEqual([]);
    resolve('relayed');
    await clock.advance(0);
    await receive(accounting());
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    expect(asked).toHaveLength(1);
    await receive(accounting(), { ...PEER, port: PEER.port + 1 });
    await clock.advance(10_000);
    await receive(accounting());
    expect(asked).toHaveLength(3);
  });

  it('gets silence beyond what can be worked on, and from a server that is stopping', async () => {
    const { receive, exchange, sent } = scene(() => new Promise(() => undefined));
    for (const identifier of [1, 2]) expect(await receive(accounting({ identifier }))).toBeUndefined();
    expect(await receive(accounting({ identifier: 3 }))).toBe('overload');
    exchange.stop();
    expect(await receive(accounting({ identifier: 4 }))).toBe('stopping');
    expect(await receive(makeRequest({ code: 12, attributes: [] }))).toBe('stopping');
    expect(sent).toEqual([]);
  });

  it('ends nothing but itself where it meets a bug', async () => {
    const { receive, sent, logger } = scene(() => Promise.reject(new Error('bug')));
    await receive(accounting());
    expect(sent).toEqual([]);
    expect(logger.lines.some(({ fields }) => fields['reason'] === 'internal-error')).toBe(true);
  });
});

describe('Status-Server where accounting is taken (RFC 5997 §4.2)', () => {
  it('is answered by a signed Accounting-Response with its Proxy-State', async () => {
    const { receive, sent, asked } = scene();
    const status = makeRequest({ code: 12, attributes: [proxyState('a')] });
    await receive(status);
    expect(checkReply(sent[0]!, status)).toMatchObject({ code: 5, types: [80, 33] });
    expect(asked).toEqual([]);
  });

  it.each<[string, RequestFields, string]>([
    ['not signed', { signed: 'no' }, 'status-server-unsigned'],
    ['signed twice', { signed: 'twice' }, 'message-authenticator-repeated'],
    ['signed with another secret', { secret: 'another' }, 'message-authenticator-wrong'],
  ])('gets silence where it is %s', async (_, fields, reason) => {
    const { receive, sent } = scene();
    expect(await receive(makeRequest({ code: 12, attributes: [], ...fields }))).toBe(reason);
    expect(sent).toEqual([]);
  });
});
