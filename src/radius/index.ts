export { allValues, AttributeType, firstValue } from './attribute.ts';
export type { Attribute, ClearAttribute } from './attribute.ts';
