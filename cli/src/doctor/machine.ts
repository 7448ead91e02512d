import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { release } from 'node:os';
import { type Check, fail, ok, warn } from './check.ts';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const PACKAGED = /[\\/]node_modules[\\/]node-(bin-)?(linux|darwin|win)-/;
/** The project began after it: a clock before this has lost its battery. */
const EARLIEST_YEAR = 2024;

/** What is true of this machine and this Node, whoever runs on it. */
export async function machineChecks(): Promise<readonly Check[]> {
  const bootId = await readFile(BOOT_ID, 'utf8').catch(() => '');
  return [nodeCheck(), ffiCheck(), pidfdCheck(process.platform, release()), bootCheck(bootId, new Date())];
}

function nodeCheck(): Check {
  const packaged = PACKAGED.test(process.execPath) ? 'comes with andon' : 'not the one that comes with andon';
  return ok('node', `${process.version} (${process.execPath}; ${packaged})`);
}

/** Looked up and not imported: the import warns that it is experimental, which says nothing to who asks the doctor. */
function ffiCheck(): Check {
  if (isBuiltin('node:ffi')) return ok('node:ffi', 'available');
  return warn('node:ffi', `${process.version} does not have it: helper programs are used instead`, 'npm ci --include=optional');
}

export function pidfdCheck(platform: string, kernel: string): Check {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  const has = platform === 'linux' && (major > 5 || (major === 5 && minor >= 3));
  if (has) return ok('pidfd', `kernel ${kernel} has it`);
  return warn('pidfd', `kernel ${kernel} does not have it: the exit of an adopted process is noticed by looking, not told`, 'uname -r');
}

/** A host is known by its pid, its start time and the boot; without the last it cannot be told from one of before. */
export function bootCheck(bootId: string, now: Date): Check {
  if (bootId.trim() === '') return fail('boot', 'its id cannot be read, so hosts cannot be adopted', `cat ${BOOT_ID}`);
  if (now.getUTCFullYear() < EARLIEST_YEAR) return warn('boot', `the clock says ${now.toISOString()}`, 'timedatectl set-ntp true');
  return ok('boot', bootId.trim());
}
