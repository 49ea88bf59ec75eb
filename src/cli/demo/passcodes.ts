import { createTokenSecret, passcodeAt } from '../../factors/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { AttributeType, Code, firstValue } from '../../radius/index.ts';
import { LOCKOUT_FAILURES } from './config.ts';
import { addUser, challenged, exchange, tell, title, type Stage } from './stage.ts';

const USER = 'alice';
const SHAPE = { digits: 6, algorithm: 'sha1', periodSeconds: 30 } as const;

/** A login with an authenticator app, a wrong passcode and a lock-out; whether all went as told. */
export async function playPasscodes(stage: Stage): Promise<boolean> {
  const phone = await enrol(stage);
  return [await logIn(stage, phone), await mistype(stage, phone), await guess(stage, phone)].every(Boolean);
}

/** What the phone shows now. */
type Phone = () => string;

async function enrol(stage: Stage): Promise<Phone> {
  const { id: userId } = await addUser(stage, USER);
  const secret = createTokenSecret(stage.random, SHAPE.algorithm);
  const token = { userId, type: 'totp', serial: 'DEMO-PHONE', secret, nextCounter: 0, ...SHAPE } as const;
  await stage.storage.tokens.addToken(token);
  return () => passcodeAt({ ...SHAPE, secret }, Math.floor(systemClock.nowMs() / 1_000 / SHAPE.periodSeconds));
}

async function logIn(stage: Stage, phone: Phone): Promise<boolean> {
  title(stage, '1. A login. The VPN sends what the user typed: first door.');
  const { state } = await challenged(stage, USER);
  const passcode = phone();
  const shown = `${passcode.slice(0, 3)} ${passcode.slice(3)}`;
  title(stage, `   The password was right. The phone shows ${shown}; the user types it: second door.`);
  const accepted = await exchange(stage, { user: USER, password: Buffer.from(passcode), state });
  tell(stage, accepted, 'Both doors are open.');
  return accepted.code === Code.accessAccept;
}

async function mistype(stage: Stage, phone: Phone): Promise<boolean> {
  title(stage, '2. A wrong passcode: the user may try again.');
  const { state } = await challenged(stage, USER);
  const again = await exchange(stage, { user: USER, password: wrongPasscode(phone, 1), state });
  tell(stage, again, 'The user is asked again.');
  return again.code === Code.accessChallenge;
}

async function guess(stage: Stage, phone: Phone): Promise<boolean> {
  title(
    stage,
    `3. Somebody who knows the password guesses passcodes: the ${LOCKOUT_FAILURES}rd wrong one since the last right one locks the user out.`,
  );
  let { state } = await challenged(stage, USER);
  for (let number = 2; number <= LOCKOUT_FAILURES; number += 1) {
    const reply = await exchange(stage, { user: USER, password: wrongPasscode(phone, number), state });
    tell(stage, reply, reply.code === Code.accessReject ? 'Locked out.' : 'Wrong again.');
    state = firstValue(reply.attributes, AttributeType.state);
  }
  title(stage, '   From now on not even the right password is looked at.');
  const refused = await exchange(stage, { user: USER, password: Buffer.from(stage.password) });
  tell(stage, refused, 'sallyport user unlock would end it at once.');
  return refused.code === Code.accessReject;
}

// Six digits that are not what the phone shows, now or next to now.
function wrongPasscode(phone: Phone, number: number): Buffer {
  return Buffer.from(String((Number(phone()) + 111_111 * number) % 1_000_000).padStart(6, '0'));
}
