import type { Profile } from './profile.ts';

/** Sophos Firewall. */
export const sophos: Profile = {
  title: 'Sophos Firewall',
  challenge: false,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP'],
  userAddress: undefined,
  timer: { set: 'Authentication → Servers → the RADIUS server, Time-out 60' },
  group: {
    attribute: 'Filter-Id',
    example: 'vpn-staff',
    meaning: 'a group of the firewall, once Filter-Id stands as “Group name attribute” of the server',
  },
  settings: [
    'Authentication → Servers → Add: type RADIUS, the address of Sallyport, port 1812, Time-out 60, the secret, Group name attribute Filter-Id.',
    'Authentication → Services: this server for VPN, and for the user portal.',
  ],
  userSees:
    'One field for the password: a push or call is approved meanwhile, or the passcode follows the password (`password,123456`).',
  limits: [
    'The Sophos Connect client shows no challenge. The user portal and the administration do: for those alone `challenge: true` works.',
  ],
  sources: [
    'https://docs.sophos.com/nsg/sophos-firewall/18.5/help/en-us/webhelp/onlinehelp/AdministratorHelp/Authentication/OneTimePassword/AuthenticationMFASettings/index.html',
    'https://www.avanet.com/en/kb/sophos-firewall-radius-server/',
  ],
};
