import Daybook
import Foundation
import GRDB
import Synchronization
import Testing

@testable import DaybookSQLite

/// Counts that do not depend on the machine. Whoever makes them worse sees it here, and not in production.
@Suite final class `What appending costs` {
    private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var path: String { folder.appending(path: "store.sqlite").path }

    private func event(_ number: Int) throws -> NewEvent {
        let data = Array(#"{"newEmail":"ada.\#(number)@example.org","oldEmail":"ada.\#(number)@example.com"}"#.utf8)
        return NewEvent(
            id: .new(), type: "email-changed", occurredAt: .now(), data: data,
            metadata: try EventMetadata.new().encoded(),
            published: [.init(type: "user.email-changed", schemaVersion: 1, data: data)])
    }

    /// Appends to so many streams at once, and tells which statements that took.
    private func statements(
        of store: SQLiteEventStore, streams: Int, events: Int = 1
    ) async throws -> [String] {
        let seen = Mutex<[String]>([])
        try await store.pool.writeWithoutTransaction { db in
            db.trace { event in
                let sql = "\(event)"
                // A statement inside a trigger begins with a comment.
                if !sql.hasPrefix("--") { seen.withLock { $0.append(sql) } }
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for stream in 0..<streams {
                let request = AppendRequest(
                    stream: try StreamName("user-\(stream)"), expected: .any,
                    events: try (0..<events).map { try event($0) })
                tasks.addTask { _ = try await store.append(request) }
            }
            try await tasks.waitForAll()
        }
        try await store.pool.writeWithoutTransaction { $0.trace() }
        return seen.withLock { $0 }
    }

    @Test func `a thousand appends at once take few transactions`() async throws {
        let store = try SQLiteEventStore(path: path)
        let commits = try await statements(of: store, streams: 1000).filter { $0.hasPrefix("COMMIT") }
        #expect((1...100).contains(commits.count))
    }

    @Test func `an event of a known stream takes two statements`() async throws {
        let store = try SQLiteEventStore(path: path)
        _ = try await statements(of: store, streams: 10)
        let taken = try await statements(of: store, streams: 1, events: 100).filter {
            !$0.hasPrefix("BEGIN") && !$0.hasPrefix("COMMIT")
        }
        #expect(taken.count == 200)
    }

    @Test func `256 events in one append write no more than a page for every five`() async throws {
        let store = try SQLiteEventStore(path: path)
        _ = try await statements(of: store, streams: 1, events: 256)
        let before = try walFrames()
        _ = try await statements(of: store, streams: 1, events: 256)
        let frames = try walFrames() - before
        #expect((1...51).contains(frames))
    }

    private func walFrames() throws -> Int {
        let size = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int ?? 0
        return (size - 32) / (4096 + 24)
    }
}
