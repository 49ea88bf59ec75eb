import { RowProblem } from '../import/problem.ts';
import { attribute, element, elementNames, elements, textOf } from './xml.ts';
import type { XmlElement } from './xml.ts';

const known = ['StartDate', 'ExpiryDate', 'PINPolicy', 'KeyUsage'];

/**
 * Refuses a key whose policy forbids what we would do with it. RFC 6030 §5: whoever does not understand a part of the
 * policy must not use the key. Throws `RowProblem`.
 */
export function refusePolicy(key: XmlElement, device: XmlElement | undefined, nowMs: number): void {
  const policy = element(key, 'Policy');
  for (const dated of [policy, device]) if (dated !== undefined) refuseDates(dated, nowMs);
  if (policy === undefined) return;
  const foreign = elementNames(policy).find((name) => !known.includes(name));
  if (foreign !== undefined) throw new RowProblem(`its policy has a ${foreign}, which is not supported`);
  const usages = elements(policy, 'KeyUsage').map((usage) => textOf(usage));
  if (usages.length > 0 && !usages.includes('OTP')) throw new RowProblem('its policy does not allow it for passcodes');
  const pin = element(policy, 'PINPolicy');
  // A PIN that the device checks by itself is no matter of ours.
  if (pin !== undefined && attribute(pin, 'PINUsageMode') !== 'Local') {
    throw new RowProblem('its policy wants a PIN together with the passcode, which is not supported');
  }
}

function refuseDates(dated: XmlElement, nowMs: number): void {
  const start = readDate(dated, 'StartDate');
  const end = readDate(dated, 'ExpiryDate');
  if (start !== undefined && start > nowMs) throw new RowProblem(`it is valid only from ${textOf(dated, 'StartDate')}`);
  if (end !== undefined && end <= nowMs) throw new RowProblem(`it has expired: ${textOf(dated, 'ExpiryDate')}`);
}

// XML Schema's dateTime is that of ISO 8601; without a zone it is taken for UTC (RFC 6030 §5 wants UTC).
function readDate(dated: XmlElement, name: string): number | undefined {
  const text = textOf(dated, name);
  if (text === '') return undefined;
  const isDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/.test(text);
  const ms = isDate ? Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`) : Number.NaN;
  if (Number.isNaN(ms)) throw new RowProblem(`the ${name} of its policy is no date`);
  return ms;
}
