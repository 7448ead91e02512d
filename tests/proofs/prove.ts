// npm run prove [-- S28 S31 …]: damages the product as each proof says, in a copy, and expects the citing test to notice.
import { allProofs } from './all-proofs.ts';
import { runTests, type Verdict } from './citing-test.ts';
import type { Proof } from './proof.ts';
import { WorkingCopy } from './working-copy.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interruption.abort(`interrupted by ${signal}`));

interface Outcome {
  readonly isProved: boolean;
  readonly text: string;
}

/** The citing tests as they are without any patch; one that is red already proves nothing. */
async function undamaged(copy: WorkingCopy, proofs: readonly Proof[]): Promise<ReadonlyMap<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  for (const [file, ofFile] of Map.groupBy(proofs, ({ test }) => test)) {
    const titles = [...new Set(ofFile.map(({ title }) => title))];
    for (const [title, verdict] of await runTests(copy.folder, file, titles, interruption.signal))
      verdicts.set(`${file} ${title}`, verdict);
  }
  return verdicts;
}

async function prove(copy: WorkingCopy, proof: Proof, before: Verdict | undefined): Promise<Outcome> {
  const { test, title, breaks } = proof;
  if (before?.kind !== 'green') return { isProved: false, text: `not green without the patch: "${title}" (${before?.why ?? 'not run'})` };
  const answer = await copy.patched(proof, () => runTests(copy.folder, test, [title], interruption.signal));
  if ('problem' in answer) return { isProved: false, text: `cannot be patched: ${answer.problem}` };
  const verdict = answer.get(title);
  if (verdict?.kind === 'red') return { isProved: true, text: `red by "${title}": ${verdict.why}` };
  if (verdict?.kind === 'broken') return { isProved: false, text: `broken, not red: ${verdict.why}` };
  return { isProved: false, text: `SURVIVED "${title}": ${breaks}` };
}

const all = await allProofs();
const wanted = new Set(process.argv.slice(2));
const chosen = all.filter(({ statement }) => wanted.size === 0 || wanted.has(statement));
const unknown = [...wanted].filter((statement) => !all.some((proof) => proof.statement === statement));
const copy = new WorkingCopy();
let passed = 0;
let failed = unknown.length;
try {
  const before = await undamaged(copy, chosen);
  for (const proof of chosen) {
    const { isProved, text } = await prove(copy, proof, before.get(`${proof.test} ${proof.title}`));
    if (isProved) passed++;
    else failed++;
    process.stdout.write(`${proof.statement.padEnd(5)} ${text}\n`);
  }
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  failed++;
  process.stdout.write(`${String(error)}\n`);
} finally {
  copy.remove();
}
for (const statement of unknown) process.stdout.write(`${statement.padEnd(5)} has no proof\n`);
process.stdout.write(`${passed} passed, ${failed} failed, ${all.length - chosen.length} skipped\n`);
process.exitCode = failed > 0 || chosen.length === 0 ? 1 : 0;
