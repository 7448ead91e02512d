import type { Command } from 'commander';

/** What a command's file exports. `define` adds its arguments, options, examples and action. */
interface CommandModule {
  define(command: Command): void;
}

/** One word of the command line: a command, or a family of them. Files load when their word is used, so that one costs no other. */
export type Entry =
  | {
      readonly name: string;
      readonly summary: string;
      /** For scripts and not for people: absent from the help. */ readonly hidden?: true;
      load(): Promise<CommandModule>;
    }
  | {
      readonly name: string;
      readonly summary: string;
      readonly children: readonly Entry[];
      /** Lines as they are typed. */
      readonly examples: readonly string[];
    };

export const CATALOG: readonly Entry[] = [
  { name: 'up', summary: 'run the daemon', load: () => import('./commands/up.ts') },
  {
    name: 'down',
    summary: 'take all resources offline and end the daemon',
    load: () => import('./commands/down.ts'),
  },
  {
    name: 'status',
    summary: 'show the daemon, its hosts and resources',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'type',
    summary: 'resource types: what a host can manage',
    examples: ['andon type register --name worker -- python3 worker.py', 'andon type list'],
    children: [
      {
        name: 'register',
        summary: 'register a type, or change it',
        load: () => import('./commands/type-register.ts'),
      },
      { name: 'list', summary: 'list the types', load: () => import('./commands/type-list.ts') },
      { name: 'show', summary: 'show one type', load: () => import('./commands/type-show.ts') },
      { name: 'unregister', summary: 'forget a type', load: () => import('./commands/type-unregister.ts') },
    ],
  },
  {
    name: 'resource',
    summary: 'resources: the configured things',
    examples: [
      'andon resource add mail --type worker --set queue=mail',
      'andon resource set mail --property RestartThreshold=5',
      'andon resource list',
    ],
    children: [
      { name: 'add', summary: 'configure a new resource', load: () => import('./commands/resource-add.ts') },
      {
        name: 'list',
        summary: 'list the configured resources',
        load: () => import('./commands/resource-list.ts'),
      },
      {
        name: 'show',
        summary: 'show one resource and its configuration',
        load: () => import('./commands/resource-show.ts'),
      },
      {
        name: 'set',
        summary: 'change the configuration of a resource',
        load: () => import('./commands/resource-set.ts'),
      },
      { name: 'remove', summary: 'forget a resource', load: () => import('./commands/resource-remove.ts') },
    ],
  },
  {
    name: 'group',
    summary: 'groups of resources',
    examples: ['andon group add shop', 'andon group online shop'],
    children: [
      { name: 'add', summary: 'make a group', load: () => import('./commands/group-add.ts') },
      { name: 'list', summary: 'list the groups', load: () => import('./commands/group-list.ts') },
      {
        name: 'online',
        summary: 'bring all resources of a group online',
        load: () => import('./commands/group-online.ts'),
      },
      {
        name: 'offline',
        summary: 'take all resources of a group offline',
        load: () => import('./commands/group-offline.ts'),
      },
      { name: 'remove', summary: 'forget a group', load: () => import('./commands/group-remove.ts') },
    ],
  },
  { name: 'online', summary: 'bring resources online', load: () => import('./commands/online.ts') },
  { name: 'offline', summary: 'take resources offline', load: () => import('./commands/offline.ts') },
  { name: 'fail', summary: 'say that a resource has failed', load: () => import('./commands/fail.ts') },
  {
    name: 'control',
    summary: 'send a control code to a resource',
    load: () => import('./commands/control.ts'),
  },
  { name: 'events', summary: 'show what happened', load: () => import('./commands/events.ts') },
  {
    name: 'incidents',
    summary: 'evidence of hosts that were killed, died or do not start',
    examples: ['andon incidents list --since 1d', 'andon incidents show latest'],
    children: [
      { name: 'list', summary: 'list what was kept', load: () => import('./commands/incidents-list.ts') },
      { name: 'show', summary: 'show one: what happened, what it means, the evidence', load: () => import('./commands/incidents-show.ts') },
      { name: 'remove', summary: 'remove some, or all', load: () => import('./commands/incidents-remove.ts') },
    ],
  },
  { name: 'logs', summary: 'show what a program or its host printed', load: () => import('./commands/logs.ts') },
  {
    name: 'host',
    summary: 'resource hosts: the processes that hold resources',
    examples: ['andon host list', 'andon host new --lang python worker', 'andon host check -- ./worker'],
    children: [
      { name: 'list', summary: 'list the hosts', load: () => import('./commands/host-list.ts') },
      {
        name: 'unquarantine',
        summary: 'let a quarantined host start again',
        load: () => import('./commands/host-unquarantine.ts'),
      },
      {
        name: 'new',
        summary: 'make a new host, in any of six languages',
        load: () => import('./commands/host-new.ts'),
      },
      {
        name: 'check',
        summary: 'check a host of any language against the protocol',
        load: () => import('./commands/host-check.ts'),
      },
    ],
  },
  {
    name: 'daemon',
    summary: 'the daemon itself',
    examples: ['andon daemon upgrade'],
    children: [
      {
        name: 'upgrade',
        summary: 'replace the daemon by one of this version; resources stay online',
        load: () => import('./commands/daemon-upgrade.ts'),
      },
    ],
  },
  {
    name: 'service',
    summary: 'run the daemon as a service of the system or of one user',
    examples: ['andon service install --dry-run', 'sudo andon service install', 'andon service status'],
    children: [
      {
        name: 'install',
        summary: 'install, enable and start the service',
        load: () => import('./commands/service-install.ts'),
      },
      { name: 'uninstall', summary: 'stop and remove the service', load: () => import('./commands/service-uninstall.ts') },
      { name: 'status', summary: 'show how the service is', load: () => import('./commands/service-status.ts') },
      { name: 'print', summary: 'print the unit', load: () => import('./commands/service-print.ts') },
    ],
  },
  {
    name: 'apply',
    summary: 'bring the configuration to what a file says',
    load: () => import('./commands/apply.ts'),
  },
  {
    name: 'reload',
    summary: 'read the configuration directory again',
    load: () => import('./commands/reload.ts'),
  },
  {
    name: 'export',
    summary: 'write the configuration as such a file',
    load: () => import('./commands/export.ts'),
  },
  {
    name: 'bundle',
    summary: 'pack logs, events, states and versions for a report, without secrets',
    load: () => import('./commands/bundle.ts'),
  },
  {
    name: 'doctor',
    summary: 'look for what is wrong with this installation',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'completion',
    summary: 'print the script that completes commands and names in a shell',
    load: () => import('./commands/completion.ts'),
  },
  {
    name: 'complete',
    summary: 'answer such a script',
    hidden: true,
    load: () => import('./commands/complete.ts'),
  },
];
