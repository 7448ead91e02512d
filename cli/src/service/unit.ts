import { pathToFileURL } from 'node:url';
import { RESTART_EXIT_CODE, STOP_GRACE_MS, STOP_LIMIT_MS } from '@andon/protocol/service';
import type { Programs } from './programs.ts';
import type { ServicePlace } from './service-place.ts';
import { escapeSpecifiers, word } from './escape.ts';

/** First line of every unit that is written here; a file without it is somebody else's. */
export const MARKER = '# Written by: andon service install. Changes belong into a drop-in: systemctl edit andond';

export interface Directive {
  readonly section: 'Unit' | 'Service' | 'Install';
  readonly key: string;
  readonly value: string;
  /** One line for whoever reads the unit; empty where the key says it all. */
  readonly why: string;
  /** Absent: in both. */
  readonly scope?: ServicePlace['scope'];
}

/** The text of `andond.service` for this place. Equal input gives equal bytes. */
export function unitText(place: ServicePlace, programs: Programs): string {
  const lines = [MARKER];
  for (const section of ['Unit', 'Service', 'Install'] as const) {
    lines.push('', `[${section}]`);
    for (const { key, value, why } of directives(place, programs).filter((one) => one.section === section)) {
      if (why !== '') lines.push(`# ${why}`);
      lines.push(`${key}=${value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Every directive with its reason; docs/service.md has the longer ones. */
export function directives(place: ServicePlace, programs: Programs): readonly Directive[] {
  const all = [...about(programs), ...starting(place, programs), ...watching(), ...stopping(), ...directories(place), ...surroundings()];
  return all.filter(({ scope }) => scope === undefined || scope === place.scope);
}

function about({ documentation }: Programs): Directive[] {
  const page = documentation === null ? [] : [escapeSpecifiers(pathToFileURL(documentation).href)];
  return [
    { section: 'Unit', key: 'Description', value: 'andon, the resource monitor', why: '' },
    ...page.map((value) => ({ section: 'Unit', key: 'Documentation', value, why: '' }) as const),
    {
      section: 'Unit',
      key: 'After',
      value: 'network.target remote-fs.target',
      why: 'When the machine goes down, resources go offline while network and file systems are still there.',
      scope: 'system',
    },
    {
      section: 'Unit',
      key: 'StartLimitIntervalSec',
      value: '0',
      why: 'Never given up: without a daemon nobody brings a failed resource back.',
    },
  ];
}

function starting({ scope }: ServicePlace, { node, andond, andon }: Programs): Directive[] {
  const start = [word(node, 'program'), word(andond, 'argument')];
  const reload = [word(node, 'program'), word(andon, 'argument'), `--${scope}`, 'reload'];
  return [
    { section: 'Service', key: 'Type', value: 'notify', why: 'Started means: administrators are answered.' },
    { section: 'Service', key: 'NotifyAccess', value: 'main', why: 'A host cannot speak for the daemon.' },
    { section: 'Service', key: 'ExecStart', value: start.join(' '), why: '' },
    {
      section: 'Service',
      key: 'ExecReload',
      value: reload.join(' '),
      why: 'Waits for the answer, so that systemctl reload fails on a bad file.',
    },
    { section: 'Service', key: 'TimeoutStartSec', value: '60', why: 'Opening the store and meeting the hosts; no resource is waited for.' },
    { section: 'Install', key: 'WantedBy', value: 'multi-user.target', why: '', scope: 'system' },
    { section: 'Install', key: 'WantedBy', value: 'default.target', why: '', scope: 'user' },
  ];
}

function watching(): Directive[] {
  return [
    { section: 'Service', key: 'WatchdogSec', value: '30', why: 'The event loop says every 15 s that it turns.' },
    {
      section: 'Service',
      key: 'WatchdogSignal',
      value: 'SIGKILL',
      why: 'The usual SIGABRT would write a core dump first, while failures wait.',
    },
    { section: 'Service', key: 'Restart', value: 'on-failure', why: 'Crash and watchdog; an andon down stays down.' },
    {
      section: 'Service',
      key: 'RestartSec',
      value: '500ms',
      why: 'Failure records wait for so long, and a daemon that cannot start costs less than half a core.',
    },
    {
      section: 'Service',
      key: 'RestartForceExitStatus',
      value: String(RESTART_EXIT_CODE),
      why: 'How the daemon ends in: andon daemon upgrade',
    },
    { section: 'Service', key: 'SuccessExitStatus', value: String(RESTART_EXIT_CODE), why: 'That is no failure.' },
    { section: 'Service', key: 'OOMPolicy', value: 'continue', why: 'A resource that ran out of memory does not end all others.' },
  ];
}

function stopping(): Directive[] {
  return [
    {
      section: 'Service',
      key: 'KillMode',
      value: 'process',
      why: 'Hosts survive a daemon that dies; on stop the daemon ends them itself, in order.',
    },
    {
      section: 'Service',
      key: 'TimeoutStopSec',
      value: String((STOP_LIMIT_MS + STOP_GRACE_MS) / 1000),
      why: `The daemon stops waiting for resources after ${STOP_LIMIT_MS / 1000} s and then ends its hosts.`,
    },
  ];
}

/** A user's manager keeps StateDirectory= below ~/.config before systemd 254, so there the daemon makes its own, and is told where. */
function directories({ scope, stateDir, configDir, isRoot }: ServicePlace): Directive[] {
  const assign = (name: string, value: string): Directive => ({
    section: 'Service',
    key: 'Environment',
    value: word(`${name}=${value}`, 'assignment'),
    why: '',
    scope: 'user',
  });
  return [
    { section: 'Service', key: 'RuntimeDirectory', value: 'andon', why: 'Sockets and pipes.' },
    {
      section: 'Service',
      key: 'RuntimeDirectoryMode',
      value: scope === 'system' ? '0711' : '0700',
      why: scope === 'system' ? 'Hosts of other users pass through, and cannot list.' : '',
    },
    {
      section: 'Service',
      key: 'RuntimeDirectoryPreserve',
      value: 'yes',
      why: 'Hosts that wait for the next daemon hold pipes and sockets in it.',
    },
    { section: 'Service', key: 'StateDirectory', value: 'andon', why: 'Store and logs of hosts.', scope: 'system' },
    { section: 'Service', key: 'StateDirectoryMode', value: '0700', why: '', scope: 'system' },
    { section: 'Service', key: 'ConfigurationDirectory', value: 'andon', why: '', scope: 'system' },
    { section: 'Service', key: 'ConfigurationDirectoryMode', value: '0755', why: '', scope: 'system' },
    assign('ANDON_STATE_DIR', stateDir),
    assign('ANDON_CONFIG_DIR', configDir),
    // Root's own manager: without it the daemon of root is the system's.
    ...(isRoot ? [{ ...assign('ANDON_RUNTIME_DIR', ''), value: 'ANDON_RUNTIME_DIR=%t/andon' }] : []),
  ];
}

function surroundings(): Directive[] {
  return [
    {
      section: 'Service',
      key: 'Delegate',
      value: 'yes',
      why: 'A cgroup for each host, made by the daemon: nothing of a host outlives it unseen.',
    },
    {
      section: 'Service',
      key: 'LimitNOFILE',
      value: '524288',
      why: 'Three files a host, and what hosts open.',
      scope: 'system',
    },
    { section: 'Service', key: 'SyslogIdentifier', value: 'andond', why: '' },
  ];
}
