import { createHash } from 'node:crypto';
import type { EnrolmentProgress } from '../factors/index.ts';

/** What a page says, and what a browser may do with it. */
export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

const STYLE = `
:root { color-scheme: light dark; }
body { font: 1.0625rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 34rem; padding: 1.5rem 1.25rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
li { margin-bottom: 1rem; }
svg { background: #fff; border-radius: .5rem; display: block; height: auto; margin: 1rem 0; max-width: 15rem; width: 100%; }
code { font-size: 1rem; overflow-wrap: anywhere; user-select: all; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input, button { border-radius: .375rem; box-sizing: border-box; font: inherit; padding: .625rem .75rem; }
input { border: 1px solid #767676; font-size: 1.375rem; letter-spacing: .15em; width: 10rem; }
button { background: #1f5fbf; border: 1px solid #1f5fbf; color: #fff; cursor: pointer; font-weight: 600; }
:focus-visible { outline: 3px solid #f0a020; outline-offset: 2px; }
.wrong { border-left: .25rem solid #c62828; padding-left: .75rem; }
.note { font-size: .9375rem; opacity: .8; }
`;

// The referrer is kept within this site: with none at all browsers send `Origin: null` with the form.
const HEADERS: Page['headers'] = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'same-origin',
  'x-robots-tag': 'noindex',
};

/** The page with the QR code and the field for the first passcode; `wrong`: what is said of the last one. */
export async function openPage(open: EnrolmentProgress & { kind: 'open' }, wrong?: string): Promise<Page> {
  const uri = open.uri.reveal().toString('utf8');
  const { default: qrcode } = await import('qrcode');
  const svg = await qrcode.toString(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 3 });
  const key = open.key
    .reveal()
    .toString('latin1')
    .replace(/.{4}(?!$)/g, '$& ');
  return page(
    'Set up your second factor',
    `<p>For <strong>${escape(open.enrollee.username)}</strong>, who logged in at <strong>${escape(open.enrollee.client)}</strong>.</p>
${wrong === undefined ? '' : `<p class="wrong" role="alert">${escape(wrong)}</p>`}
<ol>
<li>Install an authenticator app on your phone, if there is none yet.</li>
<li>Scan this code with the app. On the phone itself, <a href="${escape(uri)}">open it in the app</a>.
${svg.replace('<svg ', '<svg role="img" aria-label="QR code for the authenticator app" ')}
<span class="note">Or type this key into the app: <code>${escape(key)}</code></span></li>
<li>
<form method="post">
<label for="passcode">Type the six digits that the app shows now</label>
<input id="passcode" name="passcode" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,9}" maxlength="9" required>
<button type="submit">Confirm</button>
</form>
</li>
</ol>
<p class="note">Keep this page to yourself: whoever sees the code can log in as you.</p>`,
  );
}

/** The page after the proof. */
export function donePage(): Page {
  return page(
    'Done',
    '<p>Your second factor is set up. Go back to the window where you logged in and press OK, or log in again.</p>',
  );
}

/** The page for everything that does not go on. */
export function sorryPage(sentence: string): Page {
  return page('This does not go on', `<p>${escape(sentence)}</p>`);
}

function page(title: string, content: string): Page {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`;
  return { html, headers: HEADERS };
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
}
