import { spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ResourceDefinition } from '@andon/protocol';
import { expect, test } from 'vitest';
import { andon, fakeDaemon, testFolder } from './run-andon.ts';

test.each([
  { words: ['stat'], says: ['status'] },
  { words: ['resource', 're'], says: ['remove'] },
  { words: ['group', 'o'], says: ['online', 'offline'] },
  { words: ['online', 's'], says: ['shop'] },
  { words: ['--user', 'resource', 'add', 'x', '--sep'], says: ['--separate-monitor'] },
  { words: ['group', 'online', ''], says: ['shop'] },
  { words: ['nonsense', 'x'], says: [] },
])('andon complete -- $words', async ({ words, says }) => {
  const groups = [{ name: 'shop', description: '', state: 'Online' as const, resources: [] }];
  const { folder, daemon } = await fakeDaemon({ groupList: () => ({ groups }) });
  const resources = ['shop', 'mail'].map((name) => ResourceDefinition.parse({ name, type: 't' }));
  daemon.answers.resourceList = () => ({ resources });
  const ran = await andon(['complete', '--', ...words], folder);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout.split('\n').slice(0, -1)).toEqual(says);
});

test('without a daemon there are no names, and no complaint', async () => {
  expect(await andon(['complete', '--', 'online', ''], await testFolder())).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '',
  });
});

test('bash takes the script, and completes with it', async () => {
  const folder = await testFolder();
  const { stdout: script } = await andon(['completion', 'bash'], folder);
  const bin = fileURLToPath(new URL('../../../cli/bin/andon.js', import.meta.url));
  await writeFile(join(folder, 'andon'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
  await chmod(join(folder, 'andon'), 0o755);
  const typed = `${script}\nCOMP_WORDS=(andon resource s); COMP_CWORD=2; _andon; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = spawnSync('bash', ['-c', typed], {
    env: { PATH: `${folder}:${process.env['PATH']}`, HOME: folder },
    encoding: 'utf8',
  });
  expect(stdout).toBe('show\nset\n');
});

test('an unknown shell is refused with those that are known', async () => {
  const ran = await andon(['completion', 'bsh'], await testFolder());
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('There is no completion for "bsh". Did you mean "bash"?\nKnown: bash, zsh, fish, powershell.');
});
