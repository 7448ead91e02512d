import { AndonError, type ErrorSubject, type Place, placeText } from '../common/errors.ts';
import type { GroupDefinition, ResourceDefinition } from '../common/manifest.ts';
import type { HostTools } from './host-command.ts';
import { locate } from './locate.ts';
import { placeIn, type ReadManifest, readManifest } from './read.ts';
import type { TextFile } from './text-file.ts';
import { typeDefinition, type TypeInput } from './type-definition.ts';

/** What manifests come to, as `apply` takes it. */
export interface Prepared {
  readonly types: readonly TypeInput[];
  readonly groups: readonly GroupDefinition[];
  readonly resources: readonly ResourceDefinition[];
  readonly online: readonly ResourceDefinition['name'][];
}

type What = ErrorSubject['what'];

interface DefinitionFile {
  readonly what: What;
  readonly name: string;
  readonly file: string;
}

/** Several manifests as one. */
export class Manifests {
  readonly #all: readonly ReadManifest[];

  /** @throws AndonError `badManifest` for the first mistake in the order of the files; a name that stands twice names both places. */
  constructor(files: readonly TextFile[]) {
    this.#all = files.map(readManifest);
    for (const what of ['type', 'group', 'resource'] as const) this.#refuseTwice(what);
  }

  /** With types as the daemon stores them: absolute commands, schemas read or asked for. */
  async prepare(tools: HostTools): Promise<{ readonly prepared: Prepared; readonly warnings: readonly string[] }> {
    const all = this.#all.flatMap(({ file, types }) => types.map((words) => typeDefinition(words, file.folder, tools)));
    const types = await Promise.all(all).catch((error: unknown) => {
      throw this.placed(error);
    });
    return {
      prepared: {
        types: types.map(({ type }) => type),
        groups: this.#all.flatMap(({ groups }) => groups),
        resources: this.#all.flatMap(({ resources }) => resources),
        online: this.#all.flatMap(({ online }) => online),
      },
      warnings: types.flatMap(({ warnings }) => warnings),
    };
  }

  /** The file of every definition, groups that only resources name included. */
  sources(): readonly DefinitionFile[] {
    const sources = new Map<string, DefinitionFile>();
    const add = (what: What, name: string | null, file: string): void => {
      if (name !== null && !sources.has(`${what} ${name}`)) sources.set(`${what} ${name}`, { what, name, file });
    };
    for (const { file, groups } of this.#all) for (const { name } of groups) add('group', name, file.name);
    for (const { file, types, resources } of this.#all) {
      for (const { name } of types) add('type', name, file.name);
      for (const { name, group } of resources) {
        add('resource', name, file.name);
        add('group', group, file.name);
      }
    }
    return [...sources.values()];
  }

  /** Where the mistake is. Null: no manifest has that definition. */
  place(subject: ErrorSubject): Place | null {
    for (const manifest of this.#all) {
      const place = placeIn(manifest, subject);
      if (place) return place;
    }
    return null;
  }

  /** The same error with its place in front, if it is about something that stands here. */
  placed(error: unknown): unknown {
    if (!(error instanceof AndonError) || !error.subject || error.place) return error;
    const place = this.place(error.subject);
    return place ? error.at(place) : error;
  }

  #refuseTwice(what: What): void {
    const first = new Map<string, () => Place>();
    for (const manifest of this.#all) {
      const definitions = { type: manifest.types, group: manifest.groups, resource: manifest.resources }[what];
      for (const [index, { name }] of definitions.entries()) {
        // Looking for the line takes a walk through the file.
        const place = (): Place => ({ file: manifest.file.name, ...locate(manifest.file.text, [what, index, 'name']) });
        const earlier = first.get(name);
        if (earlier) {
          const detail = `${what} "${name}" is defined already, at ${placeText(earlier())}`;
          const hint = 'Remove one of the two; nothing was changed.';
          throw new AndonError('badManifest', { ...place(), detail, hint }, { place: place() });
        }
        first.set(name, place);
      }
    }
  }
}
