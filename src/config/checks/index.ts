import type { Finding } from '../problem.ts';
import type { Survey } from '../survey.ts';
import { checkAccounting } from './accounting.ts';
import { checkAddresses } from './addresses.ts';
import { checkDirectories } from './directories.ts';
import { checkGateways } from './gateways.ts';
import { checkNames } from './names.ts';
import { checkPhones } from './phones.ts';
import { checkRadsec } from './radsec.ts';
import { checkRules } from './rules.ts';
import { checkTimers } from './timers.ts';

export { checkAttributes } from './rules.ts';

/** What is wrong between parts that are each sound: names, addresses, references, timers. */
export function checkSurvey(survey: Survey): Finding[] {
  return [
    ...checkAddresses(survey),
    ...checkNames(survey),
    ...checkAccounting(survey),
    ...checkDirectories(survey),
    ...checkGateways(survey),
    ...checkPhones(survey),
    ...checkRules(survey),
    ...checkRadsec(survey),
    ...checkTimers(survey),
  ];
}
