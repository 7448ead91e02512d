import type { LifeEvent } from '../../daemon/src/core/life-cycle/events.ts';
import type { TimerName } from '../../daemon/src/core/life-cycle/phases.ts';
import { hellos } from './hello.ts';
import { answers, lastingCalls, NO_HOST, NOW_MS } from './host-model.ts';
import { decided, requests } from './requests.ts';
import { restarts, timePasses } from './daemon-restart.ts';
import { completed, deliver, type Setting } from './shell.ts';
import { records, statuses } from './reports.ts';
import type { Seen, ShellCall, World } from './world.ts';

/** Something that can happen next. `good`: it happens by itself when everybody behaves. */
export interface Move {
  readonly words: string;
  readonly good: boolean;
  readonly run: () => Seen;
}

const at = { atMs: NOW_MS } as const;

export function movesOf(world: World, setting: Setting): readonly Move[] {
  if (world.gone) return [];
  return [...movesOfInstance(world, setting), ...connection(world, setting), ...restarts(world, setting)];
}

/** What concerns this instance alone, as opposed to all that share its host. */
export function movesOfInstance(world: World, setting: Setting): readonly Move[] {
  return [
    ...answered(world, setting),
    ...hostComes(world, setting),
    ...timersFire(world, setting),
    ...decided(world, setting),
    ...told(world, setting),
    ...requests(world, setting),
    ...timePasses(world),
  ];
}

function answered(world: World, setting: Setting): Move[] {
  const moves: Move[] = [];
  if (!world.connected) return moves;
  for (const call of world.calls) {
    if (!call.sent) continue;
    for (const answer of answersIn(setting, world, call)) {
      moves.push({
        words: `host answers ${name(call)}: ${answer.words}`,
        good: answer.good,
        run: () => hear(world, call, answer, setting),
      });
    }
  }
  return moves;
}

const answersIn = (setting: Setting, world: World, call: ShellCall): ReturnType<typeof answers> =>
  answers(world, call).filter(({ words }) => setting.variant.hangs || words !== 'hung');

const name = (call: ShellCall): string => `${call.method}@${call.incarnation}`;

function hear(world: World, call: ShellCall, answer: ReturnType<typeof answers>[number], setting: Setting): Seen {
  const changed: World = { ...world, ...answer.side };
  const { side, sendings } = completed(changed, call, setting);
  const done = call.method === 'terminate' ? { terminateAnswered: Math.max(world.terminateAnswered, call.incarnation) } : {};
  return deliver(world, answer.event, setting, { ...answer.side, ...side, ...done }, sendings);
}

function connection(world: World, setting: Setting): Move[] {
  const moves: Move[] = [];
  const { host } = world;
  if (host.up && !world.storeWasBehind) moves.push(...deaths(world, setting));
  if (!host.up && world.helloOwed)
    moves.push({
      words: 'no host is left of the daemon before',
      good: true,
      run: () => lose(world, setting, false),
    });
  if (host.up && world.connected && setting.variant.disconnects) {
    const side = {
      connected: false,
      helloOwed: true,
      calls: [],
      host: { ...host, lost: lastingCalls(world) },
    };
    moves.push({ words: 'the connection breaks', good: false, run: () => unheard(world, side) });
  }
  if (!host.up || !world.helloOwed) return moves;
  for (const call of host.lost) {
    for (const answer of answersIn(setting, world, call)) {
      if (answer.words === 'nonsense') continue;
      const side = {
        ...answer.side,
        host: { ...answer.side.host, lost: host.lost.filter((other) => other !== call) },
      };
      moves.push({
        words: `host finishes ${name(call)} unheard: ${answer.words}`,
        good: false,
        run: () => unheard(world, side),
      });
    }
  }
  // A terminate that the daemon has forgotten is over before the host says hello.
  if (world.instance.phase !== 'terminating' && host.lost.some(({ method }) => method === 'terminate')) return moves;
  const side = { connected: true, helloOwed: false, storeWasBehind: false, host: { ...host, lost: [] } };
  if (!host.opened) {
    const event = {
      kind: 'hostLost',
      blamed: false,
      reason: 'the host knows it no more',
      source: 'adoption',
      ...at,
    } as const;
    return [...moves, { words: 'hello without this instance', good: true, run: () => deliver(world, event, setting, side) }];
  }
  for (const { words, good, report } of hellos(host)) {
    const event = { kind: 'hosted', report, ...at } as const;
    moves.push({ words: `hello: ${words}`, good, run: () => deliver(world, event, setting, side) });
  }
  return moves;
}

