import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/index.ts';

/** Chance as the machine gives it. */
export const systemRandom: Random = {
  uniform: () => Math.random(),
  token: () => randomBytes(16).toString('hex'),
};
