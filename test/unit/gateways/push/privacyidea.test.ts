import { generateKeyPairSync } from 'node:crypto';
import { pushChannelContract } from '../../../contract/push-channel.ts';
import { PrivacyideaPhone } from '../../../support/phones/privacyidea-phone.ts';

// Each phone of a test has a key of its own; making keys of this size for every test takes too long.
const someKeys = [0, 1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 4096 }));
let next = 0;

pushChannelContract('the privacyIDEA Authenticator', () =>
  Promise.resolve({
    options: { privacyidea: {} },
    phone: (uri, clock) => {
      const keys = someKeys[next++ % someKeys.length];
      return new PrivacyideaPhone(uri, keys === undefined ? { clock } : { clock, keys });
    },
    close: () => Promise.resolve(),
  }),
);
