import { describe, expect, it } from 'vitest';
import { createConsole, ConsoleError, type ConsoleDeps } from '../../../src/console/index.ts';
import { bareConsole, openConsole } from './open-console.ts';

const { metrics } = bareConsole();
const open = (deps: Partial<ConsoleDeps> = {}, port = 0) => openConsole(deps, { port });

describe('the console', () => {
  it('shows the metrics in the format of their source', async () => {
    const { url } = await open();
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await response.text()).toBe('a_metric 1\n');
  });

  it('says that the process is alive even when it is not ready', async () => {
    const { url } = await open({ readiness: [{ name: 'storage', check: () => 'the disk is full' }] });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  it('is ready when nothing is missing', async () => {
    const { url } = await open({ readiness: [{ name: 'storage', check: () => undefined }] });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ready' });
  });

  it('names everything that is missing, a check that fails included', async () => {
    const readiness = [
      { name: 'listeners', check: () => Promise.resolve('not bound') },
      { name: 'sessions', check: () => undefined },
      {
        name: 'storage',
        check: () => {
          throw new Error('no such file');
        },
      },
    ];
    const { url } = await open({ readiness });
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'not-ready',
      missing: [
        { name: 'listeners', reason: 'not bound' },
        { name: 'storage', reason: 'no such file' },
      ],
    });
  });

  it('answers other paths, other methods and broken requests in JSON, without saying what it is made of', async () => {
    const { url } = await open();
    const responses = [
      await fetch(`${url}/nothing`),
      await fetch(`${url}/healthz`, { method: 'POST' }),
      await fetch(`${url}/%ff`),
    ];
    expect(responses.map(({ status }) => status)).toEqual([404, 404, 400]);
    for (const response of responses) {
      expect(Object.keys((await response.json()) as object)).toEqual(['error']);
      expect(response.headers.has('server')).toBe(false);
      expect(response.headers.has('x-powered-by')).toBe(false);
    }
  });

  it('says no more than that it failed', async () => {
    const { url } = await open({ metrics: { ...metrics, expose: () => Promise.reject(new Error('internals')) } });
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('{"error":"internal-error"}');
  });

  it('lets no browser do anything with its answers', async () => {
    const { url } = await open();
    const { headers } = await fetch(`${url}/healthz`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('names address and port when it cannot listen', async () => {
    const { port } = await open();
    await expect(open({}, port)).rejects.toThrow(ConsoleError);
    await expect(open({}, port)).rejects.toThrow(`127.0.0.1 port ${port}`);
  });

  it('stops with a connection open, and one that was never started', async () => {
    const { url, stop } = await open();
    await fetch(`${url}/healthz`);
    await stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    await createConsole(bareConsole(), { address: '127.0.0.1', port: 0 }).stop();
  });
});
