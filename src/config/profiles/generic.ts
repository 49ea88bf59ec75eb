import type { Profile } from './profile.ts';

/** Any RADIUS client. */
export const generic: Profile = {
  title: 'any RADIUS client',
  challenge: true,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 10,
  sendsPassword: true,
  protocols: ['PAP'],
  userAddress: ['Calling-Station-Id'],
  group: { attribute: 'Class', example: 'staff', meaning: 'most NAS can map it to a group of theirs' },
  settings: [
    'RADIUS server: the address of Sallyport, UDP port 1812, and the shared secret of the client block.',
    'Time-out: 60 seconds in all, better one long wait than many short ones. Where less is possible, write what the NAS waits in all as `timeoutSeconds`.',
    'Protocol: PAP. The password is hidden by the shared secret, and the second factor is asked by challenge.',
    'Message-Authenticator: on, for requests and replies (CVE-2024-3596).',
  ],
  userSees: 'The question for the passcode, if the NAS shows challenges; otherwise the wait while the phone is asked.',
  limits: [
    'If the NAS shows no challenge, write `challenge: false`: the passcode then comes behind the password (`password,123456`), or the phone is asked.',
    'If its Calling-Station-Id is not the address of the user, write `userAddress: none`.',
  ],
  sources: ['https://www.rfc-editor.org/rfc/rfc2865', 'https://www.rfc-editor.org/rfc/rfc5080'],
};
