import type { Secret } from '../../../src/lib/secret.ts';
import { PrivacyideaPhone } from '../../support/phones/privacyidea-phone.ts';
import { startPushStage } from '../../support/phones/push-stage.ts';

/** What the store keeps of a phone that has enrolled: of the protocols the one whose data is largest. */
export async function enrolledPhoneData(): Promise<Secret> {
  const stage = await startPushStage({ privacyidea: {} });
  try {
    const phone = new PrivacyideaPhone(stage.begin('P'), stage);
    for (let turn = 0; turn < 100 && !(await phone.enrol()).isTaken; turn += 1) await stage.clock.advance(0);
    return stage.devices.get('P').data;
  } finally {
    await stage.stop();
  }
}
