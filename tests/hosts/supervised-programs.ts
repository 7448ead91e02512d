import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A program for each of these names, started again when it ends, with its pid in `NAME.pid`. It is given as a shell would `exec` it, and finds its name in $NAME. */
export function supervisedPrograms(folder: string, names: readonly string[], program = 'sleep 600'): void {
  const restart = `while :; do sh -c 'exec ${program}' & echo $! > $NAME.new && mv $NAME.new $NAME.pid; wait; done`;
  for (const name of names) {
    const env = { ...process.env, NAME: join(folder, name) };
    const supervisor = spawn('sh', ['-c', restart], { detached: true, stdio: 'ignore', env });
    const { pid } = supervisor;
    if (pid !== undefined) onTestFinished(() => void process.kill(-pid, 'SIGKILL'));
  }
}

/** A program that greets whoever connects to the unix socket `NAME.sock`; not at once, so that its death is seen. */
export const GREETER = `"${process.execPath}" -e "
  const path = process.env.NAME + \\".sock\\";
  const greet = (client) => client.on(\\"error\\", () => {}).write(\\"220 ready\\");
  setTimeout(() => fs.rmSync(path, { force: true }) ?? net.createServer(greet).listen(path), 1000);
"`;
