import { describe, expect, it } from 'vitest';
import type { ConsoleOptions } from '../../../src/console/index.ts';
import {
  createEnrolments,
  decodeBase32,
  passcodeAt,
  passcodeFactors,
  type EnrolledToken,
} from '../../../src/factors/index.ts';
import { createSystemRandom } from '../../../src/lib/random.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { openConsole } from './open-console.ts';

const { totp } = passcodeFactors({ totp: { window: 1 }, hotp: { window: 10 } });

async function enrolling(
  keep: (token: EnrolledToken) => Promise<boolean> = () => Promise.resolve(true),
  options: Partial<ConsoleOptions> = {},
) {
  const clock = new FakeClock();
  const settings = () => ({ publicUrl: 'https://gate.example.com', issuer: 'Gate', totp });
  const enrolments = createEnrolments({ clock, random: createSystemRandom(), settings });
  const kept: EnrolledToken[] = [];
  const keeping = async (token: EnrolledToken): Promise<boolean> => {
    kept.push(token);
    return keep(token);
  };
  const { url } = await openConsole({ clock, enrolment: { enrolments, keep: keeping } }, options);
  const link = enrolments.begin({ userId: 1, username: '<b>alice', client: 'vpn', epoch: 0 });
  if (link === undefined) throw new Error('no link');
  const { code } = link;
  const progress = enrolments.progress(code);
  if (progress.kind !== 'open') throw new Error(progress.kind);
  const key = progress.key.reveal().toString();
  const shown = (stepsAhead = 0): string =>
    passcodeAt(
      { secret: decodeBase32(key), digits: 6, algorithm: 'sha1', periodSeconds: 30 },
      Math.floor(clock.nowMs() / 30_000) + stepsAhead,
    );
  const look = (headers: Record<string, string> = {}, of = code) => fetch(`${url}/enrol/${of}`, { headers });
  const send = (passcode: string, headers: Record<string, string> = {}, of = code) =>
    fetch(`${url}/enrol/${of}`, { method: 'POST', body: new URLSearchParams({ passcode }), headers });
  return { clock, enrolments, kept, url, code, key, shown, look, send };
}

