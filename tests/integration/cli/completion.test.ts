import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ControlResult, ResourceDefinition } from '@andon/protocol';
import { expect, test } from 'vitest';
import { hostStatus, resourceStatus } from './fake-daemon.ts';
import { andon, fakeDaemon, testFolder } from './run-andon.ts';

const ANDON = fileURLToPath(new URL('../../../cli/bin/andon.js', import.meta.url));
const run = promisify(execFile);

const TYPE: ControlResult<'typeShow'> = {
  name: 'worker',
  description: '',
  command: ['/srv/worker'],
  env: {},
  properties: {},
  builtIn: false,
  source: null,
  resources: [],
  hosts: [],
  jsonSchema: { type: 'object', properties: { queue: { type: 'string' }, level: { enum: ['low', 'high'] }, quick: { type: 'boolean' } } },
} as never;

/** A daemon with two resources, a group, a type and a host. */
async function someDaemon(): Promise<string> {
  const definitions = ['shop', 'mail'].map((name) => ResourceDefinition.parse({ name, type: 'worker' }));
  const { folder } = await fakeDaemon({
    resourceList: () => ({ resources: definitions }),
    resourceShow: () => ({ definition: definitions[0]!, source: null, status: resourceStatus('shop') }),
    groupList: () => ({ groups: [{ name: 'front', description: '', state: 'Online', resources: [] }] }),
    hostList: () => ({ hosts: [hostStatus('worker.mail')] }),
    typeList: () => ({ types: [TYPE] }),
    typeShow: () => TYPE,
  });
  return folder;
}

