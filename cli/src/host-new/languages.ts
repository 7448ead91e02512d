/** A folder or file of the package `@andon/resource-host`, and what it is called in the new folder. */
interface LibraryPart {
  readonly from: string;
  readonly to: string;
}

export interface Language {
  readonly title: string;
  /** Folder of the package whose files are copied with the type's name put in. */
  readonly template: string;
  /** What the template needs beside it; nothing of the installation is needed afterwards. */
  readonly library: readonly LibraryPart[];
}

/** The languages of `andon host new`. A host in TypeScript is run by `andon-resource-host`, which brings the library. */
export const LANGUAGES: Readonly<Record<string, Language>> = {
  ts: { title: 'TypeScript', template: 'template', library: [] },
  python: { title: 'Python', template: 'python/template', library: [{ from: 'python/andon_host', to: 'andon_host' }] },
  go: { title: 'Go', template: 'go/template', library: [{ from: 'go', to: 'andon-host' }] },
  rust: { title: 'Rust', template: 'rust/template', library: [{ from: 'rust', to: 'andon-host' }] },
  c: { title: 'C', template: 'c/template', library: [{ from: 'c', to: 'andon' }] },
  sh: { title: 'a shell', template: 'sh/template', library: [{ from: 'sh/andon-host.sh', to: 'andon-host.sh' }] },
};