describe('the page of an enrolment', () => {
  it('shows the secret as QR code, address and key, with nothing from elsewhere', async () => {
    const { look, key } = await enrolling();
    const response = await look();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await response.text();
    expect(html).toContain('<svg role="img"');
    expect(html).toContain(key.replace(/.{4}(?!$)/g, '$& '));
    expect(html).toMatch(/href="otpauth:\/\/totp\/[^"]+&amp;/);
    expect(html).toContain('autocomplete="one-time-code"');
    expect(html).not.toMatch(/<script|<link|src=|url\(|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  it('lets a browser do nothing but show it and send its form', async () => {
    const { look } = await enrolling();
    const { headers } = await look();
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'/);
    expect(headers.get('cache-control')).toBe('no-store');
    // With `no-referrer` browsers would send the form with the origin `null`.
    expect(headers.get('referrer-policy')).toBe('same-origin');
  });

  it('writes names as text', async () => {
    const { look } = await enrolling();
    const html = await (await look()).text();
    expect(html).toContain('&lt;b&gt;alice');
    expect(html).not.toContain('<b>');
  });

  it('takes the first passcode, with the gap that apps show', async () => {
    const { send, look, shown, kept, enrolments, code } = await enrolling();
    const response = await send(shown().replace(/^.../, '$& '));
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('press OK, or log in again');
    expect(kept).toMatchObject([{ userId: 1, type: 'totp' }]);
    expect(enrolments.progress(code).kind).toBe('complete');
    // A reload, and a look back, show no secret any more.
    expect((await send(shown())).status).toBe(200);
    const again = await (await look()).text();
    expect(again).toContain('Done');
    expect(again).not.toContain('<svg');
    expect(kept).toHaveLength(1);
  });

  it('says what was wrong and how many attempts are left, until there are none', async () => {
    const { send, look, shown, kept } = await enrolling();
    const wrong = await send(shown(500));
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toMatch(/do not fit[^]*4 more attempts[^]*<svg/);
    for (let time = 0; time < 2; time += 1) await send('');
    expect(await (await send('no digits')).text()).toContain('one more attempt');
    const last = await send(shown(500));
    expect(last.status).toBe(422);
    expect(await last.text()).toContain('Too many digits');
    expect((await send(shown())).status).toBe(404);
    expect((await look()).status).toBe(404);
    expect(kept).toEqual([]);
  });

  it('does not say done when the token could not be kept', async () => {
    let outcome: () => Promise<boolean> = () => Promise.reject(new Error('the disk is full'));
    const { send, shown, enrolments, code } = await enrolling(() => outcome());
    expect((await send(shown())).status).toBe(500);
    expect(enrolments.progress(code).kind).toBe('open');
    outcome = () => Promise.resolve(false);
    const refused = await send(shown());
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('help desk');
    expect(enrolments.progress(code).kind).toBe('open');
    outcome = () => Promise.resolve(true);
    expect((await send(shown())).status).toBe(200);
  });

  it('takes no form of another site', async () => {
    const { send, shown, kept } = await enrolling(undefined, { publicUrl: 'https://gate.example.com' });
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example.com' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of foreign) {
      expect((await send(shown(), headers)).status).toBe(403);
    }
    expect(kept).toEqual([]);
    expect((await send(shown(), { origin: 'https://gate.example.com', 'sec-fetch-site': 'same-origin' })).status).toBe(
      200,
    );
  });

  it('takes no large body', async () => {
    const { send, kept } = await enrolling();
    expect((await send('1'.repeat(2_000))).status).toBe(413);
    expect(kept).toEqual([]);
  });

  it('is gone after its time', async () => {
    const { look, clock } = await enrolling();
    await clock.advance(15 * 60_000);
    const response = await look();
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('Log in again');
  });

  it('cannot be searched for: ten codes that are none close the door on that address', async () => {
    const { look, send, clock, code } = await enrolling();
    for (let time = 0; time < 5; time += 1) {
      expect((await look({}, 'ABCDEFGH')).status).toBe(404);
      expect((await send('123456', {}, 'ABCDEFGH')).status).toBe(404);
    }
    expect((await look({}, code)).status).toBe(429);
    await clock.advance(90_000);
    expect((await look({}, code)).status).toBe(200);
  });

  it('is not read more than sixty times a minute from one address', async () => {
    const { look } = await enrolling();
    const statuses = await Promise.all(Array.from({ length: 61 }, async () => (await look()).status));
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });
});

describe('an enrolment for programs', () => {
  const accept = { accept: 'application/json' };

  it('is the same as JSON', async () => {
    const { look, url, code, shown, clock } = await enrolling();
    const response = await look(accept);
    expect(response.headers.get('vary')).toBe('Accept');
    expect(await response.json()).toEqual({
      state: 'open',
      user: '<b>alice',
      client: 'vpn',
      attemptsLeft: 5,
      uri: expect.stringMatching(/^otpauth:\/\/totp\//) as string,
      expiresAt: new Date(clock.nowMs() + 15 * 60_000).toISOString(),
    });
    const give = async (passcode: string) => {
      const headers = { ...accept, 'content-type': 'application/json' };
      const answer = await fetch(`${url}/enrol/${code}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ passcode }),
      });
      return { status: answer.status, body: await answer.json() };
    };
    expect(await give(shown(500))).toEqual({ status: 422, body: { error: 'wrong-passcode', attemptsLeft: 4 } });
    expect(await give(shown())).toEqual({ status: 200, body: { state: 'complete' } });
    expect(await (await look(accept)).json()).toEqual({ state: 'complete' });
    expect(await (await look(accept, 'ABCDEFGH')).json()).toEqual({ error: 'not-found' });
  });
});
