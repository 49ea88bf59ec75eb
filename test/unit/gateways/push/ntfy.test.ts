import { pushChannelContract } from '../../../contract/push-channel.ts';
import { FakeNtfy } from '../../../support/phones/fake-ntfy.ts';
import { NtfyPhone } from '../../../support/phones/ntfy-phone.ts';

pushChannelContract(
  'ntfy',
  async () => {
    const ntfy = await new FakeNtfy().start();
    return {
      options: { ntfy: { server: ntfy.url } },
      phone: (uri) => new NtfyPhone(uri),
      close: () => ntfy.stop(),
    };
  },
  { showsCodes: false, takesBack: false },
);
