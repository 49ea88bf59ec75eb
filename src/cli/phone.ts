import { numberProblem } from '../gateways/index.ts';

/**
 * Why that is no number that can be rung, as a sentence; `undefined` when it is one. It needs its country (`+45 …`) and may
 * have an extension behind `x`, `ext.` or a comma.
 */
export async function phoneProblem(text: string): Promise<string | undefined> {
  if (!text.trim().startsWith('+')) return '--phone needs the number with its country: +45 20 12 34 56.';
  const problem = await numberProblem(text, undefined);
  return problem === undefined ? undefined : `--phone: ${problem}.`;
}
