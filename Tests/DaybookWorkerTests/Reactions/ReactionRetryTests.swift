import Daybook
import Foundation
import GRDB
import TestSupport
import Testing
import Users

@testable import DaybookSQLite
@testable import DaybookWorker

@Suite struct `A retry of what a reaction has parked` {
    private struct Refused: Error {}
    private let book = Noting.Book()

    /// The first user's first event was reacted to, the second one is parked as refused, and the third waits behind it.
    private func parked(_ fixture: WorkerFixture) async throws -> SQLiteReactionState<Noting> {
        try await fixture.create(0..<1)
        for name in ["a", "b"] { try await fixture.change(0, to: "\(name)@example.org") }
        let claim = try #require(try SQLiteReactionState<Noting>.claim(in: fixture.folder.path))
        let state = try SQLiteReactionState(folder: fixture.folder.path, reaction: Noting(book: book), claim: claim)
        let partition = Partition.of(StreamName(stored: "user-u0"), among: 8)
        let slice = try await fixture.store.slice(partition, after: .zero, limit: 10, maximumBytes: .max)
        let last = try #require(slice.entries.last)
        var posting = Posting(
            lane: Lane(source: "writer", partition: partition), expected: nil,
            entries: slice.entries.map { state.decoded($0) },
            next: Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor))
        posting.parks = [slice.entries[1].offset: "it was refused"]
        try await state.apply([posting], keeping: [])
        #expect(try await state.parkedCount() == 2 && book.keys.count == 1)
        return state
    }

    /// Lets the first parked event be reacted to and not be removed, as with a full disk.
    private func retryWithoutRoom(_ state: SQLiteReactionState<Noting>, _ fixture: WorkerFixture, times: Int)
        async throws
    {
        let file = try DatabaseQueue(path: "\(fixture.folder.path)/noting.sqlite")
        try await file.write { db in
            try db.execute(
                sql: "CREATE TRIGGER full BEFORE DELETE ON parked_events BEGIN SELECT RAISE(ABORT, 'no room'); END")
        }
        for _ in 0..<times {
            await #expect(throws: DatabaseError.self) { try await state.retryParked("user-u0", of: "writer") }
        }
        try await file.write { try $0.execute(sql: "DROP TRIGGER full") }
        #expect(try await state.parkedCount() == 2)
    }

    @Test func `does not react again to what could not be removed`() async throws {
        try await WorkerFixture.with { fixture in
            let state = try await parked(fixture)
            try await retryWithoutRoom(state, fixture, times: 3)
            #expect(book.keys.count == 2)
            #expect(try await state.retryParked("user-u0", of: "writer")?.posted == 2)
            #expect(book.keys.count == 3 && Set(book.keys).count == 3)
            #expect(try await state.parkedCount() == 0)
        }
    }

    @Test func `that has reacted leaves nothing to skip`() async throws {
        try await WorkerFixture.with { fixture in
            let state = try await parked(fixture)
            try await retryWithoutRoom(state, fixture, times: 1)
            #expect(try await state.skipParked("user-u0", of: "writer")?.posted == 1)
            #expect(book.keys.count == 3 && Set(book.keys).count == 3)
            #expect(try await state.parkedCount() == 0)
        }
    }

    @Test func `leaves the reason as it is when what stands in its way passes`() async throws {
        try await WorkerFixture.with { fixture in
            let state = try await parked(fixture)
            book.fail { _ in NotNow("the mail server is away") }
            let outcome = try await state.retryParked("user-u0", of: "writer")
            #expect(outcome?.posted == 0 && outcome?.reason == "the mail server is away")
            #expect(try await state.parked().map(\.reason) == ["it was refused"])
            book.fail { _ in Refused() }
            _ = try await state.retryParked("user-u0", of: "writer")
            #expect(try await state.parked().map(\.reason) == ["Refused()"])
            state.end()
            #expect(try await state.retryParked("user-u0", of: "writer")?.posted == 0)
            #expect(try await state.parked().map(\.reason) == ["Refused()"])
        }
    }
}
