import type { AndonEvent, ResourceDefinition, TypeDefinition } from '@andon/protocol';
import { ResourceDefinition as ResourceSchema, TypeDefinition as TypeSchema } from '@andon/protocol';
import type { StoredHost, StoredInstance } from '../../../../daemon/src/ports/index.ts';

export const DAY_MS = 24 * 3_600_000;
export const START_MS = Date.parse('2026-11-01T00:00:00.000Z');

export function event(seq: number, resource: string | null = 'web-1', wallMs = START_MS + seq): AndonEvent {
  return {
    seq,
    at: new Date(wallMs).toISOString(),
    monotonicUs: seq * 1_000.5,
    kind: 'failureReported',
    resource,
    host: 'web',
    incarnation: 3,
    reason: 'disk "gone" ä€😀',
    source: 'failureRecord',
  };
}

export function events(from: number, to: number): AndonEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
}

export function type(name: string): TypeDefinition {
  return TypeSchema.parse({
    name,
    command: ['/bin/host', name],
    env: { A: '1' },
    properties: { killScope: 'group' },
  });
}

export function resource(name: string, typeName = 'web'): ResourceDefinition {
  return ResourceSchema.parse({ name, type: typeName, dependsOn: '[db] or [cache]', set: { port: 80 } });
}

export const INSTANCE: StoredInstance = {
  name: 'web-1',
  wanted: 'Online',
  incarnation: 7,
  phase: 'online',
  next: 'recover',
  recover: true,
  opened: true,
  terminatedIncarnation: 6,
  hostId: 'web',
  failures: [1, 2.5],
  restarts: 2,
  contract: { kind: 'poll', looksAliveMs: 10, isAliveMs: null },
  lastFailure: { reason: 'gone', source: 'isAlive', atMs: 12 },
  leaving: null,
};

export const HOST: StoredHost = {
  hostId: 'web',
  identity: { pid: 4711, startTime: '123', bootId: 'b' },
  token: 'secret',
  startedAtMs: 5,
  types: ['web', 'db'],
  eventHandles: ['extra'],
};
