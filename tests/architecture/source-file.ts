import { parseAst } from 'vitest/node';

/** One import of a file, whatever its form. `typeOnly`: nothing of it is left at run time. */
export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** `import()`: runs when it is reached, not when the file is loaded. */
  readonly lazy: boolean;
}

/** What the rules ask of a source file. Paths are relative to the root of the checkout. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Names and members that the code mentions, as `setTimeout`, `Math.random`, `new Date()`; words as `await`, `throw`. */
  readonly mentions: readonly string[];
  /** Text of every type assertion other than `as const`. */
  readonly casts: readonly string[];
}

type Node = Readonly<Record<string, unknown>>;

interface Facts {
  readonly imports: Import[];
  readonly mentions: string[];
  readonly casts: string[];
}

export function sourceFile(path: string, text: string): SourceFile {
  const facts: Facts = { imports: [], mentions: [], casts: [] };
  if (/\.[cm]?ts$/.test(path)) visit(parseAst(text, { lang: path.endsWith('.d.ts') ? 'dts' : 'ts' }), text, facts);
  return { path, text, lines: text.split('\n').length - 1, ...facts };
}

function visit(value: unknown, text: string, facts: Facts): void {
  if (Array.isArray(value)) {
    for (const member of value) visit(member, text, facts);
    return;
  }
  if (!isNode(value)) return;
  note(value, text, facts);
  for (const [key, child] of Object.entries(value)) if (!isName(value, key)) visit(child, text, facts);
}

function note(node: Node, text: string, facts: Facts): void {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      noteImport(node['source'], { typeOnly: isTypeOnly(node), lazy: false }, facts);
      return;
    case 'ImportExpression':
      noteImport(node['source'], { typeOnly: false, lazy: true }, facts);
      return;
    case 'TSImportType':
      noteImport(node['source'], { typeOnly: true, lazy: false }, facts);
      return;
    case 'TSAsExpression':
    case 'TSTypeAssertion': {
      const cast = text.slice(Number(node['start']), Number(node['end']));
      if (!/\bas\s+const$/.test(cast)) facts.casts.push(cast);
      return;
    }
    case 'AwaitExpression':
      facts.mentions.push('await');
      return;
    case 'ThrowStatement':
      facts.mentions.push('throw');
      return;
    case 'Identifier':
      facts.mentions.push(String(node['name']));
      return;
    case 'NewExpression':
      if (isNode(node['callee']) && Array.isArray(node['arguments']) && node['arguments'].length === 0) {
        facts.mentions.push(`new ${String(node['callee']['name'])}()`);
      }
      return;
    case 'MemberExpression':
      if (isNode(node['object']) && isNode(node['property']) && node['computed'] === false) {
        facts.mentions.push(`${String(node['object']['name'])}.${String(node['property']['name'])}`);
      }
      return;
    default:
      if (node['async'] === true) facts.mentions.push('async');
  }
}

function noteImport(source: unknown, how: Omit<Import, 'specifier'>, facts: Facts): void {
  if (isNode(source)) facts.imports.push({ specifier: String(source['value']), ...how });
}

function isTypeOnly(node: Node): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const { specifiers } = node;
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every((one: unknown) => isNode(one) && (one['importKind'] === 'type' || one['exportKind'] === 'type'));
}

/** The names of members and keys are no mention of the global of that name. */
function isName(node: Node, key: string): boolean {
  return (key === 'property' || key === 'key') && node['computed'] === false;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
