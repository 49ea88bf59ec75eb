import type { Profile } from './profile.ts';

/** OPNsense. */
export const opnsense: Profile = {
  title: 'OPNsense',
  challenge: false,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP'],
  userAddress: [],
  timer: { waitsSeconds: 15, because: '5 s, three times', set: 'System → Access → Servers, Authentication Timeout 60' },
  settings: [
    'System → Access → Servers → Add: type RADIUS, the address of Sallyport, the secret, port 1812, Authentication Timeout 60.',
    'VPN → OpenVPN → the server: this backend for authentication.',
    'Client export: `reneg-sec 0`, or every hour the user is asked anew.',
  ],
  userSees:
    'One field for the password: a push or call is approved meanwhile, or the passcode follows the password (`password,123456`).',
  limits: ['No address of the user reaches us: its requests hold none.'],
  sources: ['https://github.com/opnsense/core/blob/master/src/opnsense/mvc/app/library/OPNsense/Auth/Radius.php'],
};
