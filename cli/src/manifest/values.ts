import { isJson, type JsonValue } from '@andon/protocol/json';
import { usageError } from '../failure.ts';

type Schema = Readonly<Record<string, unknown>> | undefined;

/** `key=value` words of --set or --property, values typed by what the type declares of them. */
export function assignments(words: readonly string[], option: string, schema?: Schema): Record<string, JsonValue> {
  const values: Record<string, JsonValue> = {};
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1) throw usageError(`${option} takes key=value, not "${word}".`, `For example: ${option} ${word || 'key'}=1`);
    const key = word.slice(0, at);
    values[key] = typed(word.slice(at + 1), declaredTypes(schema, key), `${option} ${key}`);
  }
  return values;
}

/** Text that a type calls a string stays as it was typed, be it `007` or `true`; an array or object must be JSON; the rest is guessed. */
function typed(text: string, declared: readonly string[], where: string): JsonValue {
  const guess = parsed(text);
  if (declared.length === 0) return guess === undefined ? text : guess;
  if (guess !== undefined && typeof guess !== 'string' && declared.some((type) => fits(guess, type))) return guess;
  if (declared.includes('string')) return text;
  if (declared.every((type) => type === 'array' || type === 'object' || type === 'null')) {
    const example = declared.includes('array') ? '["a","b"]' : '{"a":1}';
    throw usageError(`${where} is an ${declared.join(' or ')}, and "${text}" is not one in JSON.`, `For example: ${where}='${example}'`);
  }
  return guess === undefined ? text : guess;
}

function parsed(text: string): JsonValue | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function fits(value: JsonValue, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return type === 'object' ? typeof value === 'object' && value !== null && !Array.isArray(value) : typeof value === type;
}

function declaredTypes(schema: Schema, key: string): readonly string[] {
  const properties = schema?.['properties'];
  if (typeof properties !== 'object' || properties === null || !Object.hasOwn(properties, key)) return [];
  const [, declared] = Object.entries(properties).find(([name]) => name === key) ?? [];
  if (typeof declared !== 'object' || declared === null || !('type' in declared)) return [];
  const { type } = declared;
  return (Array.isArray(type) ? type : [type]).filter((one): one is string => typeof one === 'string');
}
