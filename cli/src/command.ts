import type { Command } from 'commander';
import { note, writeJson } from './terminal/output.ts';

export interface JsonOption {
  readonly json?: boolean;
}

/** `[what is typed, what it is for]` */
export type Example = readonly [line: string, purpose: string];

const EXAMPLES = new WeakMap<Command, readonly Example[]>();

/** Shown with the help, in the manual and in docs/cli.md. */
export function examples(command: Command, ...lines: readonly Example[]): Command {
  EXAMPLES.set(command, lines);
  const width = Math.max(...lines.map(([line]) => line.length));
  const text = lines.map(([line, purpose]) => `  ${line.padEnd(width)}  ${purpose}`.trimEnd()).join('\n');
  return command.addHelpText('after', `\nExamples:\n${text}`);
}

export function examplesOf(command: Command): readonly Example[] {
  return EXAMPLES.get(command) ?? [];
}

export function reads(command: Command): Command {
  return command.option('--json', 'print one JSON document');
}

export function acts(command: Command): Command {
  return command.option('--json', 'print {"ok":true,…} or {"ok":false,"error":…}');
}

/** How a command that acted ends: a document for programs, lines on standard error for people. */
export function finish(options: JsonOption, document: Readonly<Record<string, unknown>>, ...lines: readonly string[]): void {
  if (options.json) return writeJson({ ok: true, ...document });
  for (const line of lines) if (line !== '') note(line);
}

/** For options that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
