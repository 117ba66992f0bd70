import Daybook
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing
import Users

@testable import DaybookWorker

/// A projection with a mistake in the SQL of its tables.
private struct MistakenProjection: SQLiteProjection {
    static let name = "users"
    static let version = 1

    static func createTables(in db: Database) throws { try db.execute(sql: "CREATE TABLE users(id TEXT") }

    func post(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {}
}

@Suite struct `A generation` {
    @Test func `whose tables cannot be made leaves nothing`() async throws {
        try await Ward.with { ward in
            let folder = try ReadModelFolder(ward.readModel)
            for _ in 0..<2 {
                #expect(throws: DatabaseError.self) {
                    try SQLiteReadModel(
                        next: GenerationRecord(role: .building), in: folder, projection: MistakenProjection())
                }
            }
            #expect(folder.numbers.isEmpty)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names == ["last-generation"])
        }
    }

    @Test func `that was not finished being made is shown, and goes with those that are dropped`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<5)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                // What a worker leaves that ends before it has made the tables, and what one has under way.
                try Data().write(to: URL(filePath: host.folder.file(2)))
                try Data().write(to: URL(filePath: host.folder.file(3)))
                let claim = try host.folder.claim(3)
                let shown = try await host.report().generations
                #expect(shown.map(\.number) == [1, 2] && shown.last?.role == "damaged")
                #expect(shown.last?.problem?.contains("not finished") == true)
                try await host.dropPrevious()
                #expect(host.folder.numbers == [1, 3])
                withExtendedLifetime(claim) {}
            }
        }
    }
}
