import Dispatch
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `What is left of erased rows` {
    /// Reads a file all the time, for a moment each.
    private func read(_ path: String, until isOver: Flag) async throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue(label: "reader").async {
                continuation.resume(
                    with: Result {
                        while !isOver.isSet {
                            try database.read { db in
                                _ = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM erasures")
                                usleep(8000)
                            }
                        }
                    })
            }
        }
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isSet: Bool { value.withLock { $0 } }
        func set() { value.withLock { $0 = true } }
    }

    @Test func `is in no page of the file, nor in its log, once it is erased`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "r.sqlite").path
            let pool = try DatabasePool(path: path)
            func isInFile() throws -> Bool {
                try [path, "\(path)-wal"].filter { FileManager.default.fileExists(atPath: $0) }.contains {
                    try Data(contentsOf: URL(filePath: $0)).range(of: Data("secret@example.org".utf8)) != nil
                }
            }
            // What is deleted stays in its page, as a copy of a moved row does in a gap.
            try await pool.writeWithoutTransaction { db in
                try db.execute(
                    sql: "PRAGMA secure_delete = OFF; CREATE TABLE people(email TEXT); \(PendingErasureNotes.table)")
                for _ in 0..<100 { try db.execute(sql: "INSERT INTO people VALUES('secret@example.org')") }
                try db.execute(sql: "DELETE FROM people")
                _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
            #expect(try isInFile())
            try await pool.write { try PendingErasureNotes.note(in: $0) }
            #expect(try await PendingErasureNotes(in: pool).erase())
            #expect(try !isInFile())
        }
    }

    @Test func `is erased also where somebody reads the file all the time`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.appending(path: "r.sqlite").path
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            let pool = try DatabasePool(path: path, configuration: configuration)
            try await pool.write { try $0.execute(sql: PendingErasureNotes.table) }
            let isOver = Flag()
            try await withThrowingTaskGroup(of: Void.self) { readers in
                defer { isOver.set() }
                for _ in 0..<3 {
                    readers.addTask { try await read(path, until: isOver) }
                    try await Task.sleep(for: .milliseconds(3))
                }
                for _ in 0..<5 {
                    try await pool.write { try PendingErasureNotes.note(in: $0) }
                    #expect(try await PendingErasureNotes(in: pool).erase())
                }
                #expect(try await pool.read { try !PendingErasureNotes.exist(in: $0) })
                isOver.set()
                try await readers.waitForAll()
            }
            let patience = try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA busy_timeout") }
            #expect(patience == 5000)
        }
    }
}