function deaths(world: World, setting: Setting): Move[] {
  const blamed = world.calls.some((call) => call.sent) || world.host.lost.length > 0;
  const moves: Move[] = [
    {
      words: 'the host dies, what it managed too',
      good: false,
      run: () => lose({ ...world, running: null }, setting, blamed),
    },
  ];
  if (world.running !== null)
    moves.push({
      words: 'the host dies, what it managed runs on',
      good: false,
      run: () => lose(world, setting, blamed),
    });
  return moves;
}

function lose(world: World, setting: Setting, blamed: boolean): Seen {
  const event = { kind: 'hostLost', blamed, reason: 'killed', source: 'hostExited', ...at } as const;
  return deliver(world, event, setting, {
    host: NO_HOST,
    connected: false,
    helloOwed: false,
    storeWasBehind: false,
    calls: [],
  });
}

const unheard = (world: World, side: Partial<World>): Seen => ({
  before: world,
  event: null,
  effects: [],
  sendings: [],
  after: { ...world, ...side },
});

function hostComes(world: World, setting: Setting): Move[] {
  if (!world.wantsHost || world.helloOwed) return [];
  const up = world.host.up ? {} : { host: { ...NO_HOST, up: true }, connected: true };
  const moves: Move[] = [
    {
      words: 'the host is up',
      good: true,
      run: () => deliver(world, { kind: 'hostUp', ...at }, setting, up),
    },
  ];
  if (world.host.up) return moves;
  const trouble = { kind: 'hostTrouble', reason: 'not executable', ...at } as const;
  const again = { ...trouble, final: false, nextAttemptAtMs: NOW_MS } as const;
  const final = { ...trouble, final: true, nextAttemptAtMs: null } as const;
  moves.push({ words: 'the host does not start', good: false, run: () => deliver(world, again, setting) });
  moves.push({ words: 'the host is quarantined', good: false, run: () => deliver(world, final, setting) });
  return moves;
}

const DUE: Record<TimerName, LifeEvent> = {
  pending: { kind: 'pendingExpired', total: false, ...at },
  maxPending: { kind: 'pendingExpired', total: true, ...at },
  restart: { kind: 'restartDue', clear: true, ...at },
  retry: { kind: 'retryDue', clear: true, ...at },
  looksAlive: { kind: 'looksAliveDue', ...at },
  isAlive: { kind: 'isAliveDue', ...at },
  verify: { kind: 'verifyExpired', ...at },
};

function timersFire(world: World, setting: Setting): Move[] {
  return world.timers.flatMap((timer) => {
    const timers = world.timers.filter((other) => other !== timer);
    if (timer.epoch !== world.instance.epoch)
      return [{ words: `stale timer ${timer.name}`, good: true, run: () => unheard(world, { timers }) }];
    const due = DUE[timer.name];
    const event =
      due.kind === 'restartDue' || due.kind === 'retryDue' ? { ...due, clear: world.providersOnline && world.wanted === 'Online' } : due;
    return [{ words: `timer ${timer.name}`, good: true, run: () => deliver(world, event, setting, { timers }) }];
  });
}

function told(world: World, setting: Setting): Move[] {
  if (world.helloOwed) return [];
  return [
    ...records(world.instance, setting.variant.policy.verifyOnSignal).map(({ words, event }) => ({
      words,
      good: false,
      run: () => deliver(world, event, setting),
    })),
    ...(world.connected ? statuses(world, setting.variant.hangs) : []).map(({ words, good, event, side }) => ({
      words,
      good,
      run: () => deliver(world, event, setting, side),
    })),
  ];
}
