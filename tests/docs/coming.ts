/** Named already, and there in a moment. Empty as soon as they are: a name that is wrong would hide here. */
export const COMING_COMMANDS: ReadonlySet<string> = new Set(['service', 'daemon', 'incidents', 'bundle', 'reload']);
export const COMING_PAGES: ReadonlySet<string> = new Set(['docs/service.md', 'docs/incidents.md', 'docs/cli.md']);
