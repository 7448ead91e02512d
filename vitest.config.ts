import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Sources run unbuilt: every workspace exports its `src` under this condition.
const conditions = ['andon-src'];
const folders = (...names: string[]): string[] => names.map((name) => `tests/${name}/**/*.test.ts`);

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    reporters: [
      'default',
      ...(process.env['CI']
        ? [['junit', { outputFile: process.env['JUNIT_FILE'] ?? 'reports/junit.xml' }] as ['junit', { outputFile: string }]]
        : []),
      './tests/tally-reporter.ts',
    ],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: folders('unit', 'contract', 'architecture', 'supply-chain') },
      },
      {
        extends: true,
        test: {
          name: 'model',
          include: folders('model', 'simulation'),
          // Node itself loads these, as it loads the product: what vitest makes of an import costs a million steps a third of their time.
          experimental: { viteModuleRunner: false },
          execArgv: conditions.map((condition) => `--conditions=${condition}`),
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: folders('integration', 'scenarios', 'fault', 'security', 'fuzz', 'docs', 'service'),
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // These start real daemons and hosts: more of them at once than there are cores measures the machine.
          maxWorkers: Math.min(2, availableParallelism()),
        },
      },
      {
        extends: true,
        test: {
          name: 'hosts',
          include: folders('hosts'),
          // After the others: compilers at work would slow their daemons down.
          sequence: { groupOrder: 1 },
          // Compilers run first, then the conformance kit, which mostly waits for what the protocol's own times bring.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: Math.min(2, availableParallelism()),
        },
      },
    ],
  },
});
