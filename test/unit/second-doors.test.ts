import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayConfig } from '../../src/config/index.ts';
import { createDesk, type DeskOptions } from '../../src/gateways/index.ts';
import { silentLogger } from '../../src/lib/logger.ts';
import { noMetrics } from '../../src/lib/metrics.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createGateways, type Gateways } from '../../src/second-doors.ts';
import { gatewayWorld, type GatewayWorld } from '../support/gateway.ts';
import { startProvider, type Provider } from '../support/provider.ts';

const patience = { timeoutSeconds: 10, failures: 5, asideSeconds: 30 };

function webGateway(url: string, key = 'key'): GatewayConfig {
  return {
    ...{
      type: 'http',
      channels: ['sms'],
      method: 'POST',
      query: {},
      credentials: {},
      success: { statuses: [200] },
      ...patience,
      url,
    },
    headers: { 'X-Key': Secret.fromText(key) },
    body: { json: { text: '{{text}}' } },
    callbacks: { secret: Secret.fromText('s'), inbound: { from: 'from', text: 'text' } },
  };
}

describe('the gateways in force', () => {
  let world: GatewayWorld;
  let gateways: Gateways;
  let provider: Provider;

  beforeEach(async () => {
    world = gatewayWorld();
    gateways = createGateways(world.deps);
    provider = await startProvider(() => ({ status: 200 }));
  });
  afterEach(async () => {
    await gateways.stop();
    await provider.close();
  });

  it('stay the same ones through a reload that does not concern them', async () => {
    await gateways.replace({ one: webGateway(provider.url), two: webGateway(provider.url) });
    const [one, two] = [gateways.current().get('one'), gateways.current().get('two')];
    await gateways.replace({ one: webGateway(provider.url), two: webGateway(provider.url, 'other') });
    expect(gateways.current().get('one')).toBe(one);
    expect(gateways.current().get('two')).not.toBe(two);
    await gateways.replace({});
    expect([...gateways.current().keys(), ...gateways.callbacks()]).toEqual([]);
    await world.clock.advance(60_000);
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('say what may be asked of them', async () => {
    await gateways.replace({ one: webGateway(provider.url) });
    const callbacks = gateways.callbacks().map(({ gateway, callback }) => [gateway, callback.method, callback.path]);
    expect(callbacks).toEqual([['one', 'POST', 'inbound']]);
  });

  it('stand in for each other at the desk, over real connections', async () => {
    const gone = await startProvider(() => ({ status: 200 }));
    await gone.close();
    await gateways.replace({ main: webGateway(gone.url), backup: webGateway(provider.url) });
    const options: DeskOptions = {
      countries: {},
      limits: { perUserInFiveMinutes: 5, perClientInFiveMinutes: 1000, inFiveMinutes: 2000 },
      routes: { sms: ['main', 'backup'], call: [], email: [] },
      patience: {},
    };
    const outcomes: string[] = [];
    const desk = createDesk(
      {
        ...world.deps,
        logger: silentLogger,
        metrics: noMetrics,
        deliveries: {
          record: ({ gateway, outcome }) => void outcomes.push(`${gateway} ${outcome}`),
          report: () => undefined,
        },
        gateways: () => gateways.current(),
        pushChannels: () => new Map(),
      },
      () => options,
    );
    const addressee = { userId: 1, username: 'alice', client: 'vpn', language: 'en' };
    const result = await desk.sendText({ channel: 'sms', addressee, to: '+4520123456', text: 'Code 1' });
    expect(result).toMatchObject({ kind: 'sent', gateway: 'backup' });
    expect(outcomes).toEqual(['main failed', 'backup sent']);
    expect(provider.requests.map(({ body }) => body)).toEqual(['{"text":"Code 1"}']);
  });
});
