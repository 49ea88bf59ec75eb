import type { Profile } from './profile.ts';

/** Microsoft Remote Desktop Gateway, whose NPS asks us. */
export const rdGateway: Profile = {
  title: 'Microsoft Remote Desktop Gateway',
  challenge: false,
  outOfBand: 'hold',
  timeoutSeconds: 60,
  duplicateSeconds: 'timeout',
  sendsPassword: false,
  protocols: [],
  userAddress: [],
  timer: {
    waitsSeconds: 3,
    set: '“Number of seconds without response before request is considered dropped” 60 in NPS → Remote RADIUS Server Groups → TS GATEWAY SERVER GROUP → Load Balancing',
  },
  group: {
    attribute: 'MS-RDG-Device-Redirection',
    example: 'Disable-Drives',
    meaning: 'which devices a session may redirect; several are added up (`3`: neither drives nor printers)',
  },
  messageAuthenticator:
    'Only sent when “Request must contain the message authenticator attribute” is set in the group’s Authentication/Accounting tab.',
  settings: [
    'RD Gateway Manager → Properties → RD CAP Store: Central server running NPS, the address of Sallyport and the secret.',
    'NPS → Remote RADIUS Server Groups → TS GATEWAY SERVER GROUP → the server → Load Balancing: 60 seconds without response until a request is dropped (3 by default), 60 seconds between requests to an unavailable server (30 by default).',
    'The same server → Authentication/Accounting: port 1812, “Request must contain the message authenticator attribute”.',
    'NPS → Connection Request Policies → TS GATEWAY AUTHORIZATION POLICY forwards to this group; leave it so.',
    'Where that NPS is also the home server (`type: radius`): add Sallyport as RADIUS client, and a connection request policy above the first that matches the client’s friendly name and authenticates on this server. Without it the request comes back to us: it is refused as `request-looped`, and the log says so.',
  ],
  userSees:
    'The Remote Desktop client waits at “Initiating remote connection” until the push, call or message is approved.',
  limits: [
    'There is no password in its requests, since the gateway has checked it, and no field for a passcode: only a push, a call to be approved and an SMS to be answered can be used, and nobody enrols here.',
    'The user sees no text of ours: a refusal is the client’s own message. Look into the log.',
    'No address of the user reaches us: trusted networks never count here.',
    'Every connection that the client opens is a prompt of its own, unless it is a repetition of the same request. The only thing that ties two of them is MS-Machine-Name, which the client makes up itself: whoever knows the password could name the user’s machine, ask at the same moment, and come in by the user’s approval.',
    'User names come as `DOMAIN\\user`: `stripDomain: [DOMAIN]` makes them the users of the store.',
  ],
  sources: [
    'https://learn.microsoft.com/entra/identity/authentication/howto-mfa-nps-extension-rdg',
    'https://learn.microsoft.com/openspecs/windows_protocols/ms-rnap/ae8fe04a-412f-4b39-a355-dcbc96bd7f93',
    'https://support.microsoft.com/topic/kb5040268-how-to-manage-the-access-request-packets-attack-vulnerability-associated-with-cve-2024-3596-a0e2f0b1-f200-4a7b-844f-48d1d5ab9e66',
  ],
};
