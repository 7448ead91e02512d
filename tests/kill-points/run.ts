// npm run kill-points -- [--kills N] [--seed S] [--only "POINT"]: the long form of tests/scenarios/kill-points.test.ts.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' }, only: { type: 'string' } },
});
const { status } = spawnSync('npx', ['vitest', 'run', 'tests/scenarios/kill-points.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ANDON_KILLS: values.kills,
    ANDON_KILL_SEED: values.seed,
    ...(values.only === undefined ? {} : { ANDON_KILL_ONLY: values.only }),
  },
});
process.exit(status ?? 1);
