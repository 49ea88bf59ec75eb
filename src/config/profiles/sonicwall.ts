import type { Profile } from './profile.ts';

/** SonicWall firewalls. */
export const sonicwall: Profile = {
  title: 'SonicWall',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP'],
  userAddress: undefined,
  timer: { set: 'Users → Settings → Configure RADIUS, RADIUS Server Timeout 60' },
  group: {
    attribute: 'SonicWall-User-Group',
    example: 'vpn-staff',
    meaning: 'a user group of the firewall (RADIUS Users: “Use SonicWall vendor-specific attribute”)',
  },
  settings: [
    'Users → Settings → Authentication: method RADIUS, Configure RADIUS.',
    'Add the server with the shared secret; General Settings: RADIUS Server Timeout 60 seconds, as few retries as it takes.',
    'RADIUS Users: where the groups come from.',
  ],
  userSees:
    'NetExtender and the portal show the question with a field for the passcode; while a push is open they wait.',
  limits: [],
  sources: ['https://rublon.com/doc/sonicwall-ssl'],
};
