import { takeHostEnvironment } from './host-environment.ts';
import { HOST_EXIT, runHost } from './run-host.ts';
import { loadResourceTypes, ModuleError } from './load-module.ts';
import type { ResourceType } from './define.ts';
import { messageOf } from './operation.ts';

const USAGE = `andon-resource-host runs resource types for the andon daemon.

  andon-resource-host FILE.ts               serve the types that FILE.ts exports (made with defineResourceType)
  andon-resource-host --builtin             serve the types that come with andon
  andon-resource-host --describe FILE.ts    print their names, descriptions and JSON Schemas as one JSON document
  andon-resource-host --describe --builtin
  andon-resource-host --agents [NAME]       print the OCF agents of this machine, or what one of them says of itself, as JSON

The daemon starts it; to have FILE.ts served:
  andon type register --name T -- andon-resource-host FILE.ts
`;

// Before the author's module is imported, so that it finds no token.
const environment = takeHostEnvironment();
await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  if (args[0] === '--agents' && args.length < 3) return printAgents(args[1]);
  const describe = args[0] === '--describe';
  const [source, ...others] = describe ? args.slice(1) : args;
  if (source === '--help' || source === '-h') {
    process.stdout.write(USAGE);
    return;
  }
  if (source === undefined || others.length > 0 || (source.startsWith('-') && source !== '--builtin')) {
    process.stderr.write(USAGE);
    process.exit(HOST_EXIT.usage);
  }
  const types = await typesOf(source);
  if (describe) process.stdout.write(`${JSON.stringify(types.map(describeType), null, 2)}\n`);
  else await runHost(types, environment);
}

async function printAgents(name: string | undefined): Promise<void> {
  const { agentCatalog, agentDescription } = await import('./builtin/ocf-agent/catalog.ts');
  try {
    process.stdout.write(`${JSON.stringify(await (name === undefined ? agentCatalog() : agentDescription(name)), null, 2)}\n`);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = HOST_EXIT.usage;
  }
}

async function typesOf(source: string): Promise<readonly ResourceType[]> {
  try {
    return source === '--builtin' ? (await import('./builtin/index.ts')).builtinTypes : await loadResourceTypes(source);
  } catch (error) {
    if (!(error instanceof ModuleError)) throw error;
    process.stderr.write(`andon-resource-host: ${error.message}\n`);
    if (error.cause instanceof Error) process.stderr.write(`${error.cause.stack}\n`);
    return process.exit(HOST_EXIT.unusableModule);
  }
}

function describeType({ name, description, jsonSchema }: ResourceType): object {
  return { name, description, jsonSchema };
}
