import fc from 'fast-check';

/** One thing that takes input from outside, with what must hold for every input. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs that show every form at least once. Mutation starts from these, from the corpus, and from what coverage adds. */
  readonly seeds: readonly Uint8Array[];
  /** Inputs made from what is known so far. */
  arbitrary(known: readonly Uint8Array[]): fc.Arbitrary<Uint8Array>;
  /** Throws when a promise is broken. */
  check(input: Uint8Array): void | Promise<void>;
  /** Files whose coverage guides the search; none: the code runs in another process, or is too slow to be guided. */
  readonly guidedBy?: RegExp | undefined;
  /** Inputs that `npm test` adds to the corpus. */
  readonly freshInTests: number;
  close?(): Promise<void>;
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Longest input that mutation grows; what lies beyond a limit of the product is a seed. */
const LONGEST_GROWN = 1536;

/** Inputs that are known, cut, overwritten, doubled and joined; `words` are what the grammar is made of. */
export function mutated(known: readonly Uint8Array[], words: readonly string[]): fc.Arbitrary<Uint8Array> {
  const inserted = fc.oneof(fc.constantFrom(...words).map(bytesOf), fc.uint8Array({ minLength: 1, maxLength: 3 }));
  const place = fc.nat({ max: 0xffff });
  const length = fc.nat({ max: 16 });
  type Edit = (bytes: Uint8Array) => Uint8Array;
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.tuple(place, length, inserted).map(
      ([at, cut, add]) =>
        (bytes: Uint8Array) =>
          replace(bytes, at, cut, add),
    ),
    fc.tuple(place, inserted).map(
      ([at, add]) =>
        (bytes: Uint8Array) =>
          replace(bytes, at, 0, add),
    ),
    fc.tuple(place, length).map(
      ([at, cut]) =>
        (bytes: Uint8Array) =>
          replace(bytes, at, cut, new Uint8Array()),
    ),
    fc.tuple(place, place, length).map(([at, from, count]) => (bytes: Uint8Array) => {
      const start = from % (bytes.length + 1);
      return replace(bytes, at, 0, bytes.subarray(start, start + count));
    }),
    fc.tuple(place, fc.nat()).map(
      ([at, other]) =>
        (bytes: Uint8Array) =>
          replace(bytes, at, 0, pick(known, other)),
    ),
  );
  return fc
    .tuple(fc.nat(), fc.array(edit, { maxLength: 8 }))
    .map(([index, edits]) =>
      edits.reduce((bytes, change) => change(bytes).subarray(0, Math.max(LONGEST_GROWN, bytes.length)), pick(known, index)),
    );
}

function pick(known: readonly Uint8Array[], index: number): Uint8Array {
  return known[index % known.length] ?? new Uint8Array();
}

function replace(bytes: Uint8Array, at: number, cut: number, add: Uint8Array): Uint8Array {
  const start = at % (bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, start), add, bytes.subarray(start + cut)]);
}
