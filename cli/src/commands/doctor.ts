import type { Command } from 'commander';
import { examples, type JsonOption, reads } from '../command.ts';
import { paint, type Style, writeJson, writeLine } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';

const STYLE_OF: Readonly<Record<string, Style>> = { ok: 'green', warn: 'yellow', fail: 'red' };

export function define(command: Command): void {
  reads(command).action(examine);
  examples(
    command,
    ['andon doctor', 'exit code 6 when something fails'],
    ['andon doctor --json', '{"checks":[{"name","result":"ok"|"warn"|"fail","detail","remedy"}]}'],
  );
}

async function examine(options: JsonOption, command: Command): Promise<void> {
  const { runChecks } = await import('../doctor/checks.ts');
  const checks = await runChecks(command.optsWithGlobals<PlaceFlags>());
  if (options.json) writeJson({ checks });
  else {
    for (const { name, result, detail, remedy } of checks) {
      writeLine(`${paint(STYLE_OF[result] ?? 'none', result.padEnd(4))}  ${name}: ${detail}`);
      if (result !== 'ok' && remedy !== '') writeLine(`      ${remedy}`);
    }
  }
  if (checks.some(({ result }) => result === 'fail')) process.exitCode = 6;
}
