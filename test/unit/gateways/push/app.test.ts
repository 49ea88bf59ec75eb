import { newVapidKey } from '../../../../src/gateways/index.ts';
import { createSystemRandom } from '../../../../src/lib/random.ts';
import { pushChannelContract } from '../../../contract/push-channel.ts';
import { AppPhone } from '../../../support/phones/app-phone.ts';

const vapidKey = newVapidKey(createSystemRandom());
const contact = 'mailto:admin@example.com';

pushChannelContract('the app', () =>
  Promise.resolve({
    options: { app: { vapidKey, contact } },
    phone: (uri, clock) => new AppPhone(uri, { clock }),
    close: () => Promise.resolve(),
  }),
);
