import { describe, expect, it } from 'vitest';
import type {
  ApiDeps,
  ApiKey,
  ApiRight,
  ConsoleDeps,
  LimitAdministration,
  TokenAdministration,
  UserAdministration,
  UserView,
} from '../../../src/console/index.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { openConsole } from './open-console.ts';

const KEY = 'a-key-of-thirty-two-characters-00';

const alice: UserView = {
  name: 'alice',
  isEnabled: true,
  lockedUntilMs: 0,
  failures: 1,
  createdAtMs: Date.UTC(2026, 0, 1),
  email: 'alice@example.com',
  tokens: [
    { serial: 'TOTP-1', type: 'totp', state: 'active', isEnabled: true, createdAtMs: Date.UTC(2026, 0, 2) },
    { serial: 'PIPU-1', type: 'push', protocol: 'privacyidea', state: 'pending', isEnabled: true, createdAtMs: 0 },
  ],
};

/** Records what it is asked to do; knows alice and her tokens. */
function administration() {
  const asked: unknown[][] = [];
  const users: UserAdministration = {
    find: (name) => Promise.resolve(name === 'alice' ? { ...alice, passwordHash: 'never shown' } : undefined),
    reset: (...given) => recorded('reset', given, { tokens: ['TOTP-1'], codes: 2 }),
    phoneLost: (...given) => recorded('phoneLost', given, { tokens: ['PIPU-1'], codes: 0 }),
    bypass: (...given) =>
      recorded('bypass', given, { code: Secret.fromText('ABCD2345'), expiresAtMs: Date.UTC(2026, 0, 3) }),
  };
  const tokens: TokenAdministration = {
    begin(user, wish) {
      asked.push(['begin', user, wish]);
      if (user !== 'alice') return Promise.resolve({ kind: 'user-unknown' });
      if (wish.type === 'push') return Promise.resolve({ kind: 'not-offered' });
      return Promise.resolve({ kind: 'begun', serial: 'TOTP-2', uri: Secret.fromText('otpauth://totp/a?secret=AB') });
    },
    activate(serial, passcode) {
      if (serial !== 'TOTP-2') return Promise.resolve({ kind: 'not-pending' });
      if (passcode === '123456') return Promise.resolve({ kind: 'activated' });
      return Promise.resolve(passcode === '000000' ? { kind: 'used-up' } : { kind: 'wrong', attemptsLeft: 4 });
    },
    remove: (serial) => Promise.resolve(serial === 'TOTP-1'),
  };
  const block = { user: 'alice', reason: 'stolen', by: 'API key help-desk', fromMs: 0, untilMs: 0 };
  const sessions = [{ session: 'a-1', client: 'vpn', outcome: 'ended' }];
  const opening = { client: undefined, reason: 'outage', fromMs: 0, untilMs: 60_000 };
  const limits: LimitAdministration = {
    blocks: () => Promise.resolve([block, { ...block, user: 'bob', untilMs: 1000 }]),
    block: (...given) => recorded('block', given, { ...block, sessions }),
    unblock: async (...given) => (await recorded('unblock', given, true)) ?? false,
    remembered: () =>
      Promise.resolve([{ user: 'alice', client: 'vpn', station: '203.0.113.7', createdAtMs: 0, expiresAtMs: 1000 }]),
    forget: (...given) => recorded('forget', given, 3),
    openings: {
      list: () => Promise.resolve([opening, { ...opening, client: 'vpn' }]),
      open(wanted) {
        asked.push(['open', wanted]);
        return Promise.resolve(wanted.client === 'no-such' ? undefined : { ...opening, client: wanted.client });
      },
      close: () => Promise.resolve(2),
    },
  };
  function recorded<Given>(what: string, given: unknown[], reply: Given): Promise<Given | undefined> {
    asked.push([what, ...given]);
    return Promise.resolve(given[0] === 'alice' ? reply : undefined);
  }
  return { asked, users, tokens, limits };
}

const everything: readonly ApiRight[] = ['read', 'enrol', 'users', 'unavailable'];

