import { existsSync, globSync, readdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Processes whose environment holds this entry. Only what a test itself gave them can be found so. */
export function processesWith(entry: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        readlinkSync(`/proc/${pid}/exe`);
        return pid !== process.pid && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(entry);
      } catch {
        return false;
      }
    });
}

/** Ends every process that was started with this entry, and returns when none is left. */
export function endProcessesWith(entry: string): void {
  for (let found = processesWith(entry); found.length > 0; found = processesWith(entry)) {
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
  }
}

/** Ends the applications that outlived their host and their daemon, with all that is in their cgroups. */
export function endApplicationsOf(stateDirectory: string): void {
  for (const file of globSync(join(stateDirectory, 'applications', '*.json'))) {
    const record = readFileSync(file, 'utf8');
    const marker = /"marker":"([^"]+)"/.exec(record)?.[1];
    if (marker !== undefined) endProcessesWith(marker);
    const cgroup = /"cgroup":"([^"]+)"/.exec(record)?.[1];
    if (cgroup !== undefined && existsSync(cgroup)) endCgroup(cgroup);
  }
}

function endCgroup(directory: string): void {
  writeFileSync(join(directory, 'cgroup.kill'), '1');
  while (readFileSync(join(directory, 'cgroup.events'), 'utf8').includes('populated 1'));
  rmdirSync(directory);
}
