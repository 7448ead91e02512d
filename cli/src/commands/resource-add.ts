import type { Command } from 'commander';
import { acts, collect, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { note } from '../terminal/output.ts';
import { assignments } from '../manifest/values.ts';

interface Options extends JsonOption {
  readonly type: string;
  readonly set?: readonly string[];
  readonly group?: string;
  readonly dependsOn?: string;
  readonly property?: readonly string[];
  readonly separateMonitor?: boolean;
}

export function define(command: Command): void {
  acts(command)
    .argument('<name>', 'the new resource')
    .requiredOption('--type <type>', 'what it is one of')
    .option('--set <key=value>', 'a property that its type declares; may be repeated', collect)
    .option('--group <group>', 'put it into this group')
    .option('--depends-on <expression>', 'what must be Online before it')
    .option('--property <key=value>', 'a common property, such as RestartThreshold=5; may be repeated', collect)
    .option('--separate-monitor', 'give it a host process of its own')
    .action(addResource);
  examples(
    command,
    ['andon resource add mail --type worker --set queue=mail', ''],
    ["andon resource add web --type worker --depends-on '[db] and ([cache] or [store])'", ''],
    ['andon resource add db --type worker --property RestartThreshold=5 --separate-monitor', ''],
  );
}

async function addResource(name: string, options: Options, command: Command): Promise<void> {
  const { warnings } = await withDaemon(command, async (client) => {
    const { jsonSchema } = options.set ? await client.request('typeShow', { name: options.type }) : {};
    return client.request('resourceAdd', {
      resource: {
        name,
        type: options.type,
        group: options.group ?? null,
        dependsOn: options.dependsOn ?? '',
        set: assignments(options.set ?? [], '--set', jsonSchema),
        properties: {
          ...assignments(options.property ?? [], '--property'),
          ...(options.separateMonitor ? { SeparateMonitor: true } : {}),
        },
      },
    });
  });
  for (const warning of warnings) note(`warning: ${warning}`);
  finish(options, { name, warnings }, `resource ${name} added; bring it online with: andon online ${name}`);
}
