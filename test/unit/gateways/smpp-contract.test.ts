import type { Pdu } from 'smpp';
import { gatewayContract, type ProviderMood } from '../../contract/gateway.ts';
import { settled, smppGatewayTo } from '../../support/smpp-gateway.ts';
import { startSmsc } from '../../support/smsc.ts';

// SMPP 3.4 §5.1.3.
const ESME_RSYSERR = 0x08;
const ESME_RINVPASWD = 0x0e;

gatewayContract(
  'SMPP',
  async () => {
    const smsc = await startSmsc();
    const { gateway, clock } = smppGatewayTo(smsc.port);
    const taken: { to: string; text: string }[] = [];
    let mood: ProviderMood = 'well';
    smsc.answer((pdu: Pdu) => {
      if (pdu.command !== 'submit_sm') return mood === 'refuses-credentials' ? { command_status: ESME_RINVPASWD } : {};
      if (mood === 'hangs') return 'silent';
      if (mood === 'broken') return { command_status: ESME_RSYSERR };
      taken.push({ to: String(pdu['destination_addr']), text: textOf(pdu) });
      return {};
    });
    return {
      gateway,
      clock,
      taken: () => taken,
      async setMood(next) {
        mood = next;
        if (next !== 'refuses-credentials') return;
        smsc.dropAll();
        await settled(() => smsc.bound.size === 0);
      },
      vanish: () => smsc.stop(),
      close: () => smsc.stop(),
    };
  },
  // What is no PDU, and what never ends: smpp-hostile.test.ts.
  { secrets: ['s3cret'], written: (to) => to.slice(1), without: ['babbles', 'floods'] },
);

function textOf(pdu: Pdu): string {
  return (pdu['short_message'] as { readonly message: string }).message;
}
