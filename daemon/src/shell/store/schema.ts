import type { DatabaseSync } from 'node:sqlite';

/** Raised with every change of the tables below; a daemon refuses a store of a higher number. */
export const SCHEMA_VERSION = 1;

/**
 * Definitions are kept as the JSON of their zod schema, whose defaults make an old definition whole again. Tables keep their order of
 * insertion (rowid), which is the order in which `andon export` writes. `dependsOn` is part of a resource's definition.
 */
const TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  CREATE TABLE types (name TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT;
  CREATE TABLE "groups" (name TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT;
  CREATE TABLE resources (name TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT;
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
