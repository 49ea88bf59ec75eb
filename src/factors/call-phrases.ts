/** The phrases of a call. */
export type PhraseName =
  | 'approve'
  | 'pin'
  | 'wrong-keys'
  | 'wrong-pin'
  | 'no-keys'
  | 'fraud'
  | 'approved'
  | 'fraud-reported'
  | 'goodbye'
  | 'passcode'
  | 'passcode-again';

/** What is spoken when nothing else fits. */
const FALLBACK_LANGUAGE = 'en';

const phrases = new Map<string, Readonly<Record<PhraseName, string>>>([
  [
    'en',
    {
      approve:
        'Hello. This call confirms your login. If you are signing in now, press the hash key. If you are not, press zero and then the hash key.',
      pin: 'Hello. This call confirms your login. If you are signing in now, enter your PIN and then press the hash key. If you are not, press zero and then the hash key.',
      'wrong-keys': 'That was not one of the keys asked for.',
      'wrong-pin': 'That PIN is not right.',
      'no-keys': 'No key was pressed.',
      fraud: 'Somebody may know your password. To report this, press one. Otherwise hang up.',
      approved: 'Your login is confirmed. Goodbye.',
      'fraud-reported': 'Thank you. Your report has been passed on. Goodbye.',
      goodbye: 'Your login has not been confirmed. Goodbye.',
      passcode: 'Hello. Your passcode is:',
      'passcode-again': 'Once more, your passcode is:',
    },
  ],
  [
    'de',
    {
      approve:
        'Guten Tag. Dieser Anruf bestätigt Ihre Anmeldung. Wenn Sie sich gerade anmelden, drücken Sie die Rautetaste. Wenn nicht, drücken Sie die Null und dann die Rautetaste.',
      pin: 'Guten Tag. Dieser Anruf bestätigt Ihre Anmeldung. Wenn Sie sich gerade anmelden, geben Sie Ihre PIN ein und drücken Sie dann die Rautetaste. Wenn nicht, drücken Sie die Null und dann die Rautetaste.',
      'wrong-keys': 'Diese Taste ist hier nicht vorgesehen.',
      'wrong-pin': 'Diese PIN ist nicht richtig.',
      'no-keys': 'Es wurde keine Taste gedrückt.',
      fraud:
        'Möglicherweise kennt jemand Ihr Kennwort. Um dies zu melden, drücken Sie die Eins. Andernfalls legen Sie auf.',
      approved: 'Ihre Anmeldung ist bestätigt. Auf Wiederhören.',
      'fraud-reported': 'Vielen Dank. Ihre Meldung wurde weitergegeben. Auf Wiederhören.',
      goodbye: 'Ihre Anmeldung wurde nicht bestätigt. Auf Wiederhören.',
      passcode: 'Guten Tag. Ihr Code lautet:',
      'passcode-again': 'Noch einmal, Ihr Code lautet:',
    },
  ],
  [
    'da',
    {
      approve:
        'Goddag. Dette opkald bekræfter dit login. Hvis du er ved at logge ind, så tryk på firkant. Hvis ikke, så tryk på nul og derefter på firkant.',
      pin: 'Goddag. Dette opkald bekræfter dit login. Hvis du er ved at logge ind, så indtast din pinkode, og tryk derefter på firkant. Hvis ikke, så tryk på nul og derefter på firkant.',
      'wrong-keys': 'Den tast kan ikke bruges her.',
      'wrong-pin': 'Pinkoden er forkert.',
      'no-keys': 'Der blev ikke trykket på nogen tast.',
      fraud: 'Måske kender nogen din adgangskode. Tryk på et for at melde det. Ellers læg på.',
      approved: 'Dit login er bekræftet. Farvel.',
      'fraud-reported': 'Tak. Din melding er givet videre. Farvel.',
      goodbye: 'Dit login er ikke bekræftet. Farvel.',
      passcode: 'Goddag. Din kode er:',
      'passcode-again': 'Igen, din kode er:',
    },
  ],
  [
    'fr',
    {
      approve:
        'Bonjour. Cet appel confirme votre connexion. Si vous êtes en train de vous connecter, appuyez sur la touche dièse. Sinon, appuyez sur zéro, puis sur dièse.',
      pin: 'Bonjour. Cet appel confirme votre connexion. Si vous êtes en train de vous connecter, composez votre code PIN, puis appuyez sur la touche dièse. Sinon, appuyez sur zéro, puis sur dièse.',
      'wrong-keys': 'Cette touche n’est pas valable.',
      'wrong-pin': 'Ce code PIN est incorrect.',
      'no-keys': 'Aucune touche n’a été pressée.',
      fraud:
        'Quelqu’un connaît peut-être votre mot de passe. Pour le signaler, appuyez sur un. Sinon, veuillez raccrocher.',
      approved: 'Votre connexion est confirmée. Au revoir.',
      'fraud-reported': 'Merci. Votre signalement a été transmis. Au revoir.',
      goodbye: 'Votre connexion n’a pas été confirmée. Au revoir.',
      passcode: 'Bonjour. Votre code est :',
      'passcode-again': 'Je répète, votre code est :',
    },
  ],
  [
    'es',
    {
      approve:
        'Hola. Esta llamada confirma su inicio de sesión. Si está iniciando sesión ahora, pulse la tecla almohadilla. Si no es así, pulse cero y después almohadilla.',
      pin: 'Hola. Esta llamada confirma su inicio de sesión. Si está iniciando sesión ahora, introduzca su PIN y después pulse la tecla almohadilla. Si no es así, pulse cero y después almohadilla.',
      'wrong-keys': 'Esa tecla no es válida.',
      'wrong-pin': 'El PIN no es correcto.',
      'no-keys': 'No se ha pulsado ninguna tecla.',
      fraud: 'Es posible que alguien conozca su contraseña. Para comunicarlo, pulse uno. Si no, cuelgue.',
      approved: 'Su inicio de sesión está confirmado. Adiós.',
      'fraud-reported': 'Gracias. Hemos transmitido su aviso. Adiós.',
      goodbye: 'Su inicio de sesión no se ha confirmado. Adiós.',
      passcode: 'Hola. Su código es:',
      'passcode-again': 'Repito, su código es:',
    },
  ],
  [
    'nl',
    {
      approve:
        'Goedendag. Deze oproep bevestigt uw aanmelding. Als u zich nu aanmeldt, druk dan op hekje. Zo niet, druk dan op nul en daarna op hekje.',
      pin: 'Goedendag. Deze oproep bevestigt uw aanmelding. Als u zich nu aanmeldt, toets dan uw pincode in en druk daarna op hekje. Zo niet, druk dan op nul en daarna op hekje.',
      'wrong-keys': 'Die toets is hier niet geldig.',
      'wrong-pin': 'Die pincode is niet juist.',
      'no-keys': 'Er is geen toets ingedrukt.',
      fraud: 'Misschien kent iemand uw wachtwoord. Druk op een om dit te melden. Hang anders op.',
      approved: 'Uw aanmelding is bevestigd. Tot ziens.',
      'fraud-reported': 'Dank u. Uw melding is doorgegeven. Tot ziens.',
      goodbye: 'Uw aanmelding is niet bevestigd. Tot ziens.',
      passcode: 'Goedendag. Uw code is:',
      'passcode-again': 'Nogmaals, uw code is:',
    },
  ],
]);

/** The languages that calls are spoken in. */
export const callLanguages: readonly string[] = [...phrases.keys()];

/** The phrase in that language (BCP 47: `de-AT` is served by `de`), in English where it is not spoken. */
export function phraseText(language: string, name: PhraseName): string {
  const spoken = languageSteps(language).flatMap((step) => phrases.get(step)?.[name] ?? []);
  return spoken[0] ?? phrases.get(FALLBACK_LANGUAGE)?.[name] ?? '';
}

/** The language itself, then without its last part, and so on: `zh-Hant-TW`, `zh-Hant`, `zh`; in lower case. */
export function languageSteps(language: string): string[] {
  const parts = language.toLowerCase().split('-');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('-'));
}
