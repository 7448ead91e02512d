// What andon is for, in a few seconds: a process dies, andon is told instead of asking, and brings it back.
// Everything here goes through the command line and its JSON, so it is also an example of driving andon from a program.
import { fileURLToPath } from 'node:url';
import { Andon, type Event, type ResourceStatus } from './andon.ts';
import { comparison, failureTimeline, statusTable } from './report.ts';

const APPLICATIONS = ['web', 'queue', 'cache'];
const VICTIM = 'web';
const RESTART_DELAY_MS = 100;
const WHOLE_LIMIT_MS = 20_000;

const andon = new Andon();
let isEnding = false;

const say = (line = ''): void => void process.stdout.write(`${line}\n`);
const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

async function demonstrate(): Promise<void> {
  const daemonPid = await andon.up();
  say(`andond runs (pid ${daemonPid}), in ${andon.folder}`);
  await addApplications();
  await addPolledResource();
  const names = [...APPLICATIONS, 'disk'];
  const { resources } = await andon.run<{ resources: ResourceStatus[] }>('online', ...names);
  say(`$ andon online ${names.join(' ')}\n`);
  for (const line of statusTable(resources)) say(line);
  await killAndWatch(pidOf(resources));
}

/** Three real processes. Their host learns of an exit from the kernel, so they are never polled. */
async function addApplications(): Promise<void> {
  // By the variable a test finds what might be left of them.
  const env = `env=${JSON.stringify({ ANDON_DEMO: andon.folder })}`;
  for (const name of APPLICATIONS) {
    const what = ['--type', 'generic-application', '--set', 'command=sleep', '--set', 'args=["3600"]', '--set', env];
    await andon.run('resource', 'add', name, ...what, '--property', `RestartDelay=${RESTART_DELAY_MS}`);
  }
  say(`$ andon resource add ${VICTIM} --type generic-application --set command=sleep --set 'args=["3600"]' …`);
}

/** A type of our own, in one file; nobody could tell its host of a full disk, so it asks to be polled. */
async function addPolledResource(): Promise<void> {
  const host = fileURLToPath(new URL('../../resource-host/bin/andon-resource-host.js', import.meta.url));
  const module = fileURLToPath(new URL('free-space.ts', import.meta.url));
  await andon.run('type', 'register', '--name', 'free-space', '--', host, module);
  await andon.run('resource', 'add', 'disk', '--type', 'free-space', '--set', `path=${andon.folder}`);
  say('$ andon type register --name free-space -- andon-resource-host free-space.ts');
  say('$ andon resource add disk --type free-space --set path=…');
}

async function killAndWatch(pid: number): Promise<void> {
  const events = andon.follow(VICTIM);
  // An earlier event shows that the follower is up, so that its start does not slow down what is measured.
  await events.next();
  const killedUs = nowUs();
  process.kill(pid, 'SIGKILL');
  const seen = await untilOnlineAgain(events, killedUs);
  say(`\n$ kill -9 ${pid}          # ${VICTIM} dies; nobody polls it\n`);
  for (const line of failureTimeline(seen, killedUs, RESTART_DELAY_MS)) say(line);
  say();
  for (const line of comparison(seen, killedUs)) say(line);
}

async function untilOnlineAgain(events: AsyncGenerator<Event>, killedUs: number): Promise<Event[]> {
  const seen: Event[] = [];
  for await (const event of events) {
    if (event.monotonicUs < killedUs) continue;
    seen.push(event);
    if (event.kind === 'online') break;
  }
  return seen;
}

function pidOf(resources: readonly ResourceStatus[]): number {
  const text = resources.find(({ name }) => name === VICTIM)?.statusText ?? '';
  const pid = Number(/^pid (\d+)$/.exec(text)?.[1]);
  if (!pid) throw new Error(`"${VICTIM}" shows no pid: ${text}`);
  return pid;
}

/** Ends everything that was started, however the demo ends. */
async function finish(exitCode: number, complaint = ''): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  if (complaint !== '') process.stderr.write(`demo: ${complaint}\n`);
  try {
    await andon.end();
    if (exitCode === 0) say('\n$ andon down         # nothing is left running');
  } catch (error) {
    process.stderr.write(`demo: ${messageOf(error)}\n`);
    process.exit(1);
  }
  process.exit(exitCode);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.on('SIGINT', () => void finish(130, 'interrupted; ending what was started'));
process.on('SIGTERM', () => void finish(143, 'asked to end; ending what was started'));
process.on('SIGHUP', () => void finish(129));
process.stdout.on('error', () => void finish(1));
setTimeout(() => void finish(1, `not done within ${WHOLE_LIMIT_MS / 1000} s`), WHOLE_LIMIT_MS).unref();

demonstrate().then(
  () => finish(0),
  (error: unknown) => finish(1, messageOf(error)),
);
