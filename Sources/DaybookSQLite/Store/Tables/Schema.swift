import Daybook
import GRDB

/// The tables of a store. A migration that was released never changes.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: events, integration log, idempotency, snapshots") { db in
            try db.execute(sql: tables)
            for table in ["events", "integration_log"] { try db.execute(sql: changeTriggers(table)) }
            try db.execute(sql: replaceTriggers)
        }
        migrator.registerMigration("2: snapshots with a checksum") { db in
            try db.execute(sql: "DROP TABLE snapshots")
            try db.execute(sql: snapshots)
        }
        migrator.registerMigration("3: tags, types, subjects that are forgotten, idempotency keys by age") { db in
            try db.execute(sql: indexes)
        }
        migrator.registerMigration("4: up to where the tags are indexed") { db in
            try db.execute(
                sql: "INSERT INTO store SELECT 'tags-through', COALESCE(MAX(position), 0) FROM events")
        }
        migrator.registerMigration("5: the second format of the chain") { db in
            try ChainTransition.begin(in: db)
            // Programs that know only the first format would take the second one for damage.
            try FileKind.eventStore.mark(db)
        }
        migrator.registerMigration("6: what is quarantined") { db in
            // The stream itself is under an empty command and hash.
            try db.execute(
                sql: """
                    CREATE TABLE quarantine(
                        stream TEXT NOT NULL,
                        command TEXT NOT NULL,
                        request_hash BLOB NOT NULL,
                        signal INTEGER NOT NULL,
                        program TEXT NOT NULL,
                        since INTEGER NOT NULL,
                        PRIMARY KEY(stream, command, request_hash)
                    ) WITHOUT ROWID;
                    """)
        }
        return migrator
    }

    private static let snapshots = """
        CREATE TABLE snapshots(
            stream_id INTEGER PRIMARY KEY REFERENCES streams(id),
            version INTEGER NOT NULL,
            schema_version INTEGER NOT NULL,
            state BLOB NOT NULL,
            checksum BLOB NOT NULL,
            taken_at INTEGER NOT NULL
        );
        """

    private static let indexes = """
        CREATE TABLE event_tags(
            tag BLOB NOT NULL,
            position INTEGER NOT NULL REFERENCES events(position),
            PRIMARY KEY(tag, position)
        ) WITHOUT ROWID;
        CREATE INDEX events_by_type ON events(type_id);
        CREATE TABLE forgotten_subjects(
            stream TEXT PRIMARY KEY NOT NULL,
            asked_at INTEGER NOT NULL,
            done_at INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX idempotency_keys_by_age ON idempotency_keys(recorded_at);
        """

    private static let tables = """
        CREATE TABLE store(key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE types(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE streams(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE events(
            position INTEGER PRIMARY KEY,
            event_id BLOB NOT NULL UNIQUE,
            stream_id INTEGER NOT NULL REFERENCES streams(id),
            version INTEGER NOT NULL,
            type_id INTEGER NOT NULL REFERENCES types(id),
            schema_version INTEGER NOT NULL,
            occurred_at INTEGER NOT NULL,
            recorded_at INTEGER NOT NULL,
            data BLOB NOT NULL,
            metadata BLOB NOT NULL,
            tags BLOB,
            hash BLOB NOT NULL,
            UNIQUE(stream_id, version)
        );
        -- schema_version and data are NULL where they are those of the event, and type_id where the type is the
        -- category of the stream, a dot and the type of the event.
        CREATE TABLE integration_log(
            partition INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            position INTEGER NOT NULL REFERENCES events(position),
            ordinal INTEGER NOT NULL,
            type_id INTEGER REFERENCES types(id),
            schema_version INTEGER,
            data BLOB,
            PRIMARY KEY(partition, offset)
        ) WITHOUT ROWID;
        CREATE TABLE relay_cursors(partition INTEGER PRIMARY KEY, offset INTEGER NOT NULL);
        CREATE TABLE idempotency_keys(
            key TEXT PRIMARY KEY NOT NULL,
            request_hash BLOB NOT NULL,
            answer BLOB NOT NULL,
            recorded_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE snapshots(
            stream_id INTEGER NOT NULL REFERENCES streams(id),
            version INTEGER NOT NULL,
            schema_version INTEGER NOT NULL,
            state BLOB NOT NULL,
            taken_at INTEGER NOT NULL,
            PRIMARY KEY(stream_id, version)
        ) WITHOUT ROWID;
        """

    private static func changeTriggers(_ table: String) -> String {
        ["UPDATE", "DELETE"].map { change in
            """
            CREATE TRIGGER \(table)_refuse_\(change.lowercased()) BEFORE \(change) ON \(table)
            BEGIN SELECT RAISE(ABORT, '\(table): what is recorded is never changed'); END;
            """
        }.joined(separator: "\n")
    }

    /// `INSERT OR REPLACE` deletes without firing the triggers on DELETE: an insert over existing keys is refused.
    private static let replaceTriggers = """
        CREATE TRIGGER events_refuse_replace BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
          OR EXISTS (SELECT 1 FROM events WHERE event_id = NEW.event_id)
          OR EXISTS (SELECT 1 FROM events WHERE stream_id = NEW.stream_id AND version = NEW.version)
        BEGIN SELECT RAISE(ABORT, 'events: what is recorded is never changed'); END;
        CREATE TRIGGER integration_log_refuse_replace BEFORE INSERT ON integration_log
        WHEN EXISTS (SELECT 1 FROM integration_log WHERE partition = NEW.partition AND offset = NEW.offset)
        BEGIN SELECT RAISE(ABORT, 'integration_log: what is recorded is never changed'); END;
        """
}
