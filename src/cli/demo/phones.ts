import type { PushChannel } from '../../factors/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { Code } from '../../radius/index.ts';
import { DemoPhone } from '../demo-phone.ts';
import { replyText } from '../nas.ts';
import { addUser, challenged, exchange, onPhone, tell, title, type Stage } from './stage.ts';

const PHONE_NUMBER = '+4520123456';

/** A passcode by SMS. */
export async function playSms(stage: Stage): Promise<boolean> {
  const user = 'bob';
  await addUser(stage, user, { phone: PHONE_NUMBER, preferred: ['sms'] });
  title(stage, `4. A login by SMS. ${user} has a telephone at ${PHONE_NUMBER} and nothing else.`);
  const message = stage.world.nextMessage();
  const [{ state }, { to, text }] = await Promise.all([challenged(stage, user), message]);
  onPhone(stage, `SMS to ${to}: ${text}`);
  const passcode = /\d{6}/.exec(text)?.[0] ?? '';
  title(stage, '   The user types what the message says: second door.');
  const accepted = await exchange(stage, { user, password: Buffer.from(passcode), state });
  tell(stage, accepted, 'Both doors are open.');
  return accepted.code === Code.accessAccept;
}

/** A call that the user approves by a key; the answer to the VPN is held meanwhile. */
export async function playCall(stage: Stage): Promise<boolean> {
  const user = 'carol';
  await addUser(stage, user, { phone: PHONE_NUMBER, preferred: ['call'] });
  title(stage, `5. A login by phone call. ${user} types the password alone; the VPN waits while the telephone rings.`);
  const accepted = await exchange(stage, { user, password: Buffer.from(stage.password) });
  tell(stage, accepted, 'The key opened the second door.');
  return accepted.code === Code.accessAccept;
}

/** A question to the push app, with a number to pick. */
export async function playPush(stage: Stage, channel: Pick<PushChannel, 'enrol'>): Promise<boolean> {
  const user = 'dave';
  title(
    stage,
    `6. A login by push. ${user} first opens the address of an enrolment on the phone; it makes a key of its own.`,
  );
  const phone = await enrolPhone(stage, user, channel);
  const { packet, state } = await challenged(stage, user);
  const [prompt] = await phone.prompts();
  if (prompt === undefined) throw new Error('nothing waits on the phone');
  const { title: head, body, choices = [] } = prompt;
  onPhone(stage, `${head} ${body}  ${choices.map((choice) => `[ ${choice} ]`).join(' ')}`);
  const choice = choices.find((offered) => replyText(packet).includes(offered)) ?? '';
  title(stage, `   The VPN shows ${choice}; the user picks it on the phone, then presses OK: second door.`);
  await phone.answer(prompt.id, { kind: 'approved', choice });
  const accepted = await exchange(stage, { user, password: Buffer.alloc(0), state });
  tell(stage, accepted, 'Both doors are open.');
  return accepted.code === Code.accessAccept;
}

async function enrolPhone(stage: Stage, user: string, channel: Pick<PushChannel, 'enrol'>): Promise<DemoPhone> {
  const serial = 'DEMO-PUSH';
  const { id: userId } = await addUser(stage, user);
  const { uri, data } = channel.enrol(serial, user);
  await stage.storage.tokens.addPushToken({ userId, serial, protocol: 'app', data });
  const phone = new DemoPhone(uri, { clock: systemClock });
  const { status } = await phone.enrol();
  if (status !== 200) throw new Error('the server did not enrol the phone');
  onPhone(stage, `The phone is enrolled as ${serial}.`);
  return phone;
}
