// npm run simulate -- [--seed S] [--seeds N] [--hours H]: the whole daemon on simulated time, with everything going wrong that can.
import { parseArgs } from 'node:util';
import { Simulation } from './simulation.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    hours: { type: 'string', default: '1' },
    without: { type: 'string', default: '' },
    story: { type: 'string' },
  },
});

const first = Number(values.seed);
let failed = 0;
let hours = 0;
const begun = performance.now();
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const simulation = new Simulation({ seed, hours: Number(values.hours), without: values.without.split(',') });
  const report = await simulation.run();
  hours += report.simulatedMs / 3_600_000;
  const counts = Object.entries(report.counts).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`seed ${seed}: ${(report.simulatedMs / 3_600_000).toFixed(2)} h, ${report.steps} steps, ${counts.join(', ')}\n`);
  if (report.violations.length === 0) continue;
  failed++;
  for (const line of simulation.world.story(values.story)) process.stdout.write(`${line}\n`);
  for (const { atMs, promise, detail } of report.violations) process.stdout.write(`VIOLATED at ${(atMs / 1000).toFixed(6)}: ${promise}: ${detail}\n`);
  process.stdout.write(`again: npm run simulate -- --seed ${seed} --hours ${values.hours}\n`);
}
const seconds = (performance.now() - begun) / 1000;
process.stdout.write(`${hours.toFixed(1)} simulated hours in ${seconds.toFixed(1)} s: ${(hours / seconds).toFixed(3)} hours a second\n`);
process.exitCode = failed > 0 ? 1 : 0;
