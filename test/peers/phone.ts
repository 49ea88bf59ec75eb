import { run } from '../support/process.ts';
import { peerPath } from './presence.ts';

/** What the user's phone shows: oathtool's TOTP passcode of a Base32 secret, `stepsAhead` steps of 30 seconds from now. */
export async function passcodeOnPhone(secret: string, stepsAhead = 0): Promise<string> {
  const atSeconds = Math.floor(Date.now() / 1_000) + stepsAhead * 30;
  const args = ['--totp', '--base32', `--now=@${atSeconds}`, '-'];
  const { status, stdout, stderr } = await run(peerPath('oathtool'), args, { input: `${secret}\n` });
  if (status !== 0) throw new Error(`oathtool: ${stderr}`);
  return stdout.trim();
}
