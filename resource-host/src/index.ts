export { event, poll } from './contract.ts';
export { defineResourceType, type ResourceType } from './define.ts';
export type { Alive, Json, ResourceTypeDefinition, TypeContext } from './definition.ts';
export { PEND_AFTER_MS } from './operation.ts';
export type { JsonSchema, PropertiesOf, PropertySchema } from './properties.ts';
export {
  CallError,
  type CallFacts,
  type ControlledResource,
  type EndingCause,
  type InMemoryProperties,
  type LogLevel,
  NotSupportedError,
  type OpeningResource,
  type Progress,
  type Resource,
} from './resource.ts';
export { runHost } from './run-host.ts';
