import Daybook
import DaybookSQLite
import DaybookTesting
import Foundation
import GRDB
import TestSupport
import Testing

/// The projection that a contract asks for.
private struct Notes: SQLiteProjection {
    static let name = "contract"
    static let version = 1
    static let queries = [
        ReadModelQuery("notes/{id}") { parameters, db in
            try String.fetchOne(db, sql: "SELECT text FROM notes WHERE id = ?", arguments: [parameters["id"]])
                .map { ["text": $0] }
        }
    ]

    let isFaulty: Bool

    static func createTables(in db: Database) throws {
        try db.execute(sql: "CREATE TABLE notes(id TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL) WITHOUT ROWID")
    }

    func apply(_ event: ContractEvent, from entry: LogEntry, in db: Database) throws {
        switch event {
        case .noted(let text):
            if isFaulty && text == ContractEvent.poison { throw ContractFault() }
            try db.run(
                "INSERT INTO notes VALUES(?, ?) ON CONFLICT DO UPDATE SET text = excluded.text",
                .text(entry.stream.id), .text(text))
        case .forgotten: try db.run("DELETE FROM notes WHERE id = ?", .text(entry.stream.id))
        }
    }
}

/// The same as its code will be next.
private struct NextNotes: SQLiteProjection {
    static let name = Notes.name
    static let version = 2
    static let queries = Notes.queries

    let present: Notes

    static func createTables(in db: Database) throws { try Notes.createTables(in: db) }

    func apply(_ event: ContractEvent, from entry: LogEntry, in db: Database) throws {
        try present.apply(event, from: entry, in: db)
    }
}

@Suite struct `A read model in SQLite` {
    @Test func `keeps the contract of every read model`() async throws {
        try await withTemporaryFolder { folder in
            try await verifyReadModelStoreContract {
                let path = folder.appending(path: "\(UUID())").path
                return { code in
                    let notes = Notes(isFaulty: code.isFaulty)
                    if code.version == 1 { return try SQLiteReadModelStore(of: notes, in: path) }
                    return try SQLiteReadModelStore(of: NextNotes(present: notes), in: path)
                }
            }
        }
    }

    @Test func `keeps the contract of the states of reactions`() async throws {
        try await withTemporaryFolder { folder in
            try await verifyReactionStateContract {
                SQLiteReactionStateStore(in: folder.appending(path: "\(UUID())").path)
            }
        }
    }

    @Test func `is named after its folder, and answers no query of another kind`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "notes").path
            let store = try SQLiteReadModelStore(of: Notes(isFaulty: false), in: path)
            #expect("\(store)" == path)
            try store.create(GenerationRecord(role: .building), skipping: [])
            try await store.promote(1) { _ in }
            let query = InMemoryQuery("notes/{id}") { _, _ in Int?.none }
            let parameters = try QueryParameters(path: ["id": "1"])
            await #expect(throws: StoreError.self) {
                try await store.servingRows.answer(query, parameters, of: 1)
            }
        }
    }
}
