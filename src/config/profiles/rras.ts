import type { Profile } from './profile.ts';

/** Microsoft Routing and Remote Access. */
export const rras: Profile = {
  title: 'Microsoft RRAS',
  challenge: false,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP', 'CHAP', 'MS-CHAPv2', 'EAP'],
  userAddress: ['Calling-Station-Id'],
  timer: { waitsSeconds: 5, set: '`Set-RemoteAccessRadius -ServerName ADDRESS -Purpose Authentication -Timeout 60`' },
  messageAuthenticator:
    'Off unless `-MsgAuthenticator Enabled` is given (in the console: “Always use message authenticator”); EAP always has it.',
  settings: [
    '`Add-RemoteAccessRadius -ServerName ADDRESS -Purpose Authentication -SharedSecret SECRET -Port 1812 -Timeout 60 -MsgAuthenticator Enabled`',
    'Or in the console: server → Properties → Security → RADIUS Authentication → Configure.',
  ],
  userSees: 'Nothing of its own: a push or call is approved while the VPN connects.',
  limits: ['Windows clients speak MS-CHAPv2 or EAP, which only a home server (an NPS) can check: `type: radius`.'],
  sources: [
    'https://learn.microsoft.com/powershell/module/remoteaccess/add-remoteaccessradius',
    'https://support.microsoft.com/topic/kb5040268-how-to-manage-the-access-request-packets-attack-vulnerability-associated-with-cve-2024-3596-a0e2f0b1-f200-4a7b-844f-48d1d5ab9e66',
  ],
};
