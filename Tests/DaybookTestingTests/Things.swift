import Daybook
import DaybookSQLite
import GRDB
import Synchronization

/// What happens to things, for the tests of projections.
enum ThingEvent: IntegrationEvent {
    case made(name: String)
    case renamed(name: String)

    static let namespace = "thing"
}

/// Six things with five events each, in turn.
let thingHistory: [(stream: String, event: ThingEvent)] = (0..<30).map { index in
    let (round, thing) = (index / 6, index % 6)
    let event = round == 0 ? ThingEvent.made(name: "n\(thing)") : .renamed(name: "n\(thing).\(round)")
    return (stream: "thing-\(thing)", event: event)
}

/// A projection as it should be: what it makes of a stream depends on that stream alone.
struct Things: SQLiteProjection {
    static let name = "things"
    static let version = 1

    static func createTables(in db: Database) throws {
        try db.execute(
            sql: "CREATE TABLE things(id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, changes INTEGER NOT NULL)")
    }

    func apply(_ event: ThingEvent, from entry: LogEntry, in db: Database) throws {
        switch event {
        case .made(let name): try db.run("INSERT INTO things VALUES(?, ?, 0)", .text(entry.stream.id), .text(name))
        case .renamed(let name):
            try db.run(
                "UPDATE things SET name = ?, changes = changes + 1 WHERE id = ?", .text(name), .text(entry.stream.id))
        }
    }
}

/// Keeps the stream that was heard of last: which one that is depends on the order between streams.
struct Latest: SQLiteProjection {
    typealias Event = ThingEvent

    static let name = "latest"
    static let version = 1

    static func createTables(in db: Database) throws {
        try db.execute(sql: "CREATE TABLE latest(id INTEGER PRIMARY KEY, stream TEXT NOT NULL)")
    }

    func apply(_ event: ThingEvent, from entry: LogEntry, in db: Database) throws {
        try db.run("INSERT OR REPLACE INTO latest VALUES(1, ?)", .text(entry.stream.description))
    }
}

/// Counts the events of each stream in memory, and writes down how many there were.
struct Remembering: SQLiteProjection {
    typealias Event = ThingEvent

    static let name = "remembering"
    static let version = 1

    private let counts = Counts()

    private final class Counts: Sendable {
        private let values = Mutex<[String: Int64]>([:])

        func count(_ stream: String) -> Int64 {
            values.withLock { values in
                values[stream, default: 0] += 1
                return values[stream, default: 0]
            }
        }
    }

    static func createTables(in db: Database) throws {
        try db.execute(sql: "CREATE TABLE counts(stream TEXT PRIMARY KEY NOT NULL, count INTEGER NOT NULL)")
    }

    func apply(_ event: ThingEvent, from entry: LogEntry, in db: Database) throws {
        let stream = entry.stream.description
        try db.run("INSERT OR REPLACE INTO counts VALUES(?, ?)", .text(stream), .integer(counts.count(stream)))
    }
}

/// Relies on a name being free as soon as another thing has given it up.
struct UniqueNames: SQLiteProjection {
    static let name = "unique-names"
    static let version = 1

    static func createTables(in db: Database) throws {
        try db.execute(sql: "CREATE TABLE names(id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE)")
    }

    func apply(_ event: ThingEvent, from entry: LogEntry, in db: Database) throws {
        switch event {
        case .made(let name): try db.run("INSERT INTO names VALUES(?, ?)", .text(entry.stream.id), .text(name))
        case .renamed(let name):
            try db.run("UPDATE names SET name = ? WHERE id = ?", .text(name), .text(entry.stream.id))
        }
    }
}
