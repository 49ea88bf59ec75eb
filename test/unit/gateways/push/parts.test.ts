import { describe, expect, it } from 'vitest';
import type { PushPrompt } from '../../../../src/factors/index.ts';
import { newVapidKey } from '../../../../src/gateways/index.ts';
import { FreshRequests } from '../../../../src/gateways/push/fresh-requests.ts';
import { PendingPrompts } from '../../../../src/gateways/push/pending-prompts.ts';
import { parseTimestamp } from '../../../../src/gateways/push/privacyidea-wire.ts';
import { isPublicAddress, readEndpoint } from '../../../../src/gateways/push/subscription.ts';
import { readVapidKey } from '../../../../src/gateways/push/vapid-key.ts';
import { lookUpPublic } from '../../../../src/gateways/push/web-push.ts';
import { createSystemRandom } from '../../../../src/lib/random.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

describe('the address of a push service', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://8.8.8.8/',
    'https://[2001:4860:4860::8888]/x',
  ])('may be %s', (text) => {
    expect(readEndpoint(text, false)?.href).toBe(text);
  });

  it.each([
    'http://push.example.com/',
    'https://push.example.com:8443/',
    'https://user@push.example.com/',
    'https://localhost/',
    'https://intranet/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://10.1.2.3/',
    'https://169.254.169.254/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[64:ff9b::a00:1]/',
    'https://[2002:a00:1::]/',
    'file:///etc/passwd',
    'no address',
  ])('may not be %s', (text) => {
    expect(readEndpoint(text, false)).toBeUndefined();
  });

  it.each(['0.0.0.0', '100.64.1.1', '172.31.0.1', '192.168.1.1', '224.0.0.1', '255.255.255.255', '::', 'x'])(
    'is not public at %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );

  it.each([{}, { all: true }])(
    'is looked at again on connecting (%j): a name for a private address is refused',
    async (options) => {
      const error = await new Promise((resolve) => lookUpPublic('localhost', options, resolve));
      expect(error).toEqual(new Error('it is not on the public internet'));
    },
  );

  it.each([{}, { all: true }])('may be a name that nobody knows (%j)', async (options) => {
    const error = await new Promise((resolve) => lookUpPublic('push.invalid', options, resolve));
    expect(error).toMatchObject({ syscall: 'getaddrinfo' });
  });
});

describe('times of phones', () => {
  it('are read to the microsecond, in UTC where no zone is named', () => {
    const atMs = Date.UTC(2026, 0, 15, 7, 0, 0);
    expect(parseTimestamp('2026-01-15T07:00:00.123456Z')).toBeCloseTo(atMs + 123.456, 3);
    expect(parseTimestamp('2026-01-15T08:00:00+01:00')).toBe(atMs);
    expect(parseTimestamp('2026-01-15T07:00:00')).toBe(atMs);
    expect(['', '2026-01-15', '2026-13-15T07:00:00Z', '2026-01-15T07:00:00.1234567Z'].map(parseTimestamp)).toEqual(
      new Array(4).fill(undefined),
    );
  });

  it('are spent one by one, each phone by itself', () => {
    const clock = new FakeClock();
    const fresh = new FreshRequests(clock);
    const nowMs = clock.nowMs();
    expect(fresh.spend('A', nowMs)).toBe(true);
    expect(fresh.spend('A', nowMs)).toBe(false);
    expect(fresh.spend('A', nowMs - 1)).toBe(false);
    expect(fresh.spend('B', nowMs)).toBe(true);
    expect(fresh.spend('A', nowMs + 0.001)).toBe(true);
    expect(fresh.spend('A', nowMs + 60_001)).toBe(false);
  });

  it('stay spent while they are fresh, however many phones there are', async () => {
    const clock = new FakeClock();
    const fresh = new FreshRequests(clock);
    const nowMs = clock.nowMs();
    for (let phone = 0; phone < 5_000; phone += 1) expect(fresh.spend(`PHONE-${phone}`, nowMs)).toBe(true);
    await clock.advance(60_000);
    for (let phone = 0; phone < 5_000; phone += 1) expect(fresh.isFresh(`PHONE-${phone}`, nowMs)).toBe(false);
  });
});

describe('prompts that wait', () => {
  const clock = new FakeClock();
  const data = Secret.fromText('{}');
  const promptOf = (id: string, serial: string, seconds: number): PushPrompt => ({
    id,
    device: { tokenId: 1, userId: 1, serial, protocol: 'app', data },
    title: 'Login',
    body: 'Is it you?',
    client: 'vpn',
    expiresAtMs: clock.nowMs() + seconds * 1_000,
  });

  it('are no more than there is room for; those out of time make room', async () => {
    const pending = new PendingPrompts<undefined>(clock, 2);
    expect(pending.add(promptOf('1', 'A', 1), undefined)).toBe(true);
    expect(pending.add(promptOf('2', 'A', 60), undefined)).toBe(true);
    expect(pending.add(promptOf('3', 'A', 60), undefined)).toBe(false);
    await clock.advance(1_000);
    expect(pending.get('1')).toBeUndefined();
    expect(pending.add(promptOf('3', 'A', 60), undefined)).toBe(true);
    expect(pending.ofDevice('A').map(({ prompt }) => prompt.id)).toEqual(['2', '3']);
    pending.clear();
  });

  it('are swept once their time is over, and the sweeping ends with them', async () => {
    const pending = new PendingPrompts<undefined>(clock);
    pending.add(promptOf('1', 'A', 3), undefined);
    pending.add(promptOf('2', 'B', 8), undefined);
    await clock.advance(5_000);
    expect(pending.size).toBe(1);
    await clock.advance(5_000);
    expect([pending.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('run out by time that passes, not by a clock that is set', () => {
    const pending = new PendingPrompts<undefined>(clock);
    pending.add(promptOf('1', 'A', 60), undefined);
    clock.jumpWall(-3_600_000);
    expect(pending.get('1')).toBeDefined();
    clock.jumpWall(7_200_000);
    expect(pending.get('1')).toBeDefined();
    pending.clear();
  });

  it('do not wait twice under one name', () => {
    const pending = new PendingPrompts<undefined>(clock);
    expect(pending.add(promptOf('1', 'A', 60), undefined)).toBe(true);
    expect(pending.add(promptOf('1', 'B', 60), undefined)).toBe(false);
    expect(pending.ofDevice('B')).toEqual([]);
    pending.clear();
  });
});

describe('the key for Web Push', () => {
  it('has one public half, whenever it is read', () => {
    const key = newVapidKey(createSystemRandom());
    expect(Buffer.from(readVapidKey(key).publicKey, 'base64url')).toHaveLength(65);
    expect(readVapidKey(key)).toEqual(readVapidKey(Secret.fromText(`${key.reveal().toString()}\n`)));
  });

  it.each(['', 'AAAA', Buffer.alloc(32).toString('base64url'), Buffer.alloc(32, 255).toString('base64url')])(
    'cannot be "%s"',
    (text) => {
      expect(() => readVapidKey(Secret.fromText(text))).toThrow('the Web Push key');
    },
  );
});
