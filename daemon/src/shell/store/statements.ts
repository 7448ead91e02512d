import type { DatabaseSync } from 'node:sqlite';

const save = (table: string): string =>
  `INSERT INTO ${table} (name, definition) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET definition = excluded.definition`;

/** Every statement of the store but those of the event history, prepared once. */
export function prepareStatements(database: DatabaseSync) {
  const prepare = (text: string): ReturnType<DatabaseSync['prepare']> => database.prepare(text);
  return {
    begin: prepare('BEGIN IMMEDIATE'),
    commit: prepare('COMMIT'),
    rollback: prepare('ROLLBACK'),
    raiseEpoch: prepare(`UPDATE meta SET value = value + 1 WHERE name = 'epoch'`),
    epoch: prepare(`SELECT value FROM meta WHERE name = 'epoch'`),
    types: prepare('SELECT name, definition FROM types ORDER BY rowid'),
    groups: prepare('SELECT name, definition FROM "groups" ORDER BY rowid'),
    resources: prepare('SELECT name, definition FROM resources ORDER BY rowid'),
    sources: prepare(
      `SELECT 'type' AS what, name, source FROM types WHERE source IS NOT NULL
       UNION ALL SELECT 'group', name, source FROM "groups" WHERE source IS NOT NULL
       UNION ALL SELECT 'resource', name, source FROM resources WHERE source IS NOT NULL`,
    ),
    saveTypeSource: prepare('UPDATE types SET source = ? WHERE name = ?'),
    saveGroupSource: prepare('UPDATE "groups" SET source = ? WHERE name = ?'),
    saveResourceSource: prepare('UPDATE resources SET source = ? WHERE name = ?'),
    saveType: prepare(save('types')),
    saveGroup: prepare(save('"groups"')),
    saveResource: prepare(save('resources')),
    deleteType: prepare('DELETE FROM types WHERE name = ?'),
    deleteGroup: prepare('DELETE FROM "groups" WHERE name = ?'),
    deleteResource: prepare('DELETE FROM resources WHERE name = ?'),
    instances: prepare('SELECT * FROM instances ORDER BY rowid'),
    saveInstance: prepare(
      `INSERT INTO instances (name, wanted, incarnation, phase, record) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET wanted = excluded.wanted, incarnation = excluded.incarnation, phase = excluded.phase,
       record = excluded.record`,
    ),
    saveWanted: prepare('INSERT INTO instances (name, wanted) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET wanted = excluded.wanted'),
    saveIncarnation: prepare(
      `INSERT INTO instances (name, incarnation, phase) VALUES (?, ?, 'onlineCalled')
       ON CONFLICT (name) DO UPDATE SET incarnation = excluded.incarnation, phase = excluded.phase`,
    ),
    markLeaving: prepare(
      `UPDATE instances SET wanted = 'Offline',
       record = json_set(record, '$.leaving', json((SELECT definition FROM resources WHERE name = ?))) WHERE name = ?`,
    ),
    // Its number stays, for a next resource of that name.
    deleteInstance: prepare(`UPDATE instances SET wanted = 'Offline', phase = 'closed', record = '{}' WHERE name = ?`),
    hosts: prepare('SELECT host, record FROM hosts ORDER BY rowid'),
    saveHost: prepare('INSERT INTO hosts (host, record) VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET record = excluded.record'),
    deleteHost: prepare('DELETE FROM hosts WHERE host = ?'),
  };
}