test.each([
  { line: 'stat', says: ['status'] },
  { line: 'resource re', says: ['remove'] },
  { line: 'help resource se', says: ['set'] },
  { line: 'group o', says: ['online', 'offline'] },
  { line: 'online s', says: ['shop'] },
  { line: 'online shop ', says: ['mail'] },
  { line: 'offline --wait 3 ', says: ['shop', 'mail'] },
  { line: 'offline --wait ', says: [] },
  { line: '--user resource add x --sep', says: ['--separate-monitor'] },
  { line: 'group online ', says: ['front'] },
  { line: 'status --group ', says: ['front'] },
  { line: 'status --group=f', says: ['--group=front'] },
  { line: 'resource add ', says: [] },
  { line: 'resource add x --type ', says: ['worker'] },
  { line: 'resource add x --type worker --set ', says: ['queue=', 'level=', 'quick='] },
  { line: 'resource set shop --set level=', says: ['level=low', 'level=high'] },
  { line: 'resource set shop --set quick=t', says: ['quick=true'] },
  { line: 'resource set shop --unset l', says: ['level'] },
  { line: 'resource set shop --property RestartA', says: ['RestartAction='] },
  { line: 'resource add x --property RestartAction=R', says: ['RestartAction=RestartNoNotify', 'RestartAction=RestartNotify'] },
  { line: 'type register --name w --property killScope=t', says: ['killScope=tree'] },
  { line: 'type register --name ', says: [] },
  { line: 'type register --name w -- py', says: [':files'] },
  { line: 'logs ', says: ['worker.mail', 'shop', 'mail'] },
  { line: 'events --host ', says: ['worker.mail'] },
  { line: 'events --kind hostQ', says: ['hostQuarantined'] },
  { line: 'control shop getS', says: ['getState', 'getStatus'] },
  { line: 'completion z', says: ['zsh'] },
  { line: 'apply -f ', says: [':files'] },
  { line: 'apply --file=man', says: [':files'] },
  { line: 'nonsense x', says: [] },
])('andon $line<TAB>', async ({ line, says }) => {
  const ran = await andon(['complete', '--', ...line.split(' ')], await someDaemon());
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

/** What the shell `name` offers for this line, with the script that andon prints for it, and a daemon. Asked in the shell's own words. */
async function offered(name: string, ask: (script: string, line: string) => readonly string[], line: string): Promise<readonly string[]> {
  const folder = await someDaemon();
  const script = join(folder, 'script');
  await writeFile(script, (await andon(['completion', name], folder)).stdout);
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin/andon'), `#!/bin/sh\nexec "${process.execPath}" "${ANDON}" "$@"\n`);
  await chmod(join(folder, 'bin/andon'), 0o755);
  await mkdir(join(folder, 'work/manifests'), { recursive: true });
  await writeFile(join(folder, 'work/my shop.toml'), '');
  const env = { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, HOME: folder, ANDON_RUNTIME_DIR: folder, LC_ALL: 'C.UTF-8' };
  const [program = '', ...args] = ask(script, line);
  const { stdout } = await run(program, args, { env, cwd: join(folder, 'work') });
  return stdout.split('\n').filter((word) => word !== '');
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** As readline calls it: words broken at = and :, the line and the place of the cursor beside them. */
function askBash(script: string, line: string): readonly string[] {
  const words = line.split(' ').flatMap((word) => (word === '' ? [''] : word.split(/([=:])/).filter((part) => part !== '')));
  const setting = `COMP_WORDS=(${words.map(quoted).join(' ')}); COMP_CWORD=${words.length - 1}; COMP_LINE=${quoted(line)}; COMP_POINT=${line.length}`;
  return ['bash', '-c', `source ${quoted(script)}; ${setting}; _andon andon; printf '%s\\n' "\${COMPREPLY[@]}"`];
}

/** Only the last step, handing over to the line editor, is ours: it works nowhere but in one. */
function askZsh(script: string, line: string): readonly string[] {
  const words = line.split(' ');
  const stubs = `compadd() { while [[ $1 != -a ]]; do shift; done; print -rl -- "\${(@P)2}" }; compset() { PREFIX=\${PREFIX##*=} }; _files() { print -rl -- \${PREFIX}*(N) }`;
  return [
    'zsh',
    '-fc',
    `${stubs}; source ${quoted(script)}; words=(${words.map(quoted).join(' ')}); CURRENT=${words.length}; PREFIX=${quoted(words.at(-1) ?? '')}; _andon`,
  ];
}

function askFish(script: string, line: string): readonly string[] {
  return ['fish', '--no-config', '-c', `source ${quoted(script)}; complete -C ${quoted(line)}`];
}

/** `behindBreak`: readline wants only what stands behind the last = of the word. */
const LINES = [
  { line: 'andon resource s', says: ['show', 'set'] },
  { line: 'andon online ', says: ['shop', 'mail'] },
  { line: 'andon resource set shop --set qu', says: ['queue=', 'quick='] },
  { line: 'andon resource set shop --set level=', says: ['level=low', 'level=high'], behindBreak: ['low', 'high'] },
  { line: 'andon resource set shop --set level=h', says: ['level=high'], behindBreak: ['high'] },
  { line: 'andon status --group=fr', says: ['--group=front'], behindBreak: ['front'] },
  { line: 'andon apply -f my', says: ['my shop.toml'] },
  { line: 'andon resource add x ', says: [] },
];
const isThere = (name: string): boolean => spawnSync(name, ['--version']).status === 0;

test.each(LINES)('bash: $line<TAB>', async ({ line, says, behindBreak }) => {
  expect(await offered('bash', askBash, line)).toEqual(behindBreak ?? says);
});

test('bash: words alone, as other completion functions hand them on, are enough', async () => {
  const ask = (script: string): readonly string[] => [
    'bash',
    '-c',
    `source ${quoted(script)}; COMP_WORDS=(andon resource s); COMP_CWORD=2; _andon; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ];
  expect(await offered('bash', ask, '')).toEqual(['show', 'set']);
});

test.skipIf(!isThere('zsh')).each(LINES)('zsh: $line<TAB> (needs zsh)', async ({ line, says }) => {
  expect(await offered('zsh', askZsh, line)).toEqual(says);
});

test.skipIf(!isThere('fish')).each(LINES)('fish: $line<TAB> (needs fish)', async ({ line, says }) => {
  // Fish sorts, and may say what a thing is behind a tab.
  const found = (await offered('fish', askFish, line)).map((word) => word.split('\t')[0]);
  expect(found.toSorted()).toEqual(says.toSorted());
});

test('an unknown shell is refused with those that are known', async () => {
  const ran = await andon(['completion', 'bsh'], await testFolder());
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('There is no completion for "bsh". Did you mean "bash"?\nKnown: bash, zsh, fish, powershell.');
});
