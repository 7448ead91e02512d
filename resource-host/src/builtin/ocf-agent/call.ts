import { CallError, type CallFacts } from '../../resource.ts';
import { cgroupFor, removeCgroup } from '../shared/cgroup.ts';
import { inheritedEnvironment } from '../shared/environment.ts';
import { markOfDaemon } from '../shared/host-folders.ts';
import { heldBy } from '../shared/helpers.ts';
import type { LogFiles } from '../shared/log-files.ts';
import { endTree, killTree, type MarkedTree } from '../shared/process-tree.ts';
import { exitWords, NOT_CONFIGURED, NOT_INSTALLED, remedyOf, WRONG_ARGUMENTS } from '../shared/script/exit-codes.ts';
import { Output } from '../shared/script/output.ts';
import { type Ended, run } from '../shared/script/run.ts';
import { type Agent, nameOf } from './agent.ts';
import type { AgentProperties } from './properties.ts';

export type ActionName = 'start' | 'stop' | 'monitor' | 'validate-all';
export type Caller = Pick<CallFacts, 'name' | 'signal' | 'log'> &
  Partial<Pick<CallFacts, 'incarnation' | 'eventHandle' | 'failureRecord' | 'statusReport'>>;

export interface ActionCall {
  readonly action: ActionName;
  readonly timeoutMs: number;
  /** Of a monitor: OCF_CHECK_LEVEL. */
  readonly depth?: number;
  /** Of a monitor that comes again and again; 0 for one that finds out whether it runs. */
  readonly intervalMs?: number;
}

const MARKER_NAME = 'ANDON_OCF';
/** Version of the API that agents are called by. */
const API = { OCF_RA_VERSION_MAJOR: '1', OCF_RA_VERSION_MINOR: '1' };
/** Who has been asked to end may need a moment. */
const GRACE_MS = 10_000;

/** Runs the actions of one agent for one resource, and ends what they have left running. */
export class AgentCalls {
  readonly agent: Agent;
  readonly tree: MarkedTree;
  readonly #name: string;
  readonly #properties: AgentProperties;
  readonly #stateDirectory: string;
  readonly #logs: LogFiles;

  constructor(
    name: string,
    agent: Agent,
    properties: AgentProperties,
    { stateDirectory, logs }: { stateDirectory: string; logs: LogFiles },
  ) {
    this.agent = agent;
    this.#name = name;
    this.#properties = properties;
    this.#stateDirectory = stateDirectory;
    this.#logs = logs;
    const daemon = markOfDaemon(stateDirectory);
    this.tree = { main: undefined, marker: `${MARKER_NAME}=${name}/${daemon}`, known: [], cgroup: cgroupFor(`ocf-${name}-${daemon}`) };
  }

  get parameters(): AgentProperties['parameters'] {
    return this.#properties.parameters;
  }

  /** Runs it to its end, or to the end of its time; then all that it has started by then is killed. */
  async run(caller: Caller, { action, timeoutMs, depth = 0, intervalMs }: ActionCall): Promise<Ended> {
    // What start leaves running goes on printing into the log.
    const output = new Output(this.#logs, this.#stateDirectory, this.#name, action !== 'start');
    try {
      const env = { ...this.#environment(caller), OCF_CHECK_LEVEL: String(depth), ...meta(timeoutMs, intervalMs) };
      const [path, ...args] = this.#words(action);
      const onProgress = (text: string): void => void caller.statusReport?.({ text });
      const options = { path, args, cwd: '/', env, timeoutMs, signal: caller.signal, output };
      return await run(caller.statusReport ? { ...options, onProgress } : options);
    } finally {
      output.close();
    }
  }

  /** Kills all that the agent has started, and returns when nothing of it runs. */
  async killAll(): Promise<void> {
    await killTree(this.tree);
    this.#release();
  }

  /** What goes on running after a stop that said that it succeeded is asked to end, and killed. */
  async endRest(): Promise<void> {
    await endTree(this.tree, GRACE_MS);
    this.#release();
  }

  /** What failed, how, why, and what to do next. */
  failure(action: ActionName, ended: Ended, timeoutMs: number): CallError {
    const how = howOf(ended, timeoutMs);
    const said = ended.kind === 'timedOut' || ended.said === '' ? '' : `: ${ended.said.replace(/\.$/, '')}`;
    const remedy = ended.kind === 'exited' ? remedyFor(this.agent, ended.code) : '';
    return new CallError('failed', `${nameOf(this.agent)} ${action}: ${how}${said}${remedy === '' ? '' : `; ${remedy}`}`);
  }

  #words(action: ActionName): readonly [string, ...string[]] {
    const words = [this.agent.path, action] as const;
    // Only start leaves something behind on purpose; whatever else is left is found by its environment.
    return action === 'start' ? heldBy(this.tree.cgroup, words) : words;
  }

  #release(): void {
    if (this.tree.cgroup !== undefined) removeCgroup(this.tree.cgroup);
    this.#logs.release(this.#name);
  }

  #environment({ incarnation = 0, eventHandle = '', failureRecord = '' }: Caller): Record<string, string> {
    const { ocfRoot, parameters } = this.#properties;
    const [markerName = '', markerValue = ''] = this.tree.marker.split(/=(.*)/s);
    return {
      ...inheritedEnvironment(),
      ...API,
      LC_ALL: 'C',
      OCF_ROOT: ocfRoot,
      OCF_RESOURCE_INSTANCE: this.#name,
      OCF_RESOURCE_TYPE: this.agent.type,
      OCF_RESOURCE_PROVIDER: this.agent.provider,
      OCF_OUTPUT_FORMAT: 'text',
      ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, String(value)])),
      HA_LOGFACILITY: 'none',
      HA_debug: '0',
      ANDON_RESOURCE: this.#name,
      ANDON_INCARNATION: String(incarnation),
      ANDON_EVENT_HANDLE: eventHandle === '' ? (process.env['ANDON_EVENT_HANDLE'] ?? '') : eventHandle,
      ANDON_FAILURE_RECORD: failureRecord,
      [markerName]: markerValue,
    };
  }
}

/** As Pacemaker names what it tells agents beyond the API; some count on it. */
function meta(timeoutMs: number, intervalMs: number | undefined): Record<string, string> {
  return {
    OCF_RESKEY_CRM_meta_timeout: String(timeoutMs),
    ...(intervalMs === undefined ? {} : { OCF_RESKEY_CRM_meta_interval: String(intervalMs) }),
  };
}

/** An agent has parameters where a script of `exec` has arguments. */
function remedyFor(agent: Agent, code: number): string {
  const parameters = `correct its parameters: andon type show ${nameOf(agent)}`;
  if (code === WRONG_ARGUMENTS || code === NOT_CONFIGURED) return parameters;
  return code === NOT_INSTALLED ? `install what it needs, or ${parameters}` : remedyOf(code);
}

function howOf(ended: Ended, timeoutMs: number): string {
  if (ended.kind === 'exited') return exitWords(ended.code);
  return ended.kind === 'killed' ? `killed by ${ended.by}` : `did not return within ${timeoutMs} ms`;
}
