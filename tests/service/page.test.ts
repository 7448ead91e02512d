import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type ServicePlace, servicePlace } from '../../cli/src/service/service-place.ts';
import { directives } from '../../cli/src/service/unit.ts';
import { readPage } from '../docs/page.ts';
import { read } from '../integration/docs/documents.ts';
import { Machine, NODE, whyNoMachine } from '../support/systemd/machine.ts';

const UNIT = '/etc/systemd/system/andond.service';
const why = whyNoMachine();
const named = (name: string): string => `${name}${why === null ? '' : ` (skipped: ${why})`}`;
/** What the page says of blocks that are for here. */
const HERE = 'each needs a systemd of its own';
const blocks = readPage('docs/service.md').steps.flatMap((step) =>
  step.kind === 'commands' && step.notRun?.startsWith(HERE) ? [step] : [],
);

describe.skipIf(why !== null)(named('the commands of docs/service.md'), () => {
  let machine: Machine;
  let before: string[];
  beforeAll(async () => {
    machine = new Machine('system');
    await machine.boot();
    before = await machine.tree();
  });
  afterAll(() => machine.remove());

  test.each(blocks.map((step) => ({ ...step, title: step.text.split('\n')[0] })))(
    'line $line: $title',
    async ({ text, first, exitCode }) => {
      const script = ['set -e', 'cd /root', ...first, text].join('\n');
      const { code, stdout, stderr } = await machine.run(['bash', '-c', script], { PATH: '/usr/local/bin:/usr/sbin:/usr/bin' });
      expect({ code, output: code === exitCode ? '' : `${stdout}${stderr}` }).toEqual({ code: exitCode, output: '' });
    },
  );

  test('leave nothing behind but the copy of the configuration', async () => {
    expect(blocks.length).toBeGreaterThan(5);
    expect(await machine.tree(/ \/root\/exported\.toml /)).toEqual(before);
  });
});

const PLACES: Readonly<Record<'system' | 'user', ServicePlace>> = {
  system: servicePlace({ system: true }, {}, 0),
  user: servicePlace({}, { HOME: '/home/ada' }, 1000),
};

describe('docs/service.md', () => {
  const page = read('docs/service.md');
  const programs = { node: '/n', andond: '/d', andon: '/a', documentation: '/p' };

  test.each(['system', 'user'] as const)('has the reason of every directive of the unit of the %s', (scope) => {
    const keys = new Set(directives(PLACES[scope], programs).map(({ key }) => key));
    expect([...keys].filter((key) => !new RegExp(`^\\|[^|]*\`${key}[=\`]`, 'm').test(page))).toEqual([]);
  });

  test.skipIf(why !== null)(named('gives the figure of systemd-analyze security'), async () => {
    const machine = new Machine('system');
    await machine.boot().finally(() => onTestFinished(() => machine.remove()));
    await machine.must([NODE, '/opt/andon/cli/bin/andon.js', 'service', 'install', '--no-start']);
    const { stdout } = await machine.run(['systemd-analyze', 'security', '--offline=true', '--no-pager', UNIT]);
    const figure = /Overall exposure level for andond\.service: ([\d.]+) /.exec(stdout)?.[1];
    expect(page).toContain(`an exposure of **${figure}** of 10`);
  });
});
