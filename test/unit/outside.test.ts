import { describe, expect, it } from 'vitest';
import { createOpenFactors } from '../../src/challenge/index.ts';
import { createSystemRandom } from '../../src/lib/random.ts';
import { hear } from '../../src/outside.ts';
import { FakeClock } from '../support/fake-clock.ts';

async function asked(phone = '+45 12 34 56 78') {
  const open = createOpenFactors({ maxOpen: 10 }, { clock: new FakeClock(), random: createSystemRandom() });
  const login = { client: 'vpn', userKey: 'alice', station: '10.0.0.7' };
  const question = { login, factor: 'sms', ttlMs: 60_000, number: '123456', sentTo: phone } as const;
  const { open: opened } = await open.open({ ...question, send: () => Promise.resolve({ kind: 'delivered' }) });
  const ended = open.wait(opened.id, 60_000);
  return { open, ended };
}

describe('an answer by message', () => {
  it('approves with the number of the question, from the phone that was written to', async () => {
    const { open, ended } = await asked();
    hear(open, { from: '+4587654321', text: '123456' });
    hear(open, { from: '004512345678', text: 'Thanks!' });
    expect(open.count()).toBe(1);
    hear(open, { from: '004512345678', text: 'Yes, 123 456' });
    expect(await ended).toBe('approved');
  });

  it.each(['+4512345678x890', '+4512345678 ext. 890', '+4512345678;ext=890', '+4512345678,890', '+4512345678,,1#2'])(
    'comes from the number alone where an extension stands behind it: %s',
    async (phone) => {
      const { open, ended } = await asked(phone);
      hear(open, { from: '+45123456788', text: '123456' });
      expect(open.count()).toBe(1);
      hear(open, { from: '+4512345678', text: '123456' });
      expect(await ended).toBe('approved');
    },
  );

  it('is no place to guess the number under a forged sender', async () => {
    const { open, ended } = await asked();
    for (let guess = 0; guess < 5; guess += 1) hear(open, { from: '+4512345678', text: `00000${guess}` });
    hear(open, { from: '+4512345678', text: '123456' });
    expect(open.count()).toBe(0);
    expect(await ended).toBe('withdrawn');
  });
});
