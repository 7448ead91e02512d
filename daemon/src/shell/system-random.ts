import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/index.ts';

const TOKEN_BYTES = 16;

/** Chance as the machine gives it. */
export class SystemRandom implements Random {
  uniform(): number {
    return Math.random();
  }

  token(): string {
    return randomBytes(TOKEN_BYTES).toString('hex');
  }
}
