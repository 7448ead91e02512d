import type { DatabaseSync } from 'node:sqlite';

/** Raised with every change of the tables below; a daemon refuses a store of a higher number. */
export const SCHEMA_VERSION = 2;

/**
 * Definitions are kept as the JSON of their zod schema, whose defaults make an old definition whole again. Tables keep their order of
 * insertion (rowid). `dependsOn` is part of a resource's definition. `source` is the file of the configuration directory that a definition
 * came from; NULL: it was given by command.
 */
const TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE types (name TEXT PRIMARY KEY, definition TEXT NOT NULL, source TEXT) STRICT;
  CREATE TABLE "groups" (name TEXT PRIMARY KEY, definition TEXT NOT NULL, source TEXT) STRICT;
  CREATE TABLE resources (name TEXT PRIMARY KEY, definition TEXT NOT NULL, source TEXT) STRICT;
  CREATE TABLE instances (
    name TEXT PRIMARY KEY,
    wanted TEXT NOT NULL DEFAULT 'Offline',
    incarnation INTEGER NOT NULL DEFAULT 0,
    phase TEXT NOT NULL DEFAULT 'closed',
    record TEXT NOT NULL DEFAULT '{}'
  ) STRICT;
  CREATE TABLE hosts (host TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    wall_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    resource TEXT,
    host TEXT,
    incarnation INTEGER,
    fields TEXT NOT NULL
  ) STRICT;
`;

/** Tables whose damage would lose what the administrator said; events are history, and too many to check at every start. */
export const PRECIOUS_TABLES = ['meta', 'types', 'groups', 'resources', 'instances', 'hosts'] as const;

export function createTables(database: DatabaseSync): void {
  database.exec(`BEGIN; ${TABLES} INSERT INTO meta VALUES ('epoch', 0); PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
}

/** What makes a store of that version one of the next. */
const STEPS: Readonly<Record<number, string>> = {
  1: `
    ALTER TABLE types ADD COLUMN source TEXT;
    ALTER TABLE "groups" ADD COLUMN source TEXT;
    ALTER TABLE resources ADD COLUMN source TEXT;`,
};

/** Brings the store of an earlier andon to the present schema, all of it or nothing. */
export function migrate(database: DatabaseSync): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found === SCHEMA_VERSION) return;
  const steps = Array.from({ length: SCHEMA_VERSION - found }, (_, index) => STEPS[found + index] ?? '');
  try {
    database.exec(`BEGIN IMMEDIATE; ${steps.join('\n')} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
  } catch (error) {
    // SQLite rolls back by itself where the disk is full.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
