import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile } from '../shared/small-file.ts';
import type { AgentProperties } from './properties.ts';

/** Where agents keep the pid files of programs that write none: HA_VARRUN and HA_RSCTMP. */
const FOLDERS_OF_AGENTS = ['/run', '/run/resource-agents'];

/** The pid file that names this process: one that a parameter points at, or one where agents keep theirs. */
export function pidFileOf(pid: number, parameters: AgentProperties['parameters']): string | undefined {
  const named = Object.values(parameters).filter((value) => typeof value === 'string' && value.startsWith('/'));
  return [...named.map(String), ...FOLDERS_OF_AGENTS].flatMap(pidFilesAt).find((path) => names(path, pid));
}

/** A file itself, and of a folder, such as that of a database, its pid files. */
function pidFilesAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const files = readdirSync(path).filter((name) => name.endsWith('.pid'));
    return files.map((name) => join(path, name));
  } catch {
    return [];
  }
}

function names(path: string, pid: number): boolean {
  try {
    const [first = ''] = readSmallFile(path).text.split('\n', 1);
    return first.trim() === String(pid);
  } catch {
    return false;
  }
}
