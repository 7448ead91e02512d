import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import builtInTypes from '../../resource-host/builtin-types.json' with { type: 'json' };
import { TestDaemon } from '../support/daemon.ts';

const ROOT = join(import.meta.dirname, '../..');
const names = builtInTypes.map(({ name }) => name).sort();

function namesIn(folder: string, ending: string): string[] {
  const files = readdirSync(join(ROOT, folder)).filter((file) => file.endsWith(ending) && !file.startsWith('README'));
  return files.map((file) => file.slice(0, -ending.length)).sort();
}

describe('each type that comes with andon', () => {
  test('has a page', () => expect(namesIn('docs/types', '.md')).toEqual(names));

  test.for(names)('%s: the page has its properties, and each property says what it means', (name) => {
    const page = readFileSync(join(ROOT, 'docs/types', `${name}.md`), 'utf8');
    expect(page).toContain(`<!-- generated: properties of ${name} -->`);
    const properties: Readonly<Record<string, { readonly description?: string; readonly title?: string }>> =
      builtInTypes.find((type) => type.name === name)?.jsonSchema.properties ?? {};
    const silent = Object.entries(properties).filter(([, { description = '', title = '' }]) => description === '' || title === '');
    expect(silent.map(([property]) => property)).toEqual([]);
  });

  test('has an example that the daemon would take', async () => {
    expect(namesIn('examples/types', '.toml')).toEqual(names);
    const daemon = await TestDaemon.start();
    for (const name of names) {
      const example = join(ROOT, 'examples/types', `${name}.toml`);
      expect(existsSync(example)).toBe(true);
      expect(readFileSync(example, 'utf8')).toContain(`type = "${name}"`);
      expect(await daemon.andon('apply', '--dry-run', '-f', example)).toMatchObject({ code: 0 });
    }
  });
});
