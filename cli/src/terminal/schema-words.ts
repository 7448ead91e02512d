/** What is read of a JSON Schema to tell a person about it; anything else in it is passed over. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly title?: string;
  readonly description?: string;
  /** An extension of ours, shown instead of `integer`: `ms`, `bytes`. */
  readonly unit?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
}

/** One property of a resource, as a person wants it told. */
export interface PropertyFacts {
  readonly name: string;
  /** `string`, `ms from 0 to 1000`, `a or b`. */
  readonly value: string;
  /** As it would be typed; undefined when there is none. */
  readonly initial: string | undefined;
  readonly isRequired: boolean;
  readonly meaning: string;
}

/** Where a type allows this much it means no limit. */
const MOST_INT32 = 0x7fff_ffff;

/** The properties of a schema, the required ones first; empty when it does not say any. */
export function propertyFacts(schema: Schema, quote: (word: string) => string = (word) => word): PropertyFacts[] {
  const { properties = {}, required = [] } = schema;
  const all = Object.entries(properties).map(([name, property]) => ({
    name,
    value: valueWords(property, quote),
    initial: property.default === undefined || isEmpty(property.default) ? undefined : typed(property.default),
    isRequired: required.includes(name) && property.default === undefined,
    meaning: property.description ?? '',
  }));
  return [...all.filter(({ isRequired }) => isRequired), ...all.filter(({ isRequired }) => !isRequired)];
}

/** The values that a property takes, in a few words. */
export function valueWords(schema: Schema, quote: (word: string) => string = (word) => word): string {
  const { minimum, maximum, items, additionalProperties, unit } = schema;
  if (schema.enum) return listed(schema.enum.map((word) => quote(String(word))));
  if (schema.anyOf) return listed(schema.anyOf.map((option) => valueWords(option, quote)));
  if (items) return `list of ${valueWords(items, quote)}`;
  if (typeof additionalProperties === 'object') return `table of ${valueWords(additionalProperties, quote)}`;
  const plain = unit ?? listed([schema.type ?? 'anything'].flat());
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) return plain;
  return maximum === undefined || maximum >= MOST_INT32 ? `${plain} from ${minimum}` : `${plain} from ${minimum} to ${maximum}`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function typed(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isEmpty(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}
