import type { Profile } from './profile.ts';

/** pfSense. */
export const pfsense: Profile = {
  title: 'pfSense',
  challenge: false,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP', 'CHAP', 'MS-CHAPv2'],
  // Its Calling-Station-Id for OpenVPN is its own address and a port.
  userAddress: [],
  timer: { waitsSeconds: 5, set: 'System → User Manager → Authentication Servers, Authentication Timeout 60' },
  group: { attribute: 'Class', example: 'vpn-staff', meaning: 'groups of the firewall, several with `;` between them' },
  settings: [
    'System → User Manager → Authentication Servers → Add: type RADIUS, protocol PAP, the address of Sallyport, the secret, port 1812, Authentication Timeout 60 (5 seconds when left empty).',
    'VPN → OpenVPN → the server: this backend for authentication.',
    'Client export: `reneg-sec 0`, or every hour the user is asked anew.',
  ],
  userSees:
    'One field for the password: a push or call is approved meanwhile, or the passcode follows the password (`password,123456`).',
  limits: ['No address of the user reaches us: for OpenVPN its Calling-Station-Id is the firewall’s own.'],
  sources: [
    'https://github.com/pfsense/pfsense/blob/master/src/etc/inc/openvpn.auth-user.php',
    'https://github.com/pfsense/pfsense/blob/master/src/usr/local/www/system_authservers.php',
    'https://www.watchguard.com/help/docs/help-center/en-US/Content/Integration-Guides/AuthPoint/pfSense-openvpn-radius_authpoint.html',
  ],
};
