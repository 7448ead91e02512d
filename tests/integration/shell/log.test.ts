import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../../../daemon/src/shell/log.ts';
import { RotatedFile } from '../../../daemon/src/shell/posix/rotated-file.ts';
import { Folder, shell } from './support.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const lost = (count: number): string => `${count} lost\n`;
const read = (name: string): string => readFileSync(folder.at(name), 'utf8');

describe('the log file', () => {
  test('has one JSON object a line, with the bindings, and is private', () => {
    const log = createLog(folder.at('log'), 'file', 'info');
    log.debug({}, 'too fine');
    log.child({ host: 'web' }).child({ call: 'online' }).warn({ elapsedMs: 5 }, 'slow');
    const [line, ...rest] = read('log')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(line).toEqual({
      level: 40,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      host: 'web',
      call: 'online',
      elapsedMs: 5,
      msg: 'slow',
    });
    expect(rest).toEqual([]);
    expect((statSync(folder.at('log')).mode & 0o777).toString(8)).toBe('600');
  });

  test('that cannot be written stops nothing, and says later what was lost', () => {
    mkdirSync(folder.at('log'));
    const log = createLog(folder.at('log'), 'file', 'info');
    log.info({}, 'one');
    log.info({}, 'two');
    rmdirSync(folder.at('log'));
    log.info({}, 'three');
    const messages = read('log')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text).msg);
    expect(messages).toEqual(['2 lines of this log were lost', 'three']);
  });

  test('starts anew above its size, and keeps three older pieces', () => {
    const file = new RotatedFile(folder.at('log'), 10);
    for (let n = 1; n <= 9; n++) file.write(`line ${n}\n`, lost);
    file.close();
    expect(['log', 'log.1', 'log.2', 'log.3'].map(read)).toEqual(['line 9\n', 'line 7\nline 8\n', 'line 5\nline 6\n', 'line 3\nline 4\n']);
    expect(existsSync(folder.at('log.4'))).toBe(false);
  });

  test('goes on where the last daemon ended', () => {
    writeFileSync(folder.at('log'), 'x'.repeat(10));
    const file = new RotatedFile(folder.at('log'), 10);
    file.write('one\n', lost);
    file.write('two\n', lost);
    file.close();
    expect([read('log'), read('log.1')]).toEqual(['two\n', `${'x'.repeat(10)}one\n`]);
  });
});

describe('other targets', () => {
  const run = (target: string, body: string): { readonly stdout: string; readonly stderr: string } => {
    const script = `import { createLog } from '${shell}log.ts'; const log = createLog('${folder.at('log')}', '${target}', 'debug'); ${body}`;
    const command = '"$0" --conditions=andon-src --input-type=module-typescript --eval "$1" 2>"$2"';
    const stdout = execFileSync('sh', ['-c', command, process.execPath, script, folder.at('stderr')], {
      encoding: 'utf8',
    });
    return { stdout, stderr: read('stderr') };
  };

  test('the journal gets a priority on every line, and no date', () => {
    const { stdout, stderr } = run(
      'journal',
      `log.error({ host: 'web' }, 'first\\nsecond'); log.warn({}, 'w'); log.info({}, 'i'); log.debug({}, 'd');`,
    );
    expect(stdout).toBe('<3>first\n<3>second {"host":"web"}\n<4>w\n<6>i\n<7>d\n');
    expect(stderr).toBe('');
  });

  test('a terminal gets lines to read, on standard error', () => {
    const { stdout, stderr } = run('terminal', `log.child({ host: 'web' }).warn({ pid: 5 }, 'host exited');`);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN:? .*host exited/m);
    expect(stderr).toContain('host: "web"');
  });

  test('a reader that went away stops nothing', () => {
    const { stdout } = run('journal', `import { closeSync } from 'node:fs'; closeSync(1); log.info({}, 'x'); process.exit(0);`);
    expect(stdout).toBe('');
  });
});
