/** What is to change from one text to another: removed lines behind `-`, new ones behind `+`, in their order. Comments are left out. */
export function difference(before: string, after: string): string[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const lengths = commonLengths(old, fresh);
  const lines: string[] = [];
  for (let i = 0, j = 0; i < old.length || j < fresh.length;) {
    const [left, right] = [old[i], fresh[j]];
    if (left === right) {
      i++;
      j++;
    } else if (right === undefined || (left !== undefined && lengthAt(lengths, i + 1, j) >= lengthAt(lengths, i, j + 1))) {
      lines.push(`- ${left}`);
      i++;
    } else {
      lines.push(`+ ${right}`);
      j++;
    }
  }
  return lines;
}

/** Length of the longest common subsequence from each pair of places to the ends. */
function commonLengths(old: readonly string[], fresh: readonly string[]): number[][] {
  const lengths = Array.from({ length: old.length + 1 }, () => Array.from({ length: fresh.length + 1 }, () => 0));
  for (let i = old.length - 1; i >= 0; i--) {
    const row = lengths[i] ?? [];
    for (let j = fresh.length - 1; j >= 0; j--) {
      row[j] =
        old[i] === fresh[j] ? lengthAt(lengths, i + 1, j + 1) + 1 : Math.max(lengthAt(lengths, i + 1, j), lengthAt(lengths, i, j + 1));
    }
  }
  return lengths;
}

function lengthAt(lengths: readonly (readonly number[])[], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
