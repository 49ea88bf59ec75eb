import { describe, expect, it } from 'vitest';
import { createNonePrimary } from '../../../src/primary/index.ts';
import { passwordRequest, primaryContract, primaryRequest } from '../../contract/primary.ts';
import { byChap, byEap, byMsChap2 } from '../../support/peer-proofs.ts';

primaryContract(
  'none',
  () =>
    Promise.resolve({
      primary: createNonePrimary({ name: 'gateway' }),
      addUser: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }),
  { checksPasswords: false },
);

describe('the primary that checks nothing', () => {
  it('accepts without a password and with an empty one, and adds no attribute', async () => {
    const primary = createNonePrimary({ name: 'gateway' });
    await primary.start();
    const accepted = { kind: 'accepted', attributes: [] };
    expect(await primary.authenticate(primaryRequest('alice', { kind: 'none' }))).toEqual(accepted);
    expect(await primary.authenticate(passwordRequest('alice', ''))).toEqual(accepted);
    await primary.stop();
  });

  it.each([byChap('x'), byMsChap2('x', 'alice'), byEap(1, 'alice')])(
    'cannot answer who wants a proof in return: $kind',
    async (credentials) => {
      const primary = createNonePrimary({ name: 'gateway' });
      await primary.start();
      const result = await primary.authenticate(primaryRequest('alice', credentials));
      expect(result).toMatchObject({ kind: 'rejected', reason: 'credentials-unsupported' });
      await primary.stop();
    },
  );

  it('is unavailable before it is started', async () => {
    const primary = createNonePrimary({ name: 'gateway' });
    expect((await primary.authenticate(passwordRequest('alice', 'x'))).kind).toBe('unavailable');
  });
});
