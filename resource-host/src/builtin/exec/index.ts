import { defineResourceType } from '../../define.ts';
import { CallError } from '../../resource.ts';
import { logFiles, stateDirectory } from '../shared/host-folders.ts';
import { becomeSubreaper } from '../shared/subreaper.ts';
import { contractOf } from './contract.ts';
import { ScriptProperties } from './properties.ts';
import { pathOf, Script } from './script.ts';

interface State {
  readonly script: Script;
  /** Of what an earlier host had begun to bring online: it is alive, or it is not and parts of it may still run. */
  inherited: 'nothing' | 'alive' | 'remains';
}

/** A script with five words and the exit codes of OCF agents; no protocol at all. */
export const exec = defineResourceType({
  name: 'exec',
  description:
    'Runs a script with the words online, offline, terminate, looksalive, isalive. Polled, or told by a line in its event handle.',
  properties: ScriptProperties,
  async startup() {
    if (process.platform !== 'linux') throw new Error(`exec needs Linux (/proc); this is ${process.platform}`);
    stateDirectory();
    await becomeSubreaper();
  },
  async open(resource): Promise<State> {
    const script = new Script(resource.name, { stateDirectory: stateDirectory(), logs: logFiles() });
    if (!resource.recover) return { script, inherited: 'nothing' };
    const isAlive = await script.isKnownAlive({ ...NEVER_ONLINE, ...resource, failureRecord: resource.name });
    if (isAlive) resource.foundRunning();
    return { script, inherited: isAlive ? 'alive' : 'remains' };
  },
  async online(resource) {
    const { script, inherited } = resource.state;
    if (resource.clearHang) script.hang.clear();
    script.hang.clearIfOfForerunner(resource.incarnation);
    const hung = script.hang.words;
    if (hung !== null) throw new CallError('hung', hung);
    const contract = contractOf(resource.properties, pathOf(resource.properties));
    resource.state.inherited = 'nothing';
    if (inherited === 'alive' && contract.contract === 'poll') return contract;
    // What writes records for a running one knows its old incarnation only.
    if (inherited !== 'nothing') await script.terminate(resource, { cause: 'recover', reason: 'its host died' });
    await script.online(resource);
    return contract;
  },
  async offline(resource, why) {
    const { script } = resource.state;
    resource.state.inherited = 'nothing';
    if (script.hang.words === null) await script.offline(resource, why);
    else await script.terminate(resource, why);
  },
  async terminate(resource, why) {
    resource.state.inherited = 'nothing';
    await resource.state.script.terminate(resource, why);
  },
  looksAlive: (resource) => resource.state.script.isAlive(resource, 'looksalive'),
  isAlive: (resource) => resource.state.script.isAlive(resource, 'isalive'),
  close: (resource) => resource.state.script.hang.clear(),
});

/** Before the first online of this host. */
const NEVER_ONLINE = { incarnation: 0, eventHandle: '' };
