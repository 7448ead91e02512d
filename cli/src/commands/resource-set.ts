import type { JsonValue } from '@andon/protocol/json';
import type { Command } from 'commander';
import type { ControlClient } from '../connection/client.ts';
import { acts, collect, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { usageError } from '../failure.ts';
import { note } from '../terminal/output.ts';
import { assignments } from '../manifest/values.ts';

interface Options extends JsonOption {
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
  readonly property?: readonly string[];
  /** `false` comes from --no-group. */
  readonly group?: string | false;
  readonly dependsOn?: string;
  readonly separateMonitor?: boolean;
}

export function define(command: Command): void {
  acts(command)
    .argument('<name>', 'resource')
    .option('--set <key=value>', 'a property that its type declares; may be repeated', collect)
    .option('--unset <key>', 'forget such a property; may be repeated', collect)
    .option('--property <key=value>', 'a common property; null returns it to its default; may be repeated', collect)
    .option('--group <group>', 'move it into this group')
    .option('--no-group', 'take it out of its group')
    .option('--depends-on <expression>', 'what must be Online before it; an empty text clears it')
    .option('--separate-monitor', 'give it a host process of its own')
    .option('--no-separate-monitor', 'let it share the host process of its type')
    .action(changeResource);
  examples(
    command,
    ['andon resource set mail --set queue=mail2', ''],
    ['andon resource set mail --property RestartThreshold=5', ''],
    ["andon resource set web --depends-on '[db]' --no-group", ''],
  );
}

async function changeResource(name: string, options: Options, command: Command): Promise<void> {
  const { set, unset, property, group, dependsOn, separateMonitor } = options;
  if ([set, unset, property, group, dependsOn, separateMonitor].every((option) => option === undefined)) {
    throw usageError(`Nothing was said about what to change of "${name}".`, 'See: andon resource set --help');
  }
  const { effect, warnings } = await withDaemon(command, async (client) =>
    client.request('resourceSet', {
      name,
      ...(set ? { set: await typedSettings(client, name, set) } : {}),
      ...(unset ? { unset: [...unset] } : {}),
      ...(property || separateMonitor !== undefined ? { properties: common(property ?? [], separateMonitor) } : {}),
      ...(group === undefined ? {} : { group: group === false ? null : group }),
      ...(dependsOn === undefined ? {} : { dependsOn }),
    }),
  );
  for (const warning of warnings) note(`warning: ${warning}`);
  finish(options, { name, effect, warnings }, `resource ${name} changed${effect === '' ? '' : `: ${effect}`}`);
}

async function typedSettings(client: ControlClient, name: string, words: readonly string[]): Promise<Record<string, JsonValue>> {
  const { definition } = await client.request('resourceShow', { name });
  const { jsonSchema } = await client.request('typeShow', { name: definition.type });
  return assignments(words, '--set', jsonSchema);
}

function common(words: readonly string[], separateMonitor: boolean | undefined): Record<string, JsonValue> {
  return {
    ...assignments(words, '--property'),
    ...(separateMonitor === undefined ? {} : { SeparateMonitor: separateMonitor }),
  };
}
