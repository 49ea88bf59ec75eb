import type { Profile } from './profile.ts';

/** Check Point security gateways. */
export const checkPoint: Profile = {
  title: 'Check Point',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP'],
  userAddress: undefined,
  timer: { set: 'the RADIUS time-out of the global properties so that all transmissions together wait 60 s' },
  group: { attribute: 'Class', example: 'staff', meaning: 'the user group `RAD_staff`' },
  settings: [
    'SmartConsole → New → Server → More → RADIUS: the host of Sallyport, service NEW-RADIUS (port 1812), the secret, version RADIUS Ver. 2.0, method PAP.',
    'Gateway object → VPN Clients → Authentication (and Mobile Access → Authentication): method RADIUS with this server.',
    'Install the policy.',
  ],
  userSees:
    'The Endpoint Security client and the Mobile Access portal show the question with a field for the passcode.',
  limits: ['If the gateway asks again while a push is open, its RADIUS time-out is too short.'],
  sources: ['https://multifactor.pro/docs/vpn/checkpoint-remote-access-vpn-2fa/'],
};
