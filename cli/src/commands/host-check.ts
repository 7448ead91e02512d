import { EXIT } from '@andon/protocol/errors';
import type { Command } from 'commander';
import { collect, examples, type JsonOption, reads } from '../command.ts';
import { usageError } from '../failure.ts';
import { assignments } from '../manifest/values.ts';
import { note, writeJson, writeLine } from '../terminal/output.ts';
import { progressLine } from '../terminal/progress.ts';
import type { HostUnderCheck } from '../host-check/stage.ts';
import type { Report } from '../host-check/kit.ts';

interface Options extends JsonOption {
  readonly type: string;
  readonly set?: readonly string[];
  readonly induceFailure?: string;
  readonly only?: readonly string[];
  readonly verbose?: boolean;
}

export function define(command: Command): void {
  reads(command)
    .argument('<command...>', '-- and the command that starts the host')
    .option('--type <type>', 'name of a type that the host serves', 'check')
    .option('--set <key=value>', 'property of the resources; {resource} stands for their name; may be repeated', collect)
    .option('--induce-failure <line>', 'for sh: makes the resource ANDON_RESOURCE fail')
    .option('--only <rule,...>', 'check only these rules; may be repeated', collect)
    .option('--verbose', 'print every frame as it comes, on standard error')
    .action(checkHost);
  examples(
    command,
    ['andon host check -- python3 worker.py', 'exit code 1 when a MUST does not hold'],
    ['andon host check --type web --set port=8080 --induce-failure ./break-it -- ./web-host', ''],
    ['andon host check --only C-4,C-5 --verbose -- ./web-host', 'two rules, with every frame'],
    ['andon host check --json -- ./web-host', '{"command","software","checks":[{"id","level","result",…}],"summary","ms"}'],
  );
}

async function checkHost(words: readonly string[], options: Options): Promise<void> {
  const underCheck: HostUnderCheck = {
    command: await commandOf(words),
    type: options.type,
    properties: assignments(options.set ?? [], '--set'),
    induceFailure: options.induceFailure ?? null,
    show: options.verbose ? note : () => {},
  };
  const { report, interruptedBy } = await interruptible((signal) => run(underCheck, options, signal));
  // As a shell expects it of a program that was interrupted; by now all is cleaned up.
  if (interruptedBy) process.kill(process.pid, interruptedBy);
  if (!report) return;
  if (options.json) writeJson(report);
  else writeLine((await import('../host-check/report.ts')).reportText(report));
  const holds = report.checks.every(({ level, result }) => level === 'SHOULD' || result === 'pass' || result === 'notApplicable');
  if (!holds) process.exitCode = EXIT.notReached;
}

async function run(underCheck: HostUnderCheck, options: Options, signal: AbortSignal): Promise<Report> {
  const { runKit } = await import('../host-check/kit.ts');
  const progress = options.verbose ? { show: note, clear: () => {} } : progressLine();
  try {
    return await runKit(underCheck, { only: await rulesIn(options.only), signal, progress: progress.show });
  } finally {
    progress.clear();
  }
}

/** The words as the daemon would run them. */
async function commandOf(words: readonly string[]): Promise<readonly string[]> {
  const { resolveCommand } = await import('@andon/protocol/manifest');
  const { HOST_TOOLS } = await import('../manifest/host-tools.ts');
  const { command } = await resolveCommand(words, process.cwd(), HOST_TOOLS);
  return command;
}

async function rulesIn(words: readonly string[] | undefined): Promise<readonly string[] | null> {
  if (!words) return null;
  const { allChecks } = await import('../host-check/scenarios.ts');
  const known = allChecks().map(({ rule }) => rule);
  const asked = words.flatMap((word) => word.split(',')).map((word) => word.trim().toUpperCase());
  const unknown = asked.find((word) => !known.includes(word));
  if (unknown !== undefined)
    throw usageError(`--only takes rules of PROTOCOL.md that the kit can check, not "${unknown}".`, `They are: ${known.join(' ')}`);
  return asked;
}

interface Interruptible {
  readonly report: Report | null;
  readonly interruptedBy: NodeJS.Signals | null;
}

/** A Ctrl-C ends the kit when the host and what it started are gone, and not before. */
async function interruptible(act: (signal: AbortSignal) => Promise<Report>): Promise<Interruptible> {
  const controller = new AbortController();
  let interruptedBy: NodeJS.Signals | null = null;
  const interrupt = (name: NodeJS.Signals): void => {
    interruptedBy = name;
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, interrupt);
  try {
    return { report: await act(controller.signal), interruptedBy };
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    return { report: null, interruptedBy };
  } finally {
    for (const name of signals) process.off(name, interrupt);
  }
}
