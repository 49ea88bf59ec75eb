/**
 * A number as somebody wrote it, in E.164 with its extension behind `x` (`+15550109999x890`); `undefined` where it is none.
 * Whether it can be dialled is asked when it is. The numbering plans are loaded with the first one.
 */
export async function normaliseNumber(text: string, defaultCountry: string | undefined): Promise<string | undefined> {
  const { writtenNumber } = await import('./phone-number.ts');
  return writtenNumber(text, defaultCountry);
}

/**
 * Why nothing can be sent to that number, or rung at it: a clause without the number (`the phone number is a premium-rate
 * number`); `undefined` where something can.
 */
export async function numberProblem(text: string, defaultCountry: string | undefined): Promise<string | undefined> {
  const { parseNumber } = await import('./phone-number.ts');
  const parsed = parseNumber(text, defaultCountry);
  return parsed.kind === 'invalid' ? parsed.problem : undefined;
}
