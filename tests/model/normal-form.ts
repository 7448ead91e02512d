import type { Failure, Instance } from '../../daemon/src/core/life-cycle/instance.ts';
import { NOW_MS } from './host-model.ts';
import { isHung } from './invariant.ts';
import type { ShellCall, World } from './world.ts';

/** Incarnations are told apart up to this many; older ones all mean the same: long ago. */
const INCARNATIONS = 2;

/** The same world with every number that grows without end brought back to a small one. Worlds that then agree are one state. */
export function normalised(world: World): World {
  const { instance, host } = world;
  const newest = Math.max(instance.incarnation, host.incarnation);
  const shift = Math.max(0, newest - INCARNATIONS);
  const inc = (value: number): number => (value === 0 ? 0 : Math.max(1, value - shift));
  const ids = [
    ...new Set([...world.calls, ...host.lost].map((call) => call.id).concat(instance.lastCallId, instance.call?.id ?? 0, 0)),
  ].sort((a, b) => a - b);
  const id = (value: number): number => ids.indexOf(value);
  const call = (known: ShellCall): ShellCall => ({
    ...known,
    id: id(known.id),
    incarnation: inc(known.incarnation),
  });
  const epoch = 1;
  return {
    ...world,
    instance: {
      ...instance,
      epoch,
      incarnation: inc(instance.incarnation),
      terminatedIncarnation: inc(instance.terminatedIncarnation),
      call: instance.call && { ...instance.call, id: id(instance.call.id) },
      lastCallId: id(instance.lastCallId),
      onlineSinceMs: instance.phase === 'online' && instance.onlineSinceMs === NOW_MS ? NOW_MS : 0,
      checkpoint: Math.min(instance.checkpoint, 0),
      latched: plain(instance.latched),
      suspicion: plain(instance.suspicion),
      lastFailure: instance.lastFailure && (isHung(instance) ? HUNG : SOME_FAILURE),
      failures: instance.failures.slice(0, 3).fill(NOW_MS),
      restarts: 0,
      nextAttemptAtMs: instance.nextAttemptAtMs === null ? null : NOW_MS,
      trouble: instance.trouble === null ? null : 'trouble',
      text: '',
    },
    calls: world.calls.map(call),
    timers: world.timers.map((timer) => ({ ...timer, epoch: timer.epoch === instance.epoch ? epoch : 0 })),
    host: {
      ...host,
      incarnation: inc(host.incarnation),
      contract: host.state === 'Online' ? host.contract : 'event',
      lost: host.lost.map(call),
    },
    running: world.running === null ? null : inc(world.running),
    owed: world.owed === null ? null : inc(world.owed),
    terminateSent: inc(world.terminateSent),
    terminateAnswered: inc(world.terminateAnswered),
    paused: world.paused && world.helloOwed,
  };
}

const HUNG: Failure = { reason: 'it hung', source: 'hangMode', atMs: NOW_MS };
const SOME_FAILURE: Failure = { reason: 'some failure', source: 'failureRecord', atMs: NOW_MS };

function plain(failure: Failure | null): Failure | null {
  return failure && { ...SOME_FAILURE, source: failure.source };
}

const bits = (values: readonly boolean[]): number => values.reduce((sum, value) => sum * 2 + (value ? 1 : 0), 0);
const bit = (value: boolean): string => (value ? '1' : '0');
const failure = (value: Failure | null): string => value?.source ?? '-';
const callKey = (call: ShellCall): string => `${call.method}${call.id}@${call.incarnation}${bit(call.recover)}${bit(call.sent)}`;

/** Names a normalised world: equal worlds, equal names. */
export function keyOf(world: World): string {
  const { instance, host } = world;
  return `${instanceKey(instance)}|${world.calls.map(callKey).join()}|${timersKey(world)}|${host.up ? hostKey(world) : '-'}|${[
    world.running,
    world.wanted,
    world.owed,
    world.restarts,
    world.terminateSent,
    world.terminateAnswered,
  ].join()}|${bits([world.wantsHost, world.connected, world.helloOwed, world.storeWasBehind, world.gone, world.paused, world.providersOnline])}`;
}

function instanceKey(instance: Instance): string {
  const { phase, next, incarnation, terminatedIncarnation, call, lastCallId, contract, polls, checkpoint } = instance;
  const flags = [instance.opened, instance.recover, polls !== null, instance.onlineSinceMs > 0, instance.unconfirmed, isHung(instance)];
  const nulls = [instance.lastFailure, instance.nextAttemptAtMs, instance.trouble].map((value) => value !== null);
  const waiting = `${failure(instance.latched)},${failure(instance.suspicion)},${instance.failures.length}`;
  return `${phase},${next},${incarnation},${terminatedIncarnation},${call ? call.method + call.id : '-'},${lastCallId},${contract?.kind ?? '-'},${checkpoint},${waiting},${bits(flags)},${bits(nulls)}`;
}

function timersKey(world: World): string {
  if (world.timers.length === 0) return '';
  return world.timers
    .map((timer) => `${timer.name}${timer.epoch}`)
    .sort()
    .join();
}

function hostKey(world: World): string {
  const { host } = world;
  const flags = bits([host.opened, host.cancelled, host.terminated, host.adopts]);
  return `${host.incarnation}${host.state}${host.contract}${flags}${host.lost.map(callKey).join()}`;
}
