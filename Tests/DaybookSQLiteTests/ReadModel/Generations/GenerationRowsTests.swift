import Daybook
import DaybookSQLite
import DaybookTesting
import Foundation
import GRDB
import TestSupport
import Testing

/// Tables with keys of all kinds.
private struct Keys: SQLiteProjection {
    enum Event: IntegrationEvent {
        case happened
        static let namespace = "thing"
    }

    static let name = "keys"
    static let version = 1

    static func createTables(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE numbered(id INTEGER PRIMARY KEY, text TEXT);
                CREATE TABLE paired(a TEXT, b INTEGER, PRIMARY KEY(a, b)) WITHOUT ROWID;
                CREATE TABLE loose(id TEXT PRIMARY KEY, value);
                CREATE TABLE keyless(value);
                CREATE TABLE empty(id TEXT PRIMARY KEY NOT NULL, "of two words" TEXT);
                """)
    }

    func apply(_ event: Event, from entry: LogEntry, in db: Database) throws {}
}

@Suite struct `The rows of a generation` {
    private func withRows(_ body: (GenerationRows) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let model = try SQLiteReadModel(folder: folder.appending(path: "keys").path, projection: Keys())
            try await DatabaseQueue(path: model.path).write { db in
                for number in (Int64(1)...25).reversed() {
                    try db.run("INSERT INTO numbered VALUES(?, ?)", .integer(number), .text("t\(number)"))
                    try db.run("INSERT INTO paired VALUES(?, ?)", .text("a\(number % 3)"), .integer(number))
                    try db.run("INSERT INTO loose VALUES(?, ?)", number % 2 == 0 ? .null : .text("i\(number)"), 1)
                    try db.run("INSERT INTO keyless VALUES(?)", .integer(number))
                }
            }
            try await body(GenerationRows(model.path))
        }
    }

    private func all(_ rows: GenerationRows, _ name: String, limit: Int) async throws -> [String] {
        let table = try #require(try await rows.tables().first { $0.name == name })
        var page = try await rows.page(of: table, limit: limit)
        var found = page.rows
        while let next = page.next {
            page = try await rows.page(of: table, after: next, limit: limit)
            found += page.rows
        }
        return found.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `are those of the projection's own tables`() async throws {
        try await withRows { rows in
            let tables = try await rows.tables()
            #expect(tables.map(\.name) == ["empty", "keyless", "loose", "numbered", "paired"])
            #expect(tables.first?.columns == ["id", "of two words"])
            let events = try await rows.events()
            #expect(events.posted == 0 && events.parked == 0)
        }
    }

    @Test(arguments: [1, 4, 5, 25, 100])
    func `come page by page, each once and in order, whatever their key is`(limit: Int) async throws {
        try await withRows { rows in
            #expect(try await all(rows, "empty", limit: limit).isEmpty)
            let numbered = try await all(rows, "numbered", limit: limit)
            #expect(numbered == (1...25).map { #"{"id":\#($0),"text":"t\#($0)"}"# })
            let paired = try await all(rows, "paired", limit: limit)
            let pairs = (0..<3).flatMap { rest in (1...25).filter { $0 % 3 == rest }.map { (rest, $0) } }
            #expect(paired == pairs.map { #"{"a":"a\#($0.0)","b":\#($0.1)}"# })
            #expect(try await all(rows, "keyless", limit: limit).first == #"{"value":25}"#)
            #expect(try await all(rows, "keyless", limit: limit).count == 25)
            // Keys that are NULL hide no row.
            #expect(try await all(rows, "loose", limit: limit).filter { $0.hasPrefix(#"{"id":null"#) }.count == 12)
            #expect(try await all(rows, "loose", limit: limit).count == 25)
        }
    }

    @Test func `have every kind of value as JSON`() async throws {
        try await withTemporaryFolder { folder in
            let model = try SQLiteReadModel(folder: folder.appending(path: "keys").path, projection: Keys())
            try await DatabaseQueue(path: model.path).write { db in
                try db.execute(
                    sql: "INSERT INTO keyless VALUES(NULL), (-9223372036854775808), (1.5), (9e999), (?), (x'00ff')",
                    arguments: ["a\"b\\\n/é"])
            }
            let rows = try await all(GenerationRows(model.path), "keyless", limit: 10)
            #expect(
                rows == [
                    #"{"value":null}"#, #"{"value":-9223372036854775808}"#, #"{"value":1.5}"#, #"{"value":null}"#,
                    #"{"value":"a\"b\\\n/é"}"#, #"{"value":"AP8="}"#,
                ])
        }
    }
}
