import { describe, expect, it } from 'vitest';
import { createPromMetrics } from '../../../src/lib/prom-metrics.ts';

const linesOf = async (metrics: ReturnType<typeof createPromMetrics>): Promise<string[]> =>
  (await metrics.expose()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('metrics for Prometheus', () => {
  it('count by label values, each series apart', async () => {
    const metrics = createPromMetrics({ ofProcess: false });
    const counter = metrics.counter('things_total', 'Things', ['client', 'kind']);
    counter.add({ client: 'a', kind: 'x' });
    counter.add({ kind: 'x', client: 'a' }, 2);
    counter.add({ client: 'a', kind: 'y' });
    counter.add({ client: 'x', kind: 'a' });
    expect(await linesOf(metrics)).toEqual([
      'sallyport_things_total{client="a",kind="x"} 3',
      'sallyport_things_total{client="a",kind="y"} 1',
      'sallyport_things_total{client="x",kind="a"} 1',
    ]);
    expect(await linesOf(metrics)).toHaveLength(3);
  });

  it('count without labels', async () => {
    const metrics = createPromMetrics({ ofProcess: false });
    metrics.counter('things_total', 'Things').add();
    metrics.counter('things_total', 'Things').add(undefined, 4);
    expect(await linesOf(metrics)).toEqual(['sallyport_things_total 5']);
  });

  it('escape what clients are called', async () => {
    const metrics = createPromMetrics({ ofProcess: false });
    metrics.counter('things_total', 'Things', ['client']).add({ client: 'a"b\\c\n' });
    expect(await linesOf(metrics)).toEqual(['sallyport_things_total{client="a\\"b\\\\c\\n"} 1']);
  });

  it('sort durations into buckets from a millisecond to a minute', async () => {
    const metrics = createPromMetrics({ ofProcess: false });
    const histogram = metrics.histogram('wait_seconds', 'Wait', ['verdict']);
    for (const seconds of [0.0005, 0.02, 45, 100]) histogram.observeSeconds(seconds, { verdict: 'accept' });
    const lines = await linesOf(metrics);
    expect(lines).toContain('sallyport_wait_seconds_bucket{le="0.001",verdict="accept"} 1');
    expect(lines).toContain('sallyport_wait_seconds_bucket{le="60",verdict="accept"} 3');
    expect(lines).toContain('sallyport_wait_seconds_count{verdict="accept"} 4');
  });

  it('read gauges when asked, the latest reader of a name', async () => {
    const metrics = createPromMetrics({ ofProcess: false });
    let present = 1;
    metrics.gauge('open', 'Open', () => -1);
    metrics.gauge('open', 'Open', () => present);
    expect(await linesOf(metrics)).toEqual(['sallyport_open 1']);
    present = 2;
    expect(await linesOf(metrics)).toEqual(['sallyport_open 2']);
  });

  it('tell of the process too', async () => {
    const lines = await linesOf(createPromMetrics());
    expect(lines.some((line) => line.startsWith('sallyport_process_resident_memory_bytes'))).toBe(true);
  });
});
