import type { Profile } from './profile.ts';

/** Omnissa (VMware) Horizon. */
export const horizon: Profile = {
  title: 'Omnissa (VMware) Horizon',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP', 'CHAP', 'MS-CHAPv2'],
  userAddress: undefined,
  timer: { set: 'the authenticator’s Server timeout 60 and Max attempts 1' },
  settings: [
    'Horizon Console → Settings → Servers → Connection Servers → Edit → Authentication: 2-factor authentication RADIUS, Create New Authenticator.',
    'Authenticator: the address of Sallyport, port 1812, accounting port 0, type PAP, the secret, Server timeout 60, Max attempts 1.',
    '“Use the same username and password for RADIUS and Windows authentication”: then nobody types the password twice.',
  ],
  userSees:
    'Horizon Client shows the question in a window of its own, with a field for the passcode; while a push is open it waits.',
  limits: [
    'Leave the accounting port at 0 unless accounting is relayed: otherwise each login waits for an answer to it.',
  ],
  sources: ['https://www.manualshelf.com/manual/vmware/horizon-6-2/administration-english/page-41.html'],
};
