import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, freemem, hostname, machine, release, totalmem, uptime, version } from 'node:os';
import type { StatusDocument } from '@andon/protocol';
import { versionOfAndon } from '../version.ts';
import { runProgram } from '../daemon/run-program.ts';

/** Who and where: versions of everything that matters for a report. */
export async function machineFacts(status: StatusDocument | null): Promise<Record<string, unknown>> {
  const osRelease = await readText('/etc/os-release');
  const systemd = await runProgram('systemctl', '--version');
  return {
    at: new Date().toISOString(),
    hostname: hostname(),
    andon: await versionOfAndon(),
    daemon: status === null ? null : { version: status.daemon.version, pid: status.daemon.pid, scope: status.daemon.scope },
    node: { version: process.version, path: process.execPath },
    kernel: { release: release(), version: version(), machine: machine(), arch: arch() },
    distribution: /^PRETTY_NAME="?(.*?)"?$/m.exec(osRelease ?? '')?.[1] ?? null,
    systemd: systemd.problem ?? systemd.stdout.split('\n')[0] ?? '',
    uid: process.getuid?.() ?? null,
    processors: availableParallelism(),
    memoryBytes: { total: totalmem(), free: freemem() },
    uptimeSeconds: Math.round(uptime()),
  };
}

/** Limits and state of the daemon's process, and of this one. Never its environment or command line. */
export async function processFacts(pid: number | null): Promise<string> {
  const parts: string[] = [];
  for (const who of [pid, 'self']) {
    if (who === null) continue;
    for (const file of ['limits', 'status', 'cgroup']) {
      parts.push(`==> /proc/${who}/${file}\n${(await readText(`/proc/${who}/${file}`)) ?? '(cannot be read)\n'}`);
    }
  }
  return parts.join('\n');
}

/** What the journal has of the service; null where there is none. */
export async function serviceJournal(): Promise<string | null> {
  const parts: string[] = [];
  for (const scope of ['--system', '--user']) {
    const { stdout } = await runProgram(
      'journalctl',
      scope,
      '--unit',
      'andond.service',
      '--lines',
      '5000',
      '--no-pager',
      '--output',
      'short-iso',
      '--quiet',
    );
    if (stdout.trim() !== '') parts.push(`==> journalctl ${scope} --unit andond.service\n${stdout}`);
  }
  return parts.length === 0 ? null : parts.join('\n');
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
