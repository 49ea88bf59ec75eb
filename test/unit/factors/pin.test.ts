import { describe, expect, it } from 'vitest';
import { pinProblem } from '../../../src/factors/index.ts';

describe('a PIN', () => {
  it.each(['4829', '1357924', '2580', '1995', '0071', '8675309024681357'])('may be %s', (pin) => {
    expect(pinProblem(pin)).toBeUndefined();
  });

  it.each(['', '123', '48291736482917364', '48a9', ' 4829', '4829\n', '４８２９', '-482'])(
    'is not %j: no 4 to 16 digits',
    (pin) => {
      expect(pinProblem(pin)).toContain('4 to 16 digits');
    },
  );

  it.each(['0000', '1212', '123123', '12121', '99999999', '48294829'])('is not %s, which repeats itself', (pin) => {
    expect(pinProblem(pin)).toContain('repeats');
  });

  it.each(['1234', '4321', '7890', '2109', '2468', '0123456789'])('is not %s, a row in order', (pin) => {
    expect(pinProblem(pin)).toContain('in order');
  });

  it('is not quoted in what is said about it', () => {
    for (const pin of ['1234', '0000', '12345678901234567']) expect(pinProblem(pin)).not.toContain(pin);
  });
});
