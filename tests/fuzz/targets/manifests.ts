import assert from 'node:assert/strict';
import { AndonError } from '@andon/protocol';
import { readManifest, readSettings, writeManifest } from '@andon/protocol/manifest';
import { bytesOf, type FuzzTarget, mutated, textOf } from '../target.ts';
import { configurationOf, sorted } from './configurations.ts';

const WORDS = [
  '[[resource]]\n',
  '[[type]]\n',
  '[type]\n',
  '[[group]]\n',
  '[resource.set]\n',
  '[resource.property]\n',
  '[daemon]\n',
  '__proto__',
  'constructor',
  'name = "web"\n',
  'type = "t"\n',
  'command = ["/bin/true"]\n',
  'depends-on = "[a]"\n',
  'set = ',
  'RestartDelay = 5\n',
  'json-schema = ',
  '"',
  '"""',
  "'''",
  '{',
  '}',
  '[',
  ']',
  '=',
  ',',
  '\n',
  '.',
  '#',
  '\\u0000',
  '\\uD800',
  '\\U0010FFFF',
  'true',
  'null',
  '1979-05-27T07:32:00Z',
  'inf',
  'nan',
  '1e400',
  '0x7fffffffffffffff',
  '9007199254740993',
  '-0.0',
  '['.repeat(100),
  '{a='.repeat(100),
  '\ufeff',
  '\u2028',
];
const SEEDS = [
  '[[type]]\nname = "t"\ncommand = ["/bin/true"]\n\n[[group]]\nname = "g"\n\n[[resource]]\nname = "web"\ntype = "t"\ngroup = "g"\ndepends-on = "[db]"\nonline = true\nset = { port = 80, deep = { list = [1, "two", 3.5] } }\n[resource.property]\nRestartDelay = 5\nIsAlivePollInterval = "null"\n',
  `[type]\nname = "t"\ndescription = """a\nb"""\ncommand = ["a"]\nenv = { A = "b" }\njson-schema = '{"type":"object"}'\n[type.property]\nDeadlockTimeout = 1000\n`,
  `[[resource]]\nname = "a"\ntype = "t"\nset = '{"a":null,"__proto__":1,"\\ud800":[]}'\nseparate-monitor = true\n`,
];
const SETTINGS = ['[daemon]\nlog-level = "debug"\norphan-period-ms = 0\nstop-limit-ms = 1000\n[events]\n[incidents]\n', ''];

/** TOML that people write: a definition that exports and reads back equal, or an error with its place. */
export const manifests: FuzzTarget = {
  name: 'manifests',
  seeds: [...SEEDS, ...SETTINGS].map(bytesOf),
  arbitrary: (known) => mutated(known, WORDS),
  guidedBy: /\/protocol\/src\/(manifest|common)\/|\/smol-toml\//,
  freshInTests: 1_500,
  check(input) {
    const file = { name: 'fuzz.toml', text: textOf(input), folder: '/' };
    placedOrRead(file.text, () => readSettings(file));
    const read = placedOrRead(file.text, () => readManifest(file));
    if (!read || read.types.some(({ 'json-schema': schema }) => typeof schema === 'string')) return;
    const configuration = configurationOf(read);
    const written = readManifest({ ...file, text: writeManifest(configuration) });
    assert.deepEqual(sorted(configurationOf(written)), sorted(configuration), 'what is exported reads as something else');
  },
};

function placedOrRead<T>(text: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AndonError)) throw error;
    assert.ok(error.place, `an error without its place: ${error.message}`);
    const { line, column } = error.place;
    const lines = text.split('\n');
    assert.ok(line >= 1 && line <= lines.length + 1, `line ${line} of ${lines.length}: ${error.message}`);
    assert.ok(column >= 1, `column ${column}`);
    return undefined;
  }
}
