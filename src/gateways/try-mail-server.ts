import type { SmtpGatewayConfig } from '../config/index.ts';

/** Connects to a mail server, encrypts and logs in as for a mail, and sends none. Gives what is wrong, or `undefined`. */
export async function tryMailServer(options: SmtpGatewayConfig): Promise<string | undefined> {
  // Only who has a mail server needs what speaks to it.
  const { verifyMailServer } = await import('./smtp.ts');
  return verifyMailServer(options);
}
