import { PrivateProperties } from '@andon/protocol';
import { z } from 'zod';

/** A JSON Schema (draft 2020-12) of an object, as plain data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** How a type declares its private properties: a zod object, or a JSON Schema. */
export type PropertySchema = z.ZodObject | JsonSchema;

/** What an entry point sees as `resource.properties`: inferred from zod; plain JSON values with a JSON Schema. */
export type PropertiesOf<Schema extends PropertySchema> = Schema extends z.ZodObject ? z.output<Schema> : PrivateProperties;

export type ParsedProperties<Values> =
  | { readonly ok: true; readonly values: Values }
  /** One line for each property that is wrong. */
  | { readonly ok: false; readonly problem: string };

/** The private properties of one type: what they look like, and how a stored set becomes typed values. */
export interface PropertyCodec<Values> {
  readonly jsonSchema: JsonSchema;
  parse(input: unknown): ParsedProperties<Values>;
}

/**
 * Keys that a `z.object` does not name are refused, because a mistyped property must not be ignored in silence; write
 * `z.looseObject` to allow them.
 */
export function propertyCodec<Schema extends PropertySchema>(schema: Schema | undefined): PropertyCodec<PropertiesOf<Schema>> {
  const validator = validatorOf(schema);
  return {
    // `input` keeps a property with a default optional for the person who sets it.
    jsonSchema: schema && !(schema instanceof z.ZodObject) ? schema : z.toJSONSchema(validator, { io: 'input' }),
    parse(input) {
      const parsed = validator.safeParse(input);
      // The validator was built from this very schema, which TypeScript cannot follow through the conditional type.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this is the codec
      if (parsed.success) return { ok: true, values: parsed.data as PropertiesOf<Schema> };
      return { ok: false, problem: describeIssues(parsed.error) };
    },
  };
}

/** `properties.port: Too small: expected number to be >=1; …` */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message)).join('; ');
}

function validatorOf(schema: PropertySchema | undefined): z.ZodType {
  if (schema === undefined) return z.strictObject({});
  if (schema instanceof z.ZodObject) return schema.def.catchall === undefined ? schema.strict() : schema;
  return z.intersection(PrivateProperties, z.fromJSONSchema({ ...schema }));
}
