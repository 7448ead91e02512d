import builtInTypes from '../resource-host/builtin-types.json' with { type: 'json' };
import { propertyFacts, type Schema } from '../cli/src/terminal/schema-words.ts';
import { cell, table } from './markdown.ts';
import { typeTimes } from './type-times.ts';

type Fill = (page: string, parts: Readonly<Record<string, string>>) => string;

/** The pages of the types that come with andon, with their tables made anew. */
export function builtInTypePages(fill: Fill): (readonly [page: string, text: string])[] {
  const parts = {
    types: listOfTypes(),
    times: typeTimes(),
    ...Object.fromEntries(TYPES.map(({ name, jsonSchema }) => [`properties of ${name}`, properties(jsonSchema)])),
  };
  return ['README', ...TYPES.map(({ name }) => name)].map((name) => [`types/${name}.md`, fill(`types/${name}.md`, parts)]);
}

const TYPES: readonly { readonly name: string; readonly description: string; readonly jsonSchema: Schema }[] = builtInTypes;

function listOfTypes(): string {
  return table(
    ['type', 'what it does'],
    TYPES.map(({ name, description }) => [`[\`${name}\`](${name}.md)`, cell(description)]),
  );
}

function properties(schema: Schema): string {
  const rows = propertyFacts(schema, (word) => `\`${word}\``).map(({ name, value, initial, isRequired, meaning }) => {
    const standard = isRequired ? 'required' : initial === undefined ? '' : `\`${initial}\``;
    return [`\`${name}\``, cell(value), cell(standard), cell(meaning)];
  });
  return table(['property', 'value', 'default', 'meaning'], rows);
}
