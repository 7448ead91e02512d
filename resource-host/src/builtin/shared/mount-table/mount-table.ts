import { readFileSync } from 'node:fs';

/** One line of /proc/self/mountinfo. Source: proc(5). */
export interface Mount {
  readonly id: number;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** What of the file system is mounted: other than `/` for bind mounts. */
  readonly root: string;
  readonly directory: string;
  readonly type: string;
  readonly source: string;
  /** Of this mount or of its file system: an emergency makes the latter read-only. */
  readonly isReadOnly: boolean;
}

/** All mounts that this process sees, in the order in which they were made. */
export function readMounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
}

export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [mount = '', system = ''] = line.split(' - ');
    const [id = '', , device = '', root = '', directory = '', options = ''] = mount.split(' ');
    const [type = '', source = '', systemOptions = ''] = system.split(' ');
    if (id === '' || type === '') return [];
    const isReadOnly = [options, systemOptions].some((words) => words.split(',').includes('ro'));
    return { id: Number(id), device, root: plain(root), directory: plain(directory), type, source: plain(source), isReadOnly };
  });
}

/** What a look at this directory shows: the last mount on it covers those before. */
export function mountOn(directory: string, mounts: readonly Mount[]): Mount | undefined {
  return mounts.findLast((mount) => mount.directory === directory);
}

/** Blanks, tabs, newlines and backslashes stand as octal numbers. */
function plain(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
