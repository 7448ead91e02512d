import { z } from 'zod';

/** The longest time that a timer of Node takes, 24.8 days. */
const MOST_MS = 0x7fff_ffff;

/** A time of `least` ms or more. */
export function milliseconds(least = 0): z.ZodInt {
  return z.int().min(least).max(MOST_MS);
}

/** What a property that holds a regular expression takes. */
export const regularExpression = z.string().min(1).refine(isRegularExpression, 'is not a regular expression');

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
