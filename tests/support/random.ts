/** Numbers from 0 to below 1 that a seed repeats. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** So many different elements, or all where there are fewer. */
export function someOf<Element>(elements: readonly Element[], count: number, random: () => number): Element[] {
  const left = [...elements];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
}
