/** Why an Accept: what the audit says beside `accept`. */
export const acceptReasons = [
  'both-doors', // primary and second factor
  'no-second-factor', // the policy asks for none
  'unenrolled-allowed', // staged roll-out: `unenrolled: allow`
  'app-password', // a password for one client alone, in place of both doors
  'remembered', // the first door, where both were passed a while ago from the same station
  'skipped-by-rule', // a rule says that the first door is enough
] as const;

/** Why an Access-Challenge was sent. */
export const challengeReasons = [
  'passcode-asked',
  'passcode-asked-again',
  'passcode-sent-asked', // a passcode is on its way by message
  'approval-asked', // a push or call is under way
  'factor-asked', // the menu
  'enrolment-asked', // `unenrolled: enrol`
  'new-password-asked', // the password has expired: a new one, or the same one again
  'new-password-asked-again', // mistyped, or none that can be used
  'new-password-refused', // by the directory: asked for another
  'password-changed', // written down beside what was asked next
  'password-change-allowed', // the second factor was shown: the change by MS-CHAP goes to the home server
  'home-server-asks',
  'eap-round', // the home server and the user’s device go on; not in the log of logins
] as const;

/** Why an Access-Reject was sent: the audit's denial reasons. */
export const denialReasons = [
  'username-invalid', // missing, empty, over-long, or with control characters
  'credentials-unsupported', // no PAP password where one is needed (CHAP, MS-CHAP, EAP)
  'primary-rejected', // wrong password or refused upstream
  'primary-unavailable', // no home server or store answered
  'user-disabled',
  'unenrolled', // no usable token and the policy says deny
  'not-activated', // there is a token, but nobody has proved yet that it works
  'locked-out', // too many wrong answers
  'password-change-refused', // by the directory, or mistyped too often
  'password-change-failed', // the directory did not answer: it may be changed or not
  'challenge-unsupported', // the client cannot show a challenge and no passcode was appended
  'passcode-wrong', // the last answer a challenge allows was wrong
  'passcode-replayed', // the passcode or its time step was already spent
  'passcode-sent', // by message; the client cannot ask for it, so it comes with the next password
  'approval-denied', // the user said no
  'approval-timeout', // no answer from the phone in time
  'fraud-reported', // the user said that it was somebody else
  'delivery-failed', // no gateway took the message or call
  'deliveries-limited', // too many messages, calls or pushes in five minutes
  'challenge-expired',
  'challenge-spent', // its State was answered before
  'challenge-mismatched', // the State belongs to another client or user
  'state-forged', // our mark, but a wrong MAC
  'owner-unreachable', // the State names a server that does not answer
  'too-busy', // bounded queues or stores are full
  'approval-only', // the client has no field for a passcode, and the user has nothing to approve with
  'request-looped', // it had been sent to a home server by us, and came back
  'denied-by-rule', // a rule lets them not in; the user reads the words for a wrong password
  'storage-failed', // the verdict could not be made durable
  'internal-error',
  'blocked', // on the block list: a fraud was reported, or an administrator says so
  'rate-limited', // too many requests of one client, for one user, or from one address
  'wrong-password-repeated', // refused a moment ago: the first door is not asked again
  'approvals-paused', // several pushes or calls in a row were not approved, and the user has no passcode
  'approval-needed', // no passcode can be typed there (CHAP, MS-CHAP, EAP), and the user has neither push nor call
  'identity-unproven', // EAP inside TLS, and the home server was not set up to name who that was
  'user-ambiguous', // several users of the directory have that name, or it belongs to another one here
  'logon-hours', // not at this time of the day (directory)
  'workstation-denied', // not from here (directory)
  'password-expired', // the right password, but too old
  'password-must-change', // the right password, to be changed at the first login
  'account-disabled', // in the directory
  'account-expired', // in the directory
  'account-locked', // in the directory, by its own count
  'password-change-unproven', // by MS-CHAP, without a login before it whose password was right but had expired
] as const;

/** Why nothing was sent although the packet was genuine. */
export const silenceReasons = ['answer-in-progress', 'unavailable-silent'] as const;

/** One of `acceptReasons`. */
export type AcceptReason = (typeof acceptReasons)[number];
/** One of `challengeReasons`. */
export type ChallengeReason = (typeof challengeReasons)[number];
/** One of `denialReasons`. */
export type DenialReason = (typeof denialReasons)[number];
/** One of `silenceReasons`. */
export type SilenceReason = (typeof silenceReasons)[number];
/** Why a verdict is what it is: in the log, the audit and the metrics. */
export type Reason = AcceptReason | ChallengeReason | DenialReason | SilenceReason;
