import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares secrets in a time that tells nothing of where they differ, nor of their lengths: their digests are equally long. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

function digestOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
