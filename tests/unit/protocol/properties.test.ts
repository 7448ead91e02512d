import { ResourceDefinition, ResourceProperties, retryPeriodProblem, TypeDefinition, TypeProperties } from '@andon/protocol';
import { describe, expect, test } from 'vitest';

const resource = (properties: object): ResourceProperties => ResourceProperties.parse(properties);

describe('the properties of a type', () => {
  test('have the documented defaults', () => {
    expect(TypeProperties.parse({})).toEqual({
      PendingTimeout: 180_000,
      DeadlockTimeout: 300_000,
      TerminateTimeout: 30_000,
      onSignal: 'terminate',
      requireIncarnation: false,
      killScope: 'tree',
      startTimeoutMs: 60_000,
      shareHost: false,
      pingIntervalMs: 10_000,
    });
  });

  test.each([
    ['S22: a poll interval of 0', { LooksAlivePollInterval: 0 }],
    ['a poll interval below 10 ms', { IsAlivePollInterval: 9 }],
    ['a negative time', { PendingTimeout: -1 }],
    ['a PendingTimeout of 0', { PendingTimeout: 0 }],
    ['a fraction', { PendingTimeout: 1.5 }],
    ['a time above 31 bits', { PendingTimeout: 2_147_483_648 }],
    ['a DeadlockTimeout below a second', { DeadlockTimeout: 999 }],
    ['an unknown kill scope', { killScope: 'all' }],
    ['an unknown reaction to a signal', { onSignal: 'ignore' }],
    ['a mistyped name', { pendingTimeout: 1_000 }],
    ['text in place of a number', { PendingTimeout: '1000' }],
  ])('refuse %s', (_what, properties) => {
    expect(TypeProperties.safeParse(properties).success).toBe(false);
  });

  test('allow the smallest values', () => {
    const smallest = {
      LooksAlivePollInterval: 10,
      PendingTimeout: 1,
      DeadlockTimeout: 1_000,
      TerminateTimeout: 1,
      pingIntervalMs: 0,
    };
    expect(TypeProperties.parse(smallest)).toMatchObject(smallest);
  });
});

describe('the properties of a resource', () => {
  test('have the documented defaults', () => {
    expect(resource({})).toEqual({
      RestartAction: 'RestartNotify',
      RestartDelay: 500,
      RestartPeriod: 900_000,
      RestartThreshold: 3,
      RetryPeriodOnFailure: 3_600_000,
      SeparateMonitor: false,
    });
  });

  test('S21: a poll interval of null means the value of the type', () => {
    expect(resource({ LooksAlivePollInterval: null, IsAlivePollInterval: null })).toMatchObject({
      LooksAlivePollInterval: null,
    });
  });

  test.each([
    ['S22: a poll interval of 0', { LooksAlivePollInterval: 0 }],
    ['a negative threshold', { RestartThreshold: -1 }],
    ['an unknown action', { RestartAction: 'Restart' }],
    ['a cap of 0', { maxPendingMs: 0 }],
    ['a property of types only', { killScope: 'tree' }],
  ])('refuse %s', (_what, properties) => {
    expect(ResourceProperties.safeParse(properties).success).toBe(false);
  });

  test.each([
    ['equal to', { RetryPeriodOnFailure: 900_000 }],
    ['null beside', { RetryPeriodOnFailure: null }],
    ['longer than', { RetryPeriodOnFailure: 2, RestartPeriod: 1 }],
  ])('S49: accept a retry period %s the restart period', (_what, properties) => {
    expect(retryPeriodProblem(resource(properties))).toBeNull();
  });

  test('S49: name both periods and the remedy when the retry period is shorter', () => {
    expect(retryPeriodProblem(resource({ RetryPeriodOnFailure: 899_999 }))).toBe(
      'RetryPeriodOnFailure (899999 ms) is shorter than RestartPeriod (900000 ms); set it to at least 900000, or to null for "never"',
    );
  });
});

describe('a definition', () => {
  test('of a resource needs a name and a type, and fills the rest', () => {
    const definition = ResourceDefinition.parse({ name: 'web-1', type: 'process' });
    expect(definition).toMatchObject({
      group: null,
      dependsOn: '',
      set: {},
      properties: { RestartThreshold: 3 },
    });
  });

  test.each(['-web', '', 'a b', 'ä', 'x'.repeat(129), 'web@1', 'web/1'])('of a resource is refused the name %j', (name) => {
    expect(ResourceDefinition.safeParse({ name, type: 'process' }).success).toBe(false);
  });

  test.each(['my.type', '', 'x'.repeat(65), '_type', 'a:b'])('of a type is refused the name %j', (name) => {
    expect(TypeDefinition.safeParse({ name, command: ['/bin/true'] }).success).toBe(false);
  });

  test('of a type needs a command, and refuses keys it does not know', () => {
    expect(TypeDefinition.safeParse({ name: 'web', command: [] }).success).toBe(false);
    expect(TypeDefinition.safeParse({ name: 'web', command: ['/bin/true'], comand: 1 }).success).toBe(false);
    expect(TypeDefinition.parse({ name: 'web', command: ['/bin/true'] }).properties.killScope).toBe('tree');
  });
});
