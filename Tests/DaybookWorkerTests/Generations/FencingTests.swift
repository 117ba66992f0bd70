import Daybook
import DaybookSQLite
import TestSupport
import Testing

@testable import DaybookWorker

/// The history of a store that was restored and has grown since: it has another event at every place.
private struct Regrown: History {
    let history: LocalHistory

    func slice(of source: Source, _ partition: Partition, after offset: Offset, limit: Int) async throws -> LogSlice {
        var slice = try await history.slice(of: source, partition, after: offset, limit: limit)
        slice.anchor = slice.anchor.map { LogAnchor(id: $0.id, hash: .genesis) }
        return slice
    }
}

@Suite struct `A lane of a read model` {
    /// What the store has of the first user after a place.
    private func posting(
        _ model: SQLiteReadModel<FragileProjection>, after expected: Checkpoint? = nil, _ fixture: WorkerFixture
    ) async throws -> Posting {
        let partition = Partition.of(StreamName(stored: "user-u0"), among: 8)
        let slice = try await fixture.store.slice(
            partition, after: expected?.offset ?? .zero, limit: 10, maximumBytes: .max)
        let last = try #require(slice.entries.last)
        return Posting(
            lane: Lane(source: "writer", partition: partition), expected: expected,
            entries: slice.entries.map { model.decoded($0) },
            next: Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor))
    }

    @Test func `has its first event once, although two workers post it`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            let projection = FragileProjection(fault: fixture.fault)
            let first = try SQLiteReadModel(folder: fixture.readModel, projection: projection)
            let second = try SQLiteReadModel(folder: fixture.readModel, projection: projection)
            let postings = (try await posting(first, fixture), try await posting(second, fixture))
            try await first.apply([postings.0], keeping: [])
            await #expect(throws: Fenced.self) { try await second.apply([postings.1], keeping: []) }
            #expect(try rows("users", in: fixture.current).count == 1)
        }
    }

    @Test func `is brought no further from a log that has another event at its checkpoint`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            let model = try SQLiteReadModel(
                folder: fixture.readModel, projection: FragileProjection(fault: fixture.fault))
            let own = try await posting(model, fixture)
            try await model.apply([own], keeping: [])
            try await fixture.change(0, to: "later@example.org")
            let targets = [own.lane: try await posting(model, after: own.next, fixture).next]
            let history = LocalHistory(["writer": fixture.store])
            try await model.catchUp(to: targets, from: Regrown(history: history))
            #expect(try await model.checkpoints() == [own.lane: own.next])
            #expect(try rows("users", in: fixture.current).allSatisfy { !$0.contains("later@example.org") })
            try await model.catchUp(to: targets, from: history)
            #expect(try await model.checkpoints() == targets)
        }
    }
}
