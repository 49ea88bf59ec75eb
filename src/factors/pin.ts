const DIGITS = /^\d{4,16}$/;

/** Why nobody should have that PIN, as a sentence that does not quote it; `undefined` when nothing is wrong with it. */
export function pinProblem(pin: string): string | undefined {
  if (!DIGITS.test(pin)) return 'A PIN has 4 to 16 digits.';
  if (isRepeated(pin)) return 'The PIN repeats itself: it is among the first that anybody tries.';
  if (isSequence(pin)) return 'The PIN is a row of digits in order: it is among the first that anybody tries.';
  return undefined;
}

/** One group of digits again and again: `0000`, `1212`, `123123`, `12121`. */
function isRepeated(pin: string): boolean {
  for (let length = 1; length <= pin.length / 2; length += 1) {
    if (pin.slice(0, length).repeat(pin.length).startsWith(pin)) return true;
  }
  return false;
}

/** Up or down by the same step, past 9 and 0 as well: `1234`, `9876`, `7890`, `2468`. */
function isSequence(pin: string): boolean {
  const steps = Array.from({ length: pin.length - 1 }, (_, at) => (Number(pin[at + 1]) - Number(pin[at]) + 10) % 10);
  return steps.every((step) => step === steps[0]);
}
