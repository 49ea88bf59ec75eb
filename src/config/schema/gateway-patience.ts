import * as z from 'zod';
import { whole } from './common.ts';

/** What holds for each kind of gateway. */
export const gatewayPatience = {
  timeoutSeconds: z
    .number()
    .min(1)
    .max(60)
    .default(10)
    .describe('Seconds it may take to accept one delivery; after that the next gateway is tried.'),
  failures: whole(1, 100).default(5).describe('Failures in a row after which it is left aside.'),
  asideSeconds: whole(1, 3600)
    .default(30)
    .describe('Seconds it is left aside; then one delivery tries whether it is back.'),
};
