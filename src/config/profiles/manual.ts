import { profileOf, profiles, type ProfileName } from './index.ts';
import type { Profile } from './profile.ts';

const names = Object.keys(profiles) as ProfileName[];

const OPEN = '<!-- prettier-ignore-start -->';
const CLOSE = '<!-- prettier-ignore-end -->\n';

/** A page for each kind of NAS and one that lists them: file name → Markdown. */
export function profilePages(): Readonly<Record<string, string>> {
  const pages = names.map((name) => [`nas/${name}.md`, page(name, profileOf(name))] as const);
  return { 'nas/README.md': index(), ...Object.fromEntries(pages) };
}

function index(): string {
  const rows = names.map((name) => {
    const profile = profileOf(name);
    return row([
      `[${profile.title}](${name}.md)`,
      `\`${name}\``,
      profile.challenge ? 'asked by challenge' : profile.sendsPassword ? 'behind the password' : 'not possible',
      approval(profile),
      waits(profile),
      `${profile.timeoutSeconds} s`,
      addressText(profile),
      profile.group === undefined ? '–' : `\`${profile.group.attribute}\``,
    ]);
  });
  return [
    OPEN,
    '# NAS by NAS',
    'What a client’s `profile` knows, and what to set on the NAS. Made from the profiles by `npm run docs`; do not edit.',
    `| NAS | \`profile\` | passcode | while a push is open | waits by itself | has to wait | address of the user | group |\n${'| --- '.repeat(8)}|\n${rows.join('')}`,
    'Explicit keys of the client win over its profile. A dash means that it is not known for sure. `sallyport check` warns where a factor takes longer than the NAS waits.',
    CLOSE,
  ].join('\n\n');
}

function page(name: ProfileName, profile: Profile): string {
  const { title, settings, userSees, limits, sources } = profile;
  return [
    OPEN,
    `# ${title}`,
    `Made from the profile \`${name}\` by \`npm run docs\`; do not edit. [All of them](README.md).`,
    section('In sallyport.yaml', clientBlock(name, profile)),
    section(
      'On the NAS',
      `ADDRESS is where Sallyport listens, SECRET what the client’s \`secret\` holds.\n\n${numbered(settings)}`,
    ),
    section('Timers and forms', facts(profile)),
    section('What the user sees', userSees),
    ...groupSection(profile),
    ...(limits.length === 0 ? [] : [section('Limits', listed(limits))]),
    section('Sources', listed(sources.map((source) => `<${source}>`))),
    CLOSE,
  ].join('\n\n');
}

function clientBlock(name: ProfileName, { timeoutSeconds, sendsPassword }: Profile): string {
  const lines = [
    'clients:',
    `  - name: ${name}`,
    '    address: 192.0.2.1',
    `    secret: { file: ${name}.secret }`,
    `    profile: ${name}`,
    // `gateway`: a primary of type none.
    `    primary: ${sendsPassword ? 'local' : 'gateway'}`,
    `    timeoutSeconds: ${timeoutSeconds}`,
  ];
  const more = sendsPassword
    ? ''
    : '\nwith `gateway: { type: none }` under `primaries`, and a policy whose first factor is `push` or `call`.';
  return `\`\`\`yaml\n${lines.join('\n')}\n\`\`\`${more === '' ? '' : `\n${more}`}`;
}

function facts(profile: Profile): string {
  const { timer, protocols, messageAuthenticator } = profile;
  const rows: [string, string | undefined][] = [
    ['waits by itself', timer?.waitsSeconds === undefined ? undefined : `${waits(profile)}${because(profile)}`],
    ['at most', timer?.maxSeconds === undefined ? undefined : `${timer.maxSeconds} s for one transmission`],
    ['to be set', timer?.set],
    ['default of `timeoutSeconds`', `${profile.timeoutSeconds} s`],
    [
      'answers repeated for',
      profile.duplicateSeconds === 'timeout' ? '`timeoutSeconds`' : `${profile.duplicateSeconds} s`,
    ],
    ['password', protocols.length === 0 ? 'none' : protocols.join(', ')],
    ['shows a challenge', profile.challenge ? 'yes' : 'no'],
    ['while a push or call is open', approval(profile)],
    ['address of the user', addressText(profile)],
    ['Message-Authenticator', messageAuthenticator],
  ];
  const known = rows.flatMap(([what, text]) => (text === undefined ? [] : [row([what, text])]));
  return `| | |\n| --- | --- |\n${known.join('').trimEnd()}`;
}

function groupSection({ group }: Profile): string[] {
  if (group === undefined) return [];
  const { attribute, example, meaning } = group;
  return [section('Groups', `\`${attribute}\` in the Access-Accept, such as \`${example}\`: ${meaning}.`)];
}

function approval({ challenge, outOfBand }: Profile): string {
  return challenge && outOfBand === 'ask' ? 'asked to approve and press OK' : 'the answer is held';
}

function waits({ timer }: Profile): string {
  return timer?.waitsSeconds === undefined ? '–' : `${timer.waitsSeconds} s`;
}

function because({ timer }: Profile): string {
  return timer?.because === undefined ? '' : ` (${timer.because})`;
}

function addressText({ userAddress }: Profile): string {
  if (userAddress === undefined) return 'not confirmed: shown from Calling-Station-Id, not trusted';
  return userAddress.length === 0 ? 'none reaches us' : userAddress.map((name) => `\`${name}\``).join(', ');
}

function section(heading: string, text: string): string {
  return `## ${heading}\n\n${text}`;
}

function numbered(lines: readonly string[]): string {
  return lines.map((line, at) => `${at + 1}. ${line}`).join('\n');
}

function listed(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}
