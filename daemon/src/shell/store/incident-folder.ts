import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Incident } from '@andon/protocol';
import { countedIn, expired, type IncidentRetention, type KeptIncident } from '../../core/hosts/incident-retention.ts';
import type { Clock, IncidentDraft, Incidents, Log } from '../../ports/index.ts';
import { errorCode, errorText } from '../posix/error-code.ts';
import { incidentId, partsOfId } from './incident-id.ts';
import { lastLogLines } from './log-excerpt.ts';

export interface IncidentFolderOptions {
  /** Made when the first incident is kept. */
  readonly directory: string;
  readonly retention: IncidentRetention;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

const SUFFIX = '.json';
/** A file under this ending is being written, or was when its daemon died. */
const UNFINISHED = '.new';

/** Incidents as one file each. One is written at a time; a disk that refuses costs the incident and nothing else. */
export class IncidentFolder implements Incidents {
  readonly #options: IncidentFolderOptions;
  #kept: KeptIncident[] | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** What has been warned of since it last worked. */
  readonly #warned = new Set<string>();
  #retention: IncidentRetention;

  constructor(options: IncidentFolderOptions) {
    this.#options = options;
    this.#retention = options.retention;
  }

  /** Another bound from now on; what is too much goes at once. */
  retain(retention: IncidentRetention): void {
    this.#retention = retention;
    void this.prune();
  }

  keep(draft: IncidentDraft): Promise<string | null> {
    return this.#inOrder('an incident is lost', draft.host, () => this.#keep(draft));
  }

  /** Removes what is too old or too much. For the start of the daemon; later that happens with each incident. */
  prune(): Promise<unknown> {
    return this.#inOrder('old incidents could not be removed', null, async () => {
      this.#kept = await this.#list();
      return this.#prune();
    });
  }

  #inOrder<T>(failure: string, host: string | null, action: () => Promise<T>): Promise<T | null> {
    const done = this.#last.then(action).then(
      (result) => {
        this.#warned.clear();
        return result;
      },
      (error: unknown) => {
        this.#warn(failure, host, error);
        return null;
      },
    );
    this.#last = done;
    return done;
  }

  /** Each kind once, until it works again: a full disk would else fill the log too. */
  #warn(failure: string, host: string | null, error: unknown): void {
    const { log, directory } = this.#options;
    if (this.#warned.has(failure)) return;
    this.#warned.add(failure);
    log.warn({ host, directory, reason: errorText(error) }, `${failure}: ${directory} cannot be used`);
  }

  async #keep({ logPath, ...draft }: IncidentDraft): Promise<string | null> {
    const { clock, directory, version } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const kept = await this.#present();
    const crowded = countedIn(kept, draft.host, this.#retention, clock.wallMs());
    if (crowded) {
      await this.#count(crowded, draft.at);
      return null;
    }
    const id = incidentId(Date.parse(draft.at), draft.host, (taken) => kept.some((one) => one.id === taken));
    const log = await lastLogLines(logPath);
    const bytes = await this.#write({ version: 1, id, andon: version, ...draft, log, alike: { count: 0, lastAt: null } });
    kept.push({ id, host: draft.host, atMs: Date.parse(draft.at), bytes });
    await this.#prune();
    return id;
  }

  /** One more like it, in the file of the last that was kept. */
  async #count({ id }: KeptIncident, at: string): Promise<void> {
    const incident = Incident.parse(JSON.parse(await readFile(this.#path(id), 'utf8')));
    await this.#write({ ...incident, alike: { count: incident.alike.count + 1, lastAt: at } });
  }

  async #write(incident: Incident): Promise<number> {
    const text = `${JSON.stringify(incident)}\n`;
    const path = this.#path(incident.id);
    const beside = `${path}${UNFINISHED}`;
    try {
      // What a killed daemon left there, or a link that somebody put there, is not written through.
      await rm(beside, { force: true });
      const file = await open(beside, 'wx', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
      return Buffer.byteLength(text);
    } catch (error) {
      await rm(beside, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async #prune(): Promise<void> {
    const { clock } = this.#options;
    const kept = this.#kept ?? [];
    const gone = new Set(expired(kept, this.#retention, clock.wallMs()));
    for (const { id } of gone) await rm(this.#path(id), { force: true });
    this.#kept = kept.filter((incident) => !gone.has(incident));
  }

  /** What is kept, less what an administrator has removed. Sizes and times are read once: many may be kept in a row. */
  async #present(): Promise<KeptIncident[]> {
    if (this.#kept === null) this.#kept = await this.#list();
    const names = new Set(await readdir(this.#options.directory));
    this.#kept = this.#kept.filter(({ id }) => names.has(`${id}${SUFFIX}`));
    return this.#kept;
  }

  async #list(): Promise<KeptIncident[]> {
    const { directory } = this.#options;
    let names: string[];
    try {
      names = await readdir(directory);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
    await chmod(directory, 0o700);
    for (const name of names) if (name.endsWith(UNFINISHED)) await rm(join(directory, name), { force: true });
    const kept: KeptIncident[] = [];
    for (const name of names) {
      const id = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : '';
      const parts = partsOfId(id);
      if (parts) kept.push({ id, ...parts, bytes: (await stat(this.#path(id))).size });
    }
    return kept;
  }

  #path(id: string): string {
    return join(this.#options.directory, `${id}${SUFFIX}`);
  }
}
