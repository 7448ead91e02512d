import type { Incident, ProcessExamination, Task } from '@andon/protocol';

/** Anchored: `futex_do_wait` is something else. */
const FOR_A_CHILD = /^do_wait|wait4|^kernel_wait/;

/** Functions of the kernel in which a process waits, and what it then waits for. The first that fits counts. */
const WAITS: readonly (readonly [where: RegExp, words: string])[] = [
  [/nfs|rpc_/, 'an NFS server, which does not answer: is it reachable? See: nfsstat -m'],
  [/cifs|smb/, 'an SMB server, which does not answer'],
  [/fuse|request_wait_answer/, 'a FUSE file system whose program does not answer'],
  [
    /io_schedule|folio_wait|wait_on_page|wait_on_buffer|blk_|submit_bio|jbd2|ext4|xfs|btrfs|dm_/,
    'a disk: look for I/O errors with journalctl -k',
  ],
  [/flock|posix_lock|fcntl_setlk|locks_lock/, 'a file lock that somebody else holds: see lslocks'],
  [FOR_A_CHILD, 'the end of a child process'],
  [/pipe_read|pipe_wait/, 'something to read from a pipe'],
  [/pipe_write/, 'room in a pipe that nobody empties'],
  [/tcp|inet_|sk_wait|skb_|unix_stream|unix_dgram|wait_woken/, 'the other end of a connection'],
  [/nanosleep|hrtimer/, 'time to pass: it sleeps'],
  [/futex/, 'a lock of its own, held by another of its threads: a deadlock within the program is likely'],
  [/epoll|poll|select|io_uring|io_cqring/, ''],
  [/mutex|rwsem|down_|rwlock/, 'a lock of the kernel that another process holds'],
];

/** Where the process was when it was killed, and what that points to. */
export function whereItWas({ reason, calls }: Incident, process: ProcessExamination): readonly string[] {
  const wchan = waitsIn(process);
  const main: readonly string[] = ((): readonly string[] => {
    switch (process.state) {
      case 'D':
        return [
          `It was stuck in the kernel: state D${wchan === '' ? '' : ` in ${wchan}`}, where no signal reaches it.`,
          `It waits for ${waitsFor(wchan) || 'storage or a driver that does not answer: look for errors with journalctl -k'}.`,
        ];
      case 'R':
        return [
          'It was running: it spins, or works longer than the limit allows.',
          'If it is only slow, raise DeadlockTimeout of its type; if it spins, its stack is in its own program: sample it with perf or gdb next time.',
        ];
      case 'T':
      case 't':
        return [stoppedWords(process)];
      case 'Z':
        return ['Its first thread had exited, and others went on: it was half dead.'];
      default:
        return sleepWords(process, wchan, calls.length > 0, reason);
    }
  })();
  return [...main, ...otherThreads(process)];
}

function sleepWords(process: ProcessExamination, wchan: string, hasCalls: boolean, reason: Incident['reason']): readonly string[] {
  if (wchan === '') return ['It slept; where is not known here.', ...unreadableWords(process)];
  const what = waitsFor(wchan);
  if (FOR_A_CHILD.test(wchan) && process.children.length > 0) {
    return [`It waits for a child to end: ${process.children.map(taskWords).join('; ')}.`];
  }
  if (what !== '') return [`It slept in ${wchan}: it waits for ${what}.`];
  if (reason === 'noHello') return [`It was idle (${wchan}): it runs and never connected, or connected and never said hello.`];
  return [
    hasCalls
      ? `It was idle (${wchan}): it has forgotten the call, or waits for an event that never came, such as the answer of another machine.`
      : `It was idle (${wchan}): it waits for something to happen.`,
  ];
}

function otherThreads({ threads, name }: ProcessExamination): readonly string[] {
  const [, ...others] = threads;
  const stuck = others.filter(({ state }) => state === 'D');
  const busy = others.filter(({ state }) => state === 'R');
  return [
    ...stuck
      .slice(0, 3)
      .map(
        (thread) =>
          `A thread of ${name} was stuck in the kernel: ${taskWords(thread)}; it waits for ${waitsFor(thread.wchan) || 'storage or a driver'}.`,
      ),
    ...(busy.length > 0
      ? [`${busy.length === 1 ? 'A thread was' : `${busy.length} threads were`} running: ${busy.slice(0, 3).map(taskWords).join('; ')}.`]
      : []),
  ];
}

function stoppedWords({ files }: ProcessExamination): string {
  const tracer = /^TracerPid:\s*([1-9]\d*)/m.exec(files['status'] ?? '')?.[1];
  return tracer === undefined
    ? 'It was stopped: somebody sent it SIGSTOP, or it was suspended at a terminal. kill -CONT would have let it go on.'
    : `It was stopped by a debugger or tracer, pid ${tracer}.`;
}

function unreadableWords({ unreadable }: ProcessExamination): readonly string[] {
  const reason = unreadable['wchan'] ?? unreadable['stack'];
  return reason === undefined ? [] : [`(wchan: ${reason})`];
}

export function taskWords({ id, name, state, wchan }: Task): string {
  return `${id} ${name} (${state}${wchan === '' ? '' : ` in ${wchan}`})`;
}

function waitsIn({ files }: ProcessExamination): string {
  const wchan = files['wchan'] ?? '';
  return wchan === '0' ? '' : wchan;
}

function waitsFor(wchan: string): string {
  return WAITS.find(([where]) => where.test(wchan))?.[1] ?? '';
}
