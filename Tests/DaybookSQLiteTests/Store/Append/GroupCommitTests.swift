import Daybook
import Dispatch
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `A commit` {
    private func request(_ stream: String, expecting expected: ExpectedVersion = .any) throws -> AppendRequest {
        let event = NewEvent(id: .new(), type: "t", occurredAt: .now(), data: Array("{}".utf8), metadata: [])
        return AppendRequest(stream: try StreamName(stream), expected: expected, events: [event])
    }

    private func withStore(_ body: (SQLiteEventStore) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await body(try SQLiteEventStore(path: folder.appending(path: "s.sqlite").path))
        }
    }

    @Test func `tells of what was appended, also where a neighbour was refused`() async throws {
        try await withStore { store in
            let fired = Tally()
            let listening = Task { for await _ in store.changes.listen() { fired.add() } }
            defer { listening.cancel() }
            // It begins with one.
            try await eventually("somebody listens", within: .seconds(10), every: .milliseconds(1)) { fired.count > 0 }
            for round in 0..<20 {
                let before = fired.count
                let (made, refused) = (try request("thing-\(round)"), try request("thing-x", expecting: .streamExists))
                // Both wait while somebody else has the connection, and are committed together.
                let gate = DispatchSemaphore(value: 0)
                store.pool.asyncWriteWithoutTransaction { _ in _ = gate.wait(timeout: .now() + 10) }
                async let first = store.append(made)
                async let second = store.append(refused)
                for _ in 0..<100 { await Task.yield() }
                gate.signal()
                _ = try await first
                let refusal = try? await second
                #expect(refusal == nil)
                try await eventually("round \(round) is told of", within: .seconds(10), every: .milliseconds(1)) {
                    fired.count > before
                }
            }
        }
    }

    @Test(arguments: [false, true])
    func `that fails is a problem of the store only if it was about what must be stored`(isVital: Bool) async throws {
        try await withStore { store in
            await #expect(throws: AppendError.self) {
                try await store.commits.perform(isVital: isVital) { _ in throw StoreError("the disk is gone") }
            }
            #expect((store.problem != nil) == isVital)
        }
    }

    @Test func `of nothing does not end a problem of the store`() async throws {
        try await withStore { store in
            _ = try await store.append(request("thing-1"))
            await #expect(throws: AppendError.self) {
                try await store.commits.perform { _ in throw StoreError("the disk is gone") }
            }
            await #expect(throws: AppendError.self) { try await store.append(request("thing-1", expecting: .noStream)) }
            #expect(store.problem != nil)
            _ = try await store.append(request("thing-1"))
            #expect(store.problem == nil)
            await #expect(throws: AppendError.self) {
                try await store.commits.perform { _ in throw StoreError("the disk is gone") }
            }
            try await store.probe()
            #expect(store.problem == nil)
        }
    }

    @Test func `that fails for what one append holds is no problem of the store`() async throws {
        try await withStore { store in
            try await store.pool.write { db in
                try db.execute(
                    sql: """
                        CREATE TEMP TRIGGER surprise BEFORE INSERT ON main.streams WHEN NEW.name = 'thing-bad'
                        BEGIN SELECT RAISE(ABORT, 'surprise'); END
                        """)
            }
            await #expect(throws: AppendError.self) { try await store.append(request("thing-bad")) }
            #expect(store.problem == nil)
            #expect(try await store.append(request("thing-good")).position == 1)
        }
    }
}
