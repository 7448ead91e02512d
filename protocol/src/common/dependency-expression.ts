import { RESOURCE_NAME_PATTERN } from './name-patterns.ts';

/** What a resource depends on: `[a] and ([b] or [c])`. */
export type Expression =
  | { readonly kind: 'none' }
  | { readonly kind: 'resource'; readonly name: string }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[] };

export type ParsedExpression =
  | { readonly ok: true; readonly expression: Expression }
  /** `column` counts from 1. */
  | { readonly ok: false; readonly problem: string; readonly column: number };

interface Token {
  readonly kind: 'name' | 'and' | 'or' | '(' | ')';
  readonly text: string;
  readonly column: number;
}
const DEEPEST_NESTING = 32;

/** Reads an expression. An empty text depends on nothing; `and` binds tighter than `or`. */
export function parseExpression(text: string): ParsedExpression {
  const tokens = tokenise(text);
  if (!Array.isArray(tokens)) return tokens;
  if (tokens.length === 0) return { ok: true, expression: { kind: 'none' } };
  return new Parser(tokens, text.length + 1).parse();
}

/** Whether the expression holds when `isOnline` tells which resources are. */
export function isSatisfied(expression: Expression, isOnline: (name: string) => boolean): boolean {
  switch (expression.kind) {
    case 'none':
      return true;
    case 'resource':
      return isOnline(expression.name);
    case 'and':
      return expression.terms.every((term) => isSatisfied(term, isOnline));
    case 'or':
      return expression.terms.some((term) => isSatisfied(term, isOnline));
  }
}

/** The resources an expression names, each once. */
export function namesIn(expression: Expression): ReadonlySet<string> {
  switch (expression.kind) {
    case 'none':
      return new Set();
    case 'resource':
      return new Set([expression.name]);
    case 'and':
    case 'or':
      return new Set(expression.terms.flatMap((term) => [...namesIn(term)]));
  }
}

/** The resources that would have to be brought online to satisfy it: of alternatives the first, unless one `isChosen` already. */
export function needed(expression: Expression, isChosen: (name: string) => boolean): ReadonlySet<string> {
  switch (expression.kind) {
    case 'none':
      return new Set();
    case 'resource':
      return new Set([expression.name]);
    case 'and':
      return new Set(expression.terms.flatMap((term) => [...needed(term, isChosen)]));
    case 'or': {
      const chosen = expression.terms.find((term) => isSatisfied(term, isChosen)) ?? expression.terms[0];
      return chosen ? needed(chosen, isChosen) : new Set();
    }
  }
}

function tokenise(text: string): Token[] | (ParsedExpression & { ok: false }) {
  const tokens: Token[] = [];
  const lexeme = /\s*(?:\[([^\]]*)\]|(and|or)\b|([()])|(\S))/giy;
  for (let match = lexeme.exec(text); match; match = lexeme.exec(text)) {
    const column = match.index + match[0].length - match[0].trimStart().length + 1;
    const [, name, word, bracket, other] = match;
    if (name !== undefined) {
      if (!RESOURCE_NAME_PATTERN.test(name.trim())) return { ok: false, problem: `"${name}" is no resource name`, column };
      tokens.push({ kind: 'name', text: name.trim(), column });
    } else if (word !== undefined) tokens.push({ kind: word.toLowerCase() === 'and' ? 'and' : 'or', text: word, column });
    else if (bracket !== undefined) tokens.push({ kind: bracket === '(' ? '(' : ')', text: bracket, column });
    else return { ok: false, problem: `unexpected "${other}"; a resource name stands in square brackets`, column };
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #endColumn: number;
  #at = 0;

  constructor(tokens: readonly Token[], endColumn: number) {
    this.#tokens = tokens;
    this.#endColumn = endColumn;
  }

  parse(): ParsedExpression {
    const parsed = this.#alternatives(0);
    const left = this.#tokens[this.#at];
    if (parsed.ok && left) return { ok: false, problem: `unexpected "${left.text}"`, column: left.column };
    return parsed;
  }

  #alternatives(depth: number): ParsedExpression {
    return this.#chain('or', depth, () => this.#chain('and', depth, () => this.#term(depth)));
  }

  #chain(kind: 'and' | 'or', depth: number, next: () => ParsedExpression): ParsedExpression {
    if (depth > DEEPEST_NESTING) return { ok: false, problem: 'too deeply nested', column: this.#column() };
    const terms: Expression[] = [];
    do {
      const term = next();
      if (!term.ok) return term;
      terms.push(term.expression);
    } while (this.#accept(kind));
    const [only] = terms;
    return { ok: true, expression: terms.length === 1 && only ? only : { kind, terms } };
  }

  #term(depth: number): ParsedExpression {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'name') {
      this.#at++;
      return { ok: true, expression: { kind: 'resource', name: token.text } };
    }
    if (!this.#accept('('))
      return {
        ok: false,
        problem: `expected a resource name in square brackets, found ${token ? `"${token.text}"` : 'the end'}`,
        column: this.#column(),
      };
    const inner = this.#alternatives(depth + 1);
    if (inner.ok && !this.#accept(')')) return { ok: false, problem: 'a ")" is missing', column: this.#column() };
    return inner;
  }

  #accept(kind: Token['kind']): boolean {
    if (this.#tokens[this.#at]?.kind !== kind) return false;
    this.#at++;
    return true;
  }

  #column(): number {
    return this.#tokens[this.#at]?.column ?? this.#endColumn;
  }
}
