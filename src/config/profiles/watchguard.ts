import type { Profile } from './profile.ts';

/** WatchGuard Firebox. */
export const watchguard: Profile = {
  title: 'WatchGuard Firebox',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP', 'MS-CHAPv2'],
  userAddress: undefined,
  timer: { set: 'Authentication → Servers → RADIUS, so that Timeout × Retries is 60 s' },
  group: {
    attribute: 'Filter-Id',
    example: 'SSLVPN-Users',
    meaning: 'the group of the same name (Group Attribute 11)',
  },
  settings: [
    'Authentication → Servers → RADIUS → Add: a domain name, the address of Sallyport, port 1812, the secret, Timeout and Retries as above, Group Attribute 11.',
    'Add a RADIUS group with the name that Sallyport returns, and use it in Mobile VPN.',
    'Users of a server that is not the default one type its domain in front of their name (`domain\\user`): `stripDomain` takes it away again.',
  ],
  userSees: 'Mobile VPN with SSL shows the question with a field for the passcode; while a push is open it waits.',
  limits: [
    'Mobile VPN with SSL and with IPSec speak PAP; with L2TP and IKEv2 MS-CHAPv2, which only a home server can check.',
  ],
  sources: [
    'https://www.watchguard.com/help/docs/help-center/en-US/Content/en-US/Fireware/authentication/radius_server_auth_about_c.html',
  ],
};
