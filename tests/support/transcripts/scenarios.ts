import type { Line } from './transcript.ts';
import { frameOf, Recording, type RestartPolicy } from './recording.ts';

/** What is played for each transcript, by the name of its file. */
export const SCENARIOS: Readonly<Record<string, () => Promise<Recording>>> = {
  async greeting() {
    const recording = await online();
    await recording.daemon.client.request('control', { name: 'web-1', code: 'echo' });
    await recording.answered('/resourceControl');
    return recording;
  },

  async 'failure-record'() {
    const recording = await online({}, { RestartAction: 'RestartNoNotify', RestartDelay: 10 });
    await recording.signal();
    await recording.answered('web-1@2/online');
    return recording;
  },

  async 'verified-record'() {
    const recording = await online({}, {}, { onSignal: 'verify' });
    await recording.signal();
    await recording.called('recordDismissed');
    return recording;
  },

  async 'poll-contract'() {
    const recording = await online({ contract: 'poll' });
    await recording.answered('web-1@1/terminate');
    return recording;
  },

  async pending() {
    const recording = await pended();
    await recording.signal();
    await recording.recorded('the second report was answered', isReportAnswer, 2);
    await recording.signal();
    await recording.recorded('the last report was answered', isReportAnswer, 3);
    return recording;
  },

  async 'terminate-while-pending'() {
    const recording = await pended();
    await recording.daemon.client.request('offline', { names: ['web-1'] });
    await recording.answered('web-1@1/terminate');
    return recording;
  },

  async 'terminate-and-cancel'() {
    const recording = await online();
    const refused = recording.daemon.client.request('control', { name: 'web-1', code: 'wait' }).catch(() => undefined);
    await recording.called('resourceControl');
    await recording.signal();
    await recording.answered('web-1@1/terminate');
    await recording.answered('/resourceControl');
    await refused;
    return recording;
  },

  async reconnection() {
    const recording = await online();
    await recording.cut();
    await recording.recorded('a second welcome', isWelcome, 2);
    await recording.daemon.client.request('offline', { names: ['web-1'] });
    await recording.answered('web-1@1/offline');
    return recording;
  },

  async adoption() {
    const recording = await online();
    await restartDaemon(recording);
    await recording.called('recordDismissed');
    return recording;
  },

  async 'adoption-while-pending'() {
    const recording = await pended();
    await restartDaemon(recording);
    await recording.answered('web-1@1/online', 2);
    await recording.signal();
    await recording.recorded('the second report was answered', isReportAnswer, 2);
    await recording.signal();
    await recording.recorded('the last report was answered', isReportAnswer, 3);
    await recording.called('recordDismissed');
    return recording;
  },

  async refusals() {
    const recording = await online();
    await recording.ask('1.90/levitate', 'levitate', {});
    await recording.ask('1.91/web-1/isAlive', 'isAlive', { resourceId: 'web-1' });
    await recording.ask('1.92/web-9/isAlive', 'isAlive', { resourceId: 'web-9', incarnation: 1 });
    await recording.ask('web-9@1/terminate', 'terminate', { resourceId: 'web-9', incarnation: 1, cause: 'adoption', reason: 'unknown' });
    await recording.ask('1.93/web-9/close', 'close', { resourceId: 'web-9' });
    await recording.ask('1.94/web-1/resourceControl', 'resourceControl', { resourceId: 'web-1', code: 'levitate' });
    await recording.daemon.client.request('offline', { names: ['web-1'] });
    await recording.daemon.client.next('offline', 'web-1');
    await recording.online();
    await recording.answered('web-1@2/online');
    await recording.ask('1.95/web-1/isAlive', 'isAlive', { resourceId: 'web-1', incarnation: 1 });
    await recording.ask('web-1@1/offline', 'offline', { resourceId: 'web-1', incarnation: 1, cause: 'administrator' });
    return recording;
  },

  async shutdown() {
    const recording = await online();
    await recording.daemon.client.request('shutdown', {});
    await recording.recorded('the end of the host', (line) => 'exits' in line);
    return recording;
  },
};

/** A recording in which web-1 is online. */
async function online(
  set: Record<string, string | number> = {},
  properties: RestartPolicy = {},
  typeProperties: Record<string, unknown> = {},
): Promise<Recording> {
  const recording = await Recording.start(typeProperties);
  await recording.add(set, properties);
  await recording.online();
  await recording.answered('web-1@1/online');
  // The daemon has written it down, and would know of it after a crash.
  await recording.daemon.client.next(set['steps'] ? 'onlinePending' : 'online', 'web-1');
  return recording;
}

/** A recording in which the online of web-1 is pended, with two signals to wait for. */
async function pended(): Promise<Recording> {
  const recording = await online({ steps: 2 });
  await recording.recorded('the first report was answered', isReportAnswer);
  return recording;
}

async function restartDaemon(recording: Recording): Promise<void> {
  await recording.daemon.crash();
  await recording.daemon.up();
  await recording.recorded('a second welcome', isWelcome, 2);
}

function isWelcome(line: Line): boolean {
  return frameOf(line)?.type === 'welcome';
}

function isReportAnswer(line: Line): boolean {
  const frame = frameOf(line);
  return line.at === 'daemon' && frame?.type === 'response' && JSON.stringify(frame.data['result']).includes('answer');
}
