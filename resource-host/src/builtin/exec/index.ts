import { defineResourceType } from '../../define.ts';
import { CallError } from '../../resource.ts';
import { logFiles, stateDirectory } from '../shared/host-folders.ts';
import { contractOf } from './contract.ts';
import { ScriptProperties } from './properties.ts';
import { pathOf, Script } from './script.ts';

interface State {
  readonly script: Script;
  /** An earlier host had it online, and it still runs. */
  wasRunning: boolean;
}

/** A script with five words and the exit codes of OCF agents; no protocol at all. */
export const exec = defineResourceType({
  name: 'exec',
  description:
    'Runs a script with the words online, offline, terminate, looksalive, isalive. Polled, or told by a line in its event handle.',
  properties: ScriptProperties,
  startup() {
    if (process.platform !== 'linux') throw new Error(`exec needs Linux (/proc); this is ${process.platform}`);
    stateDirectory();
  },
  async open(resource): Promise<State> {
    const script = new Script(resource.name, { stateDirectory: stateDirectory(), logs: logFiles() });
    const caller = { ...NEVER_ONLINE, ...resource, failureRecord: resource.name };
    const wasRunning = resource.recover && script.hang.words === null && (await script.isAlive(caller, 'isalive')).alive;
    if (wasRunning) resource.foundRunning();
    return { script, wasRunning };
  },
  async online(resource) {
    const { script, wasRunning } = resource.state;
    if (resource.clearHang) script.hang.clear();
    const hung = script.hang.words;
    if (hung !== null) throw new CallError('hung', hung);
    const contract = contractOf(resource.properties, pathOf(resource.properties));
    resource.state.wasRunning = false;
    // What writes records for a running one knows its old incarnation only.
    if (wasRunning && contract.contract === 'event') await script.terminate(resource);
    if (!wasRunning || contract.contract === 'event') await script.online(resource);
    return contract;
  },
  async offline(resource) {
    const { script } = resource.state;
    if (script.hang.words === null) await script.offline(resource);
    else await script.terminate(resource);
  },
  terminate: (resource) => resource.state.script.terminate(resource),
  looksAlive: (resource) => resource.state.script.isAlive(resource, 'looksalive'),
  isAlive: (resource) => resource.state.script.isAlive(resource, 'isalive'),
  close: (resource) => resource.state.script.hang.clear(),
});

/** Before the first online of this host. */
const NEVER_ONLINE = { incarnation: 0, eventHandle: '' };
