import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary.ts';

const DEMO = fileURLToPath(new URL('../../../examples/demo/demo.ts', import.meta.url));

function startDemo(): {
  child: ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream };
  folder: string;
} {
  const folder = temporaryFolder();
  const child = spawn(process.execPath, ['--conditions=andon-src', DEMO], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, folder };
}

/** Everything the demo starts inherits TMPDIR or is told the folder, so that what is left of it can be found. */
function leftIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

/** Node keeps its compile cache there too, which is nobody's business here. */
function foldersLeftIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('andon-demo-'));
}

test('the demo shows the way from a death to Online again, and leaves nothing running', async () => {
  const { child, folder } = startDemo();
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);

  expect(complaint).toBe('');
  expect(child.exitCode).toBe(0);
  expect(output.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  expect(output).toMatch(/^web +Online +generic-application +event +pid \d+$/m);
  expect(output).toMatch(/^disk +Online +free-space +poll$/m);
  const steps = [
    'is killed',
    'reads the failure record: killed by SIGKILL',
    'Terminate is called',
    'Terminate has cleaned up',
    'incarnation 2',
    'Online again',
  ];
  const timesUs = steps.map((step) => Number(new RegExp(`^ *(\\d+) us  .*${step}`, 'm').exec(output)?.[1]));
  expect(timesUs.every(Number.isInteger), output).toBe(true);
  expect(timesUs).toEqual([...timesUs].sort((one, other) => one - other));
  expect(output).toMatch(/^ +2500000 us .*on average/m);
  expect(output).toMatch(/^ +5000000 us .*at worst/m);
  expect(leftIn(folder)).toEqual([]);
  expect(foldersLeftIn(folder)).toEqual([]);
});

test('Ctrl-C in the middle of the demo leaves nothing running either', async () => {
  const { child, folder } = startDemo();
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('andon online')) break;
  }
  child.kill('SIGINT');
  await once(child, 'exit');

  expect(child.exitCode).toBe(130);
  expect(leftIn(folder)).toEqual([]);
  expect(foldersLeftIn(folder)).toEqual([]);
});
