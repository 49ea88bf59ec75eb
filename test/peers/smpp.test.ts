import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InboundText } from '../../src/factors/index.ts';
import { createSmppGateway } from '../../src/gateways/smpp.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { Secret } from '../../src/lib/secret.ts';
import { Program } from '../support/process.ts';
import { describeWithPeers } from './presence.ts';

const PATIENT = new AbortController().signal;

describeWithPeers(['Net/SMPP.pm'], 'an SMSC of Net::SMPP', () => {
  const open: { stop(): Promise<unknown> }[] = [];
  let smsc: Program;
  let port = 0;

  beforeAll(async () => {
    smsc = await Program.start('/usr/bin/perl', [join(import.meta.dirname, 'smsc.pl')]);
    open.push(smsc);
    port = Number((await smsc.waitFor(/listening (\d+)/))[1]);
  });

  afterAll(async () => {
    for (const one of open.reverse()) await one.stop();
  });

  function gatewayWith(password: string) {
    const reported: unknown[] = [];
    const inbound: InboundText[] = [];
    const told = Promise.withResolvers<undefined>();
    const gateway = createSmppGateway(
      {
        clock: systemClock,
        random: createSystemRandom(),
        logger: silentLogger,
        events: {
          reported: (id, outcome) => reported.push([id, outcome]),
          inbound: (text) => {
            inbound.push(text);
            told.resolve(undefined);
          },
        },
      },
      {
        name: 'smsc',
        host: '127.0.0.1',
        port,
        tls: false,
        systemId: 'sallyport',
        password: Secret.fromText(password),
        systemType: '',
        bind: 'transceiver',
        from: 'Sallyport',
        receipts: true,
        longMessages: 'udh',
        timeoutSeconds: 10,
        enquireSeconds: 30,
        window: 10,
      },
    );
    const send = async (to: string, text: string) =>
      gateway.sendText?.({ id: 'sms-1', channel: 'sms', to, text }, PATIENT);
    return { gateway, reported, inbound, told: told.promise, send };
  }

  it('refuses the bind of a wrong password', async () => {
    const { gateway, send } = gatewayWith('wrong');
    await gateway.start();
    expect(await send('+4520123456', 'x')).toMatchObject({
      kind: 'failed',
      problem: expect.stringContaining('ESME_RINVPASWD') as string,
    });
    await gateway.stop();
  });

  it('takes messages, reports them and hands on the answers', async () => {
    const { gateway, reported, inbound, told, send } = gatewayWith('s3cret');
    await gateway.start();
    expect(await send('+4520123456', 'Your passcode is 123456')).toEqual({ kind: 'sent', reference: '1f1' });
    await told;
    const hex = Buffer.from('Your passcode is 123456').toString('hex');
    await smsc.waitFor(new RegExp(`submit 4520123456 ton1 coding0 esm0 ${hex}`));
    expect(reported).toEqual([['sms-1', { kind: 'delivered' }]]);
    expect(inbound).toEqual([{ gateway: 'smsc', from: '+4520123456', text: 'yes' }]);
    expect(await send('+4520123456', 'К'.repeat(71))).toMatchObject({ kind: 'sent' });
    await smsc.waitFor(/submit 4520123456 ton1 coding8 esm64 050003..0201(041a){67}\n/);
    await smsc.waitFor(/submit 4520123456 ton1 coding8 esm64 050003..0202(041a){4}\n/);
    expect(await send('+4520123400', 'x')).toMatchObject({ kind: 'refused' });
    expect(await send('+4520123401', 'x')).toMatchObject({ kind: 'failed' });
    await gateway.stop();
    await smsc.waitFor(/unbind/);
  });
});
