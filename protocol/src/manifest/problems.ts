import type { ManifestTables } from '../common/manifest.ts';
import { suggestion } from '../common/suggestions.ts';
import { isRecord } from '../common/json.ts';

export type Path = readonly (string | number)[];
export interface Problem {
  readonly path: Path;
  readonly detail: string;
  readonly hint: string;
}

type SchemaError = Pick<NonNullable<ReturnType<typeof ManifestTables.safeParse>['error']>, 'issues' | 'message'>;
type Issue = SchemaError['issues'][number];

/** The first complaint of a schema, in words, at the place in the document it is about. */
export function firstProblem(error: SchemaError, schema: unknown, prefix: Path = []): Problem {
  // A key that is missing is often one that is mistyped, and only the complaint about that one names the line.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  if (!issue) return { path: prefix, detail: error.message, hint: '' };
  return problemOf(issue, schema, prefix);
}

function problemOf(issue: Issue, schema: unknown, prefix: Path): Problem {
  const inside = issue.path.filter((part): part is string | number => typeof part !== 'symbol');
  const path = [...prefix, ...inside];
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = knownKeys(schema, inside);
    const detail = `unknown key "${key}" in ${where(path)}.${suggestion(key, known)}`;
    return { path: [...path, key], detail, hint: `Known here: ${known.join(', ')}.` };
  }
  if (issue.code === 'invalid_union') {
    const nested = longestIssue(issue.errors);
    if (nested) return problemOf({ ...nested, path: [...issue.path, ...nested.path] }, schema, prefix);
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined && /received undefined/.test(issue.message);
  const detail = missing ? `${where(path.slice(0, -1))} needs the key "${String(path.at(-1))}"` : `${where(path)}: ${issue.message}`;
  return { path: missing ? path.slice(0, -1) : path, detail, hint: 'Mend this line; nothing was changed.' };
}

/** Of the alternatives that all failed, the one that went furthest is the one that was meant. */
function longestIssue(alternatives: readonly (readonly Issue[])[]): Issue | undefined {
  const firsts = alternatives.flatMap(([first]) => (first ? [first] : []));
  return firsts.toSorted((a, b) => b.path.length - a.path.length)[0];
}

/** `[[resource]] number 2, property.RestartDelay` */
function where(path: Path): string {
  const [table, index, ...rest] = path;
  if (table === undefined) return 'the document';
  if (typeof index !== 'number') return [table, index, ...rest].filter((part) => part !== undefined).join('.');
  return [`[[${table}]] number ${index + 1}`, ...(rest.length > 0 ? [rest.join('.')] : [])].join(', ');
}

/** The keys a schema knows at a path. Schemas are data: walked here, the list of keys has one home. */
function knownKeys(schema: unknown, path: Path): readonly string[] {
  const def = isRecord(schema) && isRecord(schema['def']) ? schema['def'] : {};
  const { innerType, options, in: input, element, shape } = def;
  if (innerType !== undefined) return knownKeys(innerType, path);
  if (Array.isArray(options)) return knownKeys(options.at(-1), path);
  if (input !== undefined) return knownKeys(input, path);
  const [first, ...rest] = path;
  const inner = isRecord(shape) ? shape : {};
  if (first === undefined) return Object.keys(inner);
  return knownKeys(typeof first === 'number' ? element : inner[first], rest);
}
