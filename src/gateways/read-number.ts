/**
 * A number as somebody wrote it, in E.164 with its extension behind `x` (`+15550109999x890`); `undefined` where it is none.
 * Whether it can be dialled is asked when it is. The numbering plans are loaded with the first one.
 */
export async function normaliseNumber(text: string, defaultCountry: string | undefined): Promise<string | undefined> {
  const { writtenNumber } = await import('./phone-number.ts');
  return writtenNumber(text, defaultCountry);
}
