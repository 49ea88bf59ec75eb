import type { Profile } from './profile.ts';

/** OpenVPN with its RADIUS plugin. */
export const openvpn: Profile = {
  title: 'OpenVPN',
  // Its RADIUS plugin takes a challenge for a denial.
  challenge: false,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP'],
  userAddress: ['Calling-Station-Id'],
  timer: {
    waitsSeconds: 2,
    because: '`wait=1` and `retry=1` in the example of its configuration',
    set: '`wait=60` and `retry=1` in radiusplugin.cnf, and `hand-window 90` at the server',
  },
  messageAuthenticator:
    'Debian’s plugin sends none: write `messageAuthenticator: when-present`, on a network that you trust.',
  settings: [
    'radiusplugin.cnf: `useauthcontrolfile=true` and `server { authport=1812 name=ADDRESS retry=1 wait=60 sharedsecret=SECRET }`.',
    'Server: `plugin /usr/lib/openvpn/radiusplugin.so /etc/openvpn/radiusplugin.cnf`, `hand-window 90`, `reneg-sec 0` (or every hour the user is asked anew).',
    'Clients: `auth-user-pass`, `reneg-sec 0`, and for a passcode in a field of its own `static-challenge "Passcode" 1`.',
  ],
  userSees:
    'With `static-challenge` a second field for the passcode; otherwise the push or call is approved while OpenVPN connects.',
  limits: [
    'The plugin shows no challenge. OpenVPN Access Server does: there write `challenge: true`.',
    'Without `useauthcontrolfile=true` the server admits nobody else until a push is decided.',
  ],
  sources: [
    'https://packages.debian.org/stable/openvpn-auth-radius',
    'https://community.openvpn.net/openvpn/wiki/Openvpn24ManPage',
  ],
};
