import type { GatewayConfig } from '../config/index.ts';
import type { Gateway } from '../factors/index.ts';
import type { GatewayDeps } from './gateway-deps.ts';

/** The gateway of that name, not yet started. What a kind of gateway needs is loaded with the first of its kind. */
export async function createGateway(name: string, options: GatewayConfig, deps: GatewayDeps): Promise<Gateway> {
  switch (options.type) {
    case 'http':
      return (await import('./http.ts')).createHttpGateway(name, options, deps);
    case 'twilio':
      return (await import('./twilio.ts')).createTwilioGateway(name, options, deps);
    case 'vonage':
      return (await import('./vonage.ts')).createVonageGateway(name, options, deps);
    case 'script':
      return (await import('./script.ts')).createScriptGateway(name, options, deps);
    case 'smpp':
      return (await import('./smpp.ts')).createSmppGateway(deps, { ...options, name });
    case 'smtp':
      return (await import('./smtp.ts')).createSmtpGateway(deps, { ...options, name });
    case 'asterisk':
      return (await import('./asterisk.ts')).createAsteriskGateway(deps, { ...options, name });
  }
}
