// Keys that can be pressed once a call is answered; a comma waits.
const EXTENSION = /^[0-9*#,]{1,32}$/;

/**
 * Why that is no number that can be rung, as a sentence; `undefined` when it is one. It needs its country (`+45 …`) and may
 * have an extension behind `x`, `ext.` or a comma.
 */
export async function phoneProblem(text: string): Promise<string | undefined> {
  const [main = '', ...keys] = text.split(',');
  if (!main.trim().startsWith('+')) return '--phone needs the number with its country: +45 20 12 34 56.';
  // The numbering plans of all countries, loaded where one is needed.
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/max');
  const parsed = parsePhoneNumberFromString(main, { extract: false });
  if (parsed?.isValid() !== true) return '--phone is no phone number that can exist.';
  if (parsed.getType() === 'PREMIUM_RATE') return '--phone is a premium-rate number.';
  const extension = [parsed.ext ?? '', ...keys].join(',').replace(/\s/g, '');
  const isDialled = (parsed.ext === undefined && keys.length === 0) || EXTENSION.test(extension);
  return isDialled ? undefined : '--phone has an extension that no phone can dial.';
}