async function openApi(may = everything, more: Partial<ConsoleDeps> = {}, api: Partial<ApiDeps> = {}) {
  const { asked, users, tokens, limits } = administration();
  const keys: readonly ApiKey[] = [{ name: 'help-desk', secret: Secret.fromText(KEY), may }];
  const prompts = () => [
    { user: 'bob', client: 'vpn', factor: 'call' as const, sinceMs: 2000 },
    { user: 'alice', client: 'vpn', factor: 'push' as const, sinceMs: 1000 },
  ];
  const opened = await openConsole({ ...more, api: { keys: () => keys, users, tokens, limits, prompts, ...api } });
  const ask = async (method: string, path: string, body?: unknown, authorization = `Bearer ${KEY}`) => {
    const response = await fetch(`${opened.url}/api/v1${path}`, {
      method,
      headers: {
        ...(authorization && { authorization }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown), response };
  };
  return { ...opened, asked, ask };
}

describe('the API', () => {
  it('shows a user and their tokens, and nothing besides', async () => {
    const { ask } = await openApi();
    const { status, body, response } = await ask('GET', '/users/alice');
    expect(status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      name: 'alice',
      isEnabled: true,
      lockedUntil: null,
      failures: 1,
      createdAt: '2026-01-01T00:00:00.000Z',
      email: 'alice@example.com',
      tokens: [
        { serial: 'TOTP-1', type: 'totp', state: 'active', isEnabled: true, createdAt: '2026-01-02T00:00:00.000Z' },
        {
          serial: 'PIPU-1',
          type: 'push',
          protocol: 'privacyidea',
          state: 'pending',
          isEnabled: true,
          createdAt: '1970-01-01T00:00:00.000Z',
        },
      ],
    });
    expect((await ask('GET', '/users/mallory')).status).toBe(404);
  });

  it('begins a token and gives its secret once', async () => {
    const { ask, asked } = await openApi();
    const begun = await ask('POST', '/users/alice/tokens', { type: 'totp' });
    expect(begun.status).toBe(201);
    expect(begun.body).toEqual({ serial: 'TOTP-2', uri: 'otpauth://totp/a?secret=AB' });
    expect(await ask('POST', '/users/alice/tokens', { type: 'push', protocol: 'app' })).toMatchObject({
      status: 409,
      body: { error: 'not-offered' },
    });
    expect((await ask('POST', '/users/mallory/tokens', { type: 'hotp' })).status).toBe(404);
    expect(asked).toEqual([
      ['begin', 'alice', { type: 'totp' }],
      ['begin', 'alice', { type: 'push', protocol: 'app' }],
      ['begin', 'mallory', { type: 'hotp' }],
    ]);
  });

  it('blocks users with a reason, in the name of the key, lists the blocks and lifts them', async () => {
    const { ask, asked } = await openApi();
    const shown = { user: 'alice', reason: 'stolen', by: 'API key help-desk', from: '1970-01-01T00:00:00.000Z' };
    expect(await ask('POST', '/users/alice/block', { reason: ' stolen ' })).toMatchObject({
      status: 200,
      body: { ...shown, until: null, sessions: [{ session: 'a-1', client: 'vpn', outcome: 'ended' }] },
    });
    expect((await ask('POST', '/users/mallory/block', { reason: 'x', days: 3 })).status).toBe(404);
    expect((await ask('GET', '/blocks')).body).toEqual({
      blocks: [
        { ...shown, until: null },
        { ...shown, user: 'bob', until: '1970-01-01T00:00:01.000Z' },
      ],
    });
    expect((await ask('DELETE', '/users/alice/block')).status).toBe(204);
    expect((await ask('DELETE', '/users/mallory/block')).status).toBe(404);
    expect(asked).toEqual([
      ['block', 'alice', { reason: 'stolen', days: undefined, by: 'API key help-desk' }],
      ['block', 'mallory', { reason: 'x', days: 3, by: 'API key help-desk' }],
      ['unblock', 'alice'],
      ['unblock', 'mallory'],
    ]);
  });

  it('lists remembered logins and ends those of a user', async () => {
    const { ask } = await openApi();
    expect((await ask('GET', '/remembered')).body).toMatchObject({
      remembered: [{ user: 'alice', client: 'vpn', station: '203.0.113.7', expiresAt: '1970-01-01T00:00:01.000Z' }],
    });
    expect(await ask('DELETE', '/users/alice/remembered')).toMatchObject({ status: 200, body: { ended: 3 } });
    expect((await ask('DELETE', '/users/mallory/remembered')).status).toBe(404);
  });

  it('lets the second door decide alone for a while, with a reason, and ends it', async () => {
    const { ask, asked } = await openApi();
    expect(await ask('POST', '/unavailable', { minutes: 30, reason: 'outage', client: 'vpn' })).toMatchObject({
      status: 201,
      body: { client: 'vpn', until: '1970-01-01T00:01:00.000Z' },
    });
    expect((await ask('POST', '/unavailable', { minutes: 240, reason: 'x', client: 'no-such' })).status).toBe(404);
    expect((await ask('GET', '/unavailable')).body).toMatchObject({ openings: [{ client: null }, { client: 'vpn' }] });
    expect((await ask('DELETE', '/unavailable')).body).toEqual({ ended: 2 });
    expect(asked).toEqual([
      ['open', { minutes: 30, reason: 'outage', client: 'vpn' }],
      ['open', { minutes: 240, reason: 'x', client: 'no-such' }],
    ]);
  });

  it.each([
    ['/unavailable', { minutes: 241, reason: 'x' }],
    ['/unavailable', { minutes: 0, reason: 'x' }],
    ['/unavailable', { minutes: 1.5, reason: 'x' }],
    ['/unavailable', { minutes: 5 }],
    ['/unavailable', { minutes: 5, reason: ' ' }],
    ['/unavailable', { minutes: 5, reason: 'x', clients: 'vpn' }],
    ['/users/alice/block', {}],
    ['/users/alice/block', { reason: 'line\nbreak' }],
    ['/users/alice/block', { reason: '\ud800' }],
    ['/users/alice/block', { reason: 'x'.repeat(257) }],
    ['/users/alice/block', { reason: 'x', days: 0 }],
    ['/users/alice/block', { reason: 'x', by: 'somebody else' }],
  ])('refuses %s %j', async (path, body) => {
    const { ask, asked } = await openApi();
    expect((await ask('POST', path, body)).status).toBe(400);
    expect(asked).toEqual([]);
  });

  it.each<[string, string, ApiRight]>([
    ['GET', '/blocks', 'read'],
    ['GET', '/remembered', 'read'],
    ['GET', '/unavailable', 'read'],
    ['POST', '/users/alice/block', 'users'],
    ['DELETE', '/users/alice/block', 'users'],
    ['DELETE', '/users/alice/remembered', 'users'],
    ['POST', '/unavailable', 'unavailable'],
    ['DELETE', '/unavailable', 'unavailable'],
  ])('%s %s needs the right %s', async (method, path, right) => {
    const { ask, asked } = await openApi(everything.filter((other) => other !== right));
    expect((await ask(method, path, method === 'POST' ? { minutes: 5, reason: 'x' } : undefined)).status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('activates a token by its first passcode', async () => {
    const { ask } = await openApi();
    const give = (passcode: unknown, serial = 'TOTP-2') => ask('POST', `/tokens/${serial}/activate`, { passcode });
    expect(await give('654321')).toMatchObject({ status: 422, body: { error: 'wrong-passcode', attemptsLeft: 4 } });
    expect(await give('000000')).toMatchObject({ status: 422, body: { error: 'used-up', attemptsLeft: 0 } });
    expect((await give('123456')).status).toBe(204);
    expect((await give('123456', 'TOTP-1')).status).toBe(404);
    expect(await give('12345')).toMatchObject({
      status: 400,
      body: { error: 'bad-request', problems: ['passcode: must be 6 to 8 digits'] },
    });
  });

  it('resets users, takes lost phones, gives bypass codes, deletes tokens', async () => {
    const { ask, asked } = await openApi();
    expect(await ask('POST', '/users/alice/reset', { reason: ' new phone ' })).toMatchObject({
      status: 200,
      body: { tokens: ['TOTP-1'], codes: 2 },
    });
    expect(await ask('POST', '/users/alice/phone-lost')).toMatchObject({ status: 200, body: { tokens: ['PIPU-1'] } });
    expect(await ask('POST', '/users/alice/bypass', { reason: 'forgot it' })).toMatchObject({
      status: 201,
      body: { code: 'ABCD2345', expiresAt: '2026-01-03T00:00:00.000Z' },
    });
    expect(asked).toEqual([
      ['reset', 'alice', 'new phone'],
      ['phoneLost', 'alice'],
      ['bypass', 'alice', { reason: 'forgot it', seconds: 300 }],
    ]);
    expect((await ask('DELETE', '/tokens/TOTP-1')).status).toBe(204);
    expect((await ask('DELETE', '/tokens/TOTP-9')).status).toBe(404);
    for (const [path, body] of [
      ['reset', { reason: 'x' }],
      ['phone-lost', undefined],
      ['bypass', { reason: 'x', seconds: 60 }],
    ] as const) {
      expect((await ask('POST', `/users/mallory/${path}`, body)).status).toBe(404);
    }
  });

  it('takes names as they are, however they have to be written in an address', async () => {
    const { ask, asked } = await openApi();
    for (const name of ['EXAMPLE\\alice', 'a/b', 'ålice', 'x'.repeat(253), 'å'.repeat(126)]) {
      await ask('POST', `/users/${encodeURIComponent(name)}/phone-lost`);
      expect(asked.pop()).toEqual(['phoneLost', name]);
    }
  });

  it('lists what phones are asked, the oldest first', async () => {
    const { ask } = await openApi();
    expect((await ask('GET', '/prompts')).body).toEqual({
      prompts: [
        { user: 'alice', client: 'vpn', factor: 'push', since: '1970-01-01T00:00:01.000Z' },
        { user: 'bob', client: 'vpn', factor: 'call', since: '1970-01-01T00:00:02.000Z' },
      ],
    });
  });

  it('answers no prompt: only phones do', async () => {
    const { ask } = await openApi();
    expect((await ask('POST', '/prompts/00000000000000000000000000000000/answer', { kind: 'approved' })).status).toBe(
      404,
    );
  });

  it.each([
    ['no body', undefined],
    ['no JSON', '{'],
    ['another type', { type: 'sms' }],
    ['a push without protocol', { type: 'push' }],
    ['a key that is not known', { type: 'totp', secret: 'mine' }],
    ['a prototype', '{"type":"totp","__proto__":{"a":1}}'],
  ])('refuses %s', async (_about, body) => {
    const { ask, asked } = await openApi();
    expect((await ask('POST', '/users/alice/tokens', body)).status).toBe(400);
    expect(asked).toEqual([]);
  });

  it('refuses bodies that are too large or no JSON by their type', async () => {
    const { ask, asked, url } = await openApi();
    expect((await ask('POST', '/users/alice/reset', { reason: 'x'.repeat(20_000) })).status).toBe(413);
    const form = await fetch(`${url}/api/v1/users/alice/reset`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'reason=x',
    });
    expect(form.status).toBe(415);
    expect(asked).toEqual([]);
  });
});

describe('an API key', () => {
  it.each(['', 'Bearer', 'Bearer ', `Bearer ${KEY}x`, `Bearer ${KEY.slice(1)}`, `Basic ${KEY}`, KEY])(
    'that reads "%s" opens nothing',
    async (authorization) => {
      const { ask, asked } = await openApi();
      const { status, response, body } = await ask('POST', '/users/alice/reset', { reason: 'x' }, authorization);
      expect(status).toBe(401);
      expect(body).toEqual({ error: 'not-authenticated' });
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(asked).toEqual([]);
    },
  );

  it('does what it may and nothing else', async () => {
    const calls = [
      ['read', 'GET', '/users/alice', undefined],
      ['read', 'GET', '/prompts', undefined],
      ['enrol', 'POST', '/users/alice/tokens', { type: 'totp' }],
      ['enrol', 'POST', '/tokens/TOTP-2/activate', { passcode: '123456' }],
      ['users', 'POST', '/users/alice/reset', { reason: 'x' }],
      ['users', 'POST', '/users/alice/phone-lost', undefined],
      ['users', 'POST', '/users/alice/bypass', { reason: 'x' }],
      ['users', 'DELETE', '/tokens/TOTP-1', undefined],
    ] as const;
    for (const right of everything) {
      const { ask } = await openApi([right]);
      for (const [needed, method, path, body] of calls) {
        const { status } = await ask(method, path, body);
        expect([right, path, status === 403]).toEqual([right, path, needed !== right]);
      }
    }
  });

  it('is refused unheard for a while after ten wrong ones from its address', async () => {
    const clock = new FakeClock();
    const { ask } = await openApi(everything, { clock });
    for (let time = 0; time < 10; time += 1) {
      expect((await ask('GET', '/prompts', undefined, 'Bearer guess')).status).toBe(401);
    }
    expect((await ask('GET', '/prompts', undefined, 'Bearer guess')).status).toBe(429);
    expect((await ask('GET', '/prompts')).status).toBe(429);
    await clock.advance(90_000);
    expect((await ask('GET', '/prompts')).status).toBe(200);
  });

  it('can be taken back; without any there is no API', async () => {
    let keys: readonly ApiKey[] = [];
    const { ask } = await openApi(everything, {}, { keys: () => keys });
    expect((await ask('GET', '/prompts')).status).toBe(404);
    expect((await ask('GET', '/openapi.json')).status).toBe(404);
    keys = [{ name: 'one', secret: Secret.fromText(KEY), may: ['read'] }];
    expect((await ask('GET', '/prompts')).status).toBe(200);
    keys = [{ name: 'one', secret: Secret.fromText('another'), may: ['read'] }];
    expect((await ask('GET', '/prompts')).status).toBe(401);
  });

  it('stands in no log, nor does what is sent with it', async () => {
    const lines: object[] = [];
    const write = (fields: object, message: string) => lines.push({ ...fields, message });
    const logger = { ...silentLogger, info: write, warn: write, error: write };
    const { ask } = await openApi(everything, { logger });
    await ask('POST', '/users/alice/bypass', { reason: 'confidential' });
    await ask('POST', '/users/alice/bypass', { reason: 'confidential' }, 'Bearer confidential');
    const asked = { minutes: 5, reason: 'outage' };
    await ask('POST', '/unavailable', asked);
    const message = 'administration by the API';
    expect(lines).toEqual([
      { key: 'help-desk', operation: 'bypass', subject: 'alice', status: 201, message },
      { key: 'help-desk', operation: 'openUnavailable', subject: '', status: 201, asked, message },
    ]);
  });
});

describe('the description of the API', () => {
  it('names every operation with what it takes and gives', async () => {
    const { ask, url } = await openApi();
    const { status, body } = await ask('GET', '/openapi.json', undefined, '');
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: `${url}/api/v1` }] });
    const { paths } = body as { paths: Record<string, Record<string, object>> };
    const named = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((name) => `${name} ${path}`),
    );
    expect(named).toEqual([
      'get /users/{name}',
      'post /users/{name}/tokens',
      'post /tokens/{serial}/activate',
      'delete /tokens/{serial}',
      'post /users/{name}/reset',
      'post /users/{name}/phone-lost',
      'post /users/{name}/bypass',
      'get /prompts',
      'get /blocks',
      'post /users/{name}/block',
      'delete /users/{name}/block',
      'get /remembered',
      'delete /users/{name}/remembered',
      'get /unavailable',
      'post /unavailable',
      'delete /unavailable',
    ]);
    expect(paths['/tokens/{serial}/activate']?.['post']).toMatchObject({
      operationId: 'activateToken',
      parameters: [{ name: 'serial', in: 'path', required: true }],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object', required: ['passcode'] } } },
      },
      responses: { 204: {}, 400: {}, 401: {}, 403: {}, 404: {}, 422: {}, 429: {} },
    });
  });
});
