import type { Finding } from '../problem.ts';
import type { Survey } from '../survey.ts';

/** Ways to ask phones that cannot work: nobody could answer, or no push service would take our messages. */
export function checkPhones({ pushProtocols, hasPublicUrl, hasSecurePublicUrl, hasAppContact }: Survey): Finding[] {
  if (!hasPublicUrl) {
    const message = 'needs `console.publicUrl`: phones reach us by that address';
    return pushProtocols.map((name) => ({ path: ['factors', 'push', name], message }));
  }
  if (!pushProtocols.includes('app') || hasAppContact || hasSecurePublicUrl) return [];
  const message = 'needs `contact`: `console.publicUrl` is not https, and push services want https or mailto';
  return [{ path: ['factors', 'push', 'app'], message }];
}
