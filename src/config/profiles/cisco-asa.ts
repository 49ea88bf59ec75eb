import type { Profile } from './profile.ts';

/** Cisco ASA, and Firepower Threat Defense. */
export const ciscoAsa: Profile = {
  title: 'Cisco ASA and Firepower (AnyConnect)',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP', 'MS-CHAPv2'],
  userAddress: ['Calling-Station-Id'],
  timer: {
    waitsSeconds: 10,
    maxSeconds: 300,
    set: '`aaa-server NAME (inside) host ADDRESS`, `timeout 60` (FTD: Timeout 60 in the RADIUS server), and the AnyConnect profile’s authentication time-out 60',
  },
  group: { attribute: 'Class', example: 'OU=Staff;', meaning: 'the group policy `Staff`' },
  settings: [
    'ASA: `aaa-server SALLYPORT protocol radius`, then `aaa-server SALLYPORT (inside) host ADDRESS` with `key SECRET`, `authentication-port 1812` and `timeout 60`.',
    'FTD: Objects → AAA Server → RADIUS Server Group, with the server’s Timeout at 60 seconds.',
    'Connection profile (`tunnel-group NAME general-attributes`): `authentication-server-group SALLYPORT`.',
    'AnyConnect client profile: authentication time-out 60 seconds. The client gives up by itself after 30 seconds, before version 4.8 after 12.',
    'Leave password management (MS-CHAPv2) off unless a home server checks the password: PAP shows the texts of a Reject.',
  ],
  userSees:
    'AnyConnect shows the question in a second window, with one field for the passcode; while a push is open it waits.',
  limits: ['With AnyConnect’s own time-out unchanged, a push has to be approved within 30 seconds.'],
  sources: [
    'https://developer.cisco.com/docs/ftd-api-reference/latest/editradiusidentitysource',
    'https://www.wiresandwi.fi/blog/demystifying-cisco-anyconnect-vpn-multifactor-authentication-timeouts',
    'https://www.mideye.com/docs/integrations/radius/cisco-anyconnect',
    'https://www.mideye.com/docs/integrations/radius/cisco-anyconnect-fmc',
  ],
};
