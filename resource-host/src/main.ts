import { takeHostEnvironment } from './host-environment.ts';
import { HOST_EXIT, runHost } from './run-host.ts';
import { loadResourceTypes, ModuleError } from './load-module.ts';
import type { ResourceType } from './define.ts';

const USAGE = `andon-resource-host runs resource types for the andon daemon.

  andon-resource-host FILE.ts               serve the types that FILE.ts exports (made with defineResourceType)
  andon-resource-host --builtin             serve the types that come with andon
  andon-resource-host --describe FILE.ts    print their names, descriptions and JSON Schemas as one JSON document
  andon-resource-host --describe --builtin

The daemon starts it; to have FILE.ts served:
  andon type register --name T -- andon-resource-host FILE.ts
`;

// Before the author's module is imported, so that it finds no token.
const environment = takeHostEnvironment();
await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
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
