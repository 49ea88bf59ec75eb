import type { Texts } from './texts.ts';

const TRY_AGAIN = 'Bitte melden Sie sich erneut an.';
const CALL_HELP_DESK = 'Bitte wenden Sie sich an Ihren Helpdesk.';

/** German. */
export const de: Texts = {
  enter: {
    own: 'Geben Sie den Code aus Ihrer App oder von Ihrem Token ein.',
    codes: 'Geben Sie einen Ihrer Ersatzcodes ein.',
    sms: 'Geben Sie den Code aus der SMS ein.',
    email: 'Geben Sie den Code aus der E-Mail ein.',
    call: 'Geben Sie den Code ein, den Sie am Telefon hören.',
    push: 'Bestätigen Sie die Anmeldung auf Ihrem Telefon und geben Sie dann die dort angezeigte Zahl ein.',
  },
  approve: {
    push: 'Bestätigen Sie die Anmeldung auf Ihrem Telefon und drücken Sie dann OK.',
    number: 'Wählen Sie {number} auf Ihrem Telefon und drücken Sie dann OK.',
    call: 'Nehmen Sie den Anruf an und drücken Sie dann OK.',
    sms: 'Beantworten Sie die SMS und drücken Sie dann OK.',
  },
  before: {
    'password-repeated': 'Das war Ihr Kennwort.',
    empty: 'Es wurde nichts eingegeben.',
    wrong: 'Dieser Code ist falsch.',
    'not-offered': 'Das ist für Sie nicht eingerichtet.',
    'not-delivered': 'Es konnte nichts gesendet werden.',
    'approval-open': 'Die Anmeldung ist noch nicht bestätigt.',
    'approval-late': 'Die Anmeldung wurde nicht rechtzeitig bestätigt.',
  },
  replayed: 'Dieser Code wurde schon benutzt. Warten Sie auf den nächsten und geben Sie ihn ein.',
  orPasscode: 'Oder geben Sie einen Code ein.',
  menu: 'Wie möchten Sie sich anmelden? Geben Sie eine Nummer ein:',
  menuNames: {
    own: 'Code',
    codes: 'Ersatzcode',
    sms: 'SMS',
    email: 'E-Mail',
    call: 'Anruf',
    push: 'Push',
  },
  or: 'Oder tippen Sie: {words}.',
  enrol: 'Richten Sie Ihren zweiten Faktor unter {url} ein, drücken Sie dann OK. Ihr Code: {code}',
  smsCode: '{code} ist Ihr Code für {issuer}.',
  smsReply:
    '{issuer}: Zum Anmelden antworten Sie auf diese Nachricht mit {code}. Melden Sie sich gerade nicht an, antworten Sie nicht.',
  emailSubject: 'Ihr Code für {issuer}',
  emailCode:
    '{code} ist Ihr Code für {issuer}. Wenn Sie sich gerade nicht anmelden, sagen Sie bitte Ihrem Helpdesk Bescheid.',
  pushTitle: '{issuer}: Sind Sie das?',
  pushBody: '{user} meldet sich bei {client} an.',
  pushBodyFrom: '{user} meldet sich von {address} bei {client} an.',
  denials: {
    'username-invalid': 'Der Benutzername oder das Kennwort ist falsch.',
    'credentials-unsupported': 'Diese Art der Anmeldung wird hier nicht unterstützt (nur PAP).',
    'primary-rejected': 'Der Benutzername oder das Kennwort ist falsch.',
    'primary-unavailable': `Ihr Kennwort kann gerade nicht geprüft werden. ${TRY_AGAIN}`,
    'user-disabled': 'Der Benutzername oder das Kennwort ist falsch.',
    unenrolled: `Für Sie ist kein zweiter Faktor eingerichtet. ${CALL_HELP_DESK}`,
    'not-activated': `Ihr zweiter Faktor ist noch nicht aktiviert. ${CALL_HELP_DESK}`,
    'locked-out': 'Zu viele falsche Antworten: Die Anmeldung ist eine Zeit lang gesperrt.',
    'challenge-unsupported': 'Hängen Sie Ihren Code an Ihr Kennwort an: Kennwort,123456.',
    'passcode-wrong': `Der Code ist falsch. ${TRY_AGAIN}`,
    'passcode-replayed': 'Dieser Code wurde schon benutzt. Warten Sie auf den nächsten und melden Sie sich erneut an.',
    'passcode-sent':
      'Ein Code ist unterwegs. Melden Sie sich erneut an und hängen Sie ihn an Ihr Kennwort an: Kennwort,123456.',
    'approval-denied': 'Die Anmeldung wurde auf Ihrem Telefon abgelehnt.',
    'approval-timeout': `Die Anmeldung wurde nicht rechtzeitig bestätigt. ${TRY_AGAIN}`,
    'fraud-reported': `Die Anmeldung wurde von Ihrem Telefon aus gemeldet und ist gesperrt. ${CALL_HELP_DESK}`,
    'delivery-failed': `Es konnte Ihnen keine Nachricht gesendet werden. ${TRY_AGAIN}`,
    'deliveries-limited': 'Es wurden Ihnen zu viele Nachrichten gesendet. Bitte warten Sie fünf Minuten.',
    'challenge-expired': `Die Anmeldung hat zu lange gedauert. ${TRY_AGAIN}`,
    'challenge-spent': `Diese Frage wurde schon beantwortet. ${TRY_AGAIN}`,
    'challenge-mismatched': TRY_AGAIN,
    'state-forged': TRY_AGAIN,
    'owner-unreachable': TRY_AGAIN,
    'too-busy': `Zurzeit gibt es zu viele Anmeldungen. ${TRY_AGAIN}`,
    'approval-only': `Hier geht es nur mit einer Push-Anfrage oder einem Anruf. ${CALL_HELP_DESK}`,
    'request-looped': 'Die Anmeldung ist zurzeit nicht möglich. Bitte versuchen Sie es später noch einmal.',
    'storage-failed': 'Die Anmeldung ist zurzeit nicht möglich. Bitte versuchen Sie es später noch einmal.',
    'internal-error': 'Die Anmeldung ist zurzeit nicht möglich. Bitte versuchen Sie es später noch einmal.',
  },
  reset: 'Ihr zweiter Faktor wurde zurückgesetzt:',
};
