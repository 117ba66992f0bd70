import Daybook
import DaybookSQLite
import GRDB
import Synchronization
import TestSupport
import Testing
import UserViews
import Users

@testable import DaybookWorker

/// The `users` projection, which fails some times before it posts a change of an email.
private struct ReluctantProjection: SQLiteProjection {
    final class Failures: Sendable {
        private let left: Mutex<Int>

        init(_ count: Int) { left = Mutex(count) }

        func take() -> Bool {
            left.withLock { left in
                left -= 1
                return left >= 0
            }
        }
    }

    let failures: Failures

    static let name = "users"
    static let version = 1

    static func createTables(in db: Database) throws { try UsersProjection.createTables(in: db) }
    static func createIndexes(in db: Database) throws { try UsersProjection.createIndexes(in: db) }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        if case .emailChanged = event, failures.take() { throw FragileProjection.Broken() }
        try UsersProjection().apply(event, from: entry, in: db)
    }
}

/// What a generation makes of entries that a test hands to it.
@Suite struct `A posting` {
    private let lane = Lane(source: "writer", partition: .of(StreamName(stored: "user-u0"), among: 8))

    /// So many users of the lane.
    private func users(_ count: Int) -> [Int] {
        Array(
            (0...).lazy.filter { .of(StreamName(stored: "user-u\($0)"), among: 8) == lane.partition }.prefix(count))
    }

    private func generation<Projection>(_ fixture: WorkerFixture, _ projection: Projection) throws -> SQLiteReadModel<
        Projection
    > {
        try SQLiteReadModel(
            next: GenerationRecord(role: .building), in: ReadModelFolder(fixture.readModel), projection: projection)
    }

    /// What has come to the lane since the last posting.
    private func rest(_ fixture: WorkerFixture, after checkpoint: Checkpoint?) async throws -> LogSlice {
        try await fixture.store.slice(
            lane.partition, after: checkpoint?.offset ?? .zero, limit: 1000, maximumBytes: .max)
    }

    private func apply<Projection>(_ fixture: WorkerFixture, to model: SQLiteReadModel<Projection>) async throws
        -> [EventFailure]
    {
        let checkpoint = try await model.checkpoints()[lane]
        let slice = try await rest(fixture, after: checkpoint)
        let last = try #require(slice.entries.last)
        let next = Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor)
        return try await model.apply(
            [Posting(lane: lane, expected: checkpoint, entries: slice.entries.map { model.decoded($0) }, next: next)],
            keeping: [])
    }

    @Test func `parks behind an event that is to be parked what follows of its stream, and nothing else`() async throws
    {
        try await WorkerFixture.with { fixture in
            let users = users(2)
            for user in users { try await fixture.create(user..<user + 1) }
            for email in ["first", "second"] {
                for user in users { try await fixture.change(user, to: "\(email)\(user)@example.org") }
            }
            let slice = try await rest(fixture, after: nil)
            let model = try generation(fixture, FragileProjection(fault: fixture.fault))
            _ = try await model.replay(
                slice.entries, of: lane, slice.epoch, after: nil, parking: [slice.entries[2].offset: "it is so"])
            #expect(try await model.parkedCount() == 2)
            let emails = try rows("users", in: model.path)
            #expect(emails.contains { $0.contains("u\(users[0])@") })
            #expect(emails.contains { $0.contains("second\(users[1])@") })
        }
    }

    @Test func `of which several events are parked says why the first of them is`() async throws {
        try await WorkerFixture.with { fixture in
            let model = try generation(fixture, FragileProjection(fault: fixture.fault))
            for (user, reason) in zip(users(3), ["it is so", "it is otherwise", "who knows"]) {
                let checkpoint = try await model.checkpoints()[lane]
                try await fixture.create(user..<user + 1)
                let slice = try await rest(fixture, after: checkpoint)
                _ = try await model.replay(
                    slice.entries, of: lane, slice.epoch, after: checkpoint, parking: [slice.entries[0].offset: reason])
            }
            let failures = try #require(try await model.failures())
            #expect(failures.streams == 3 && failures.reason == "it is so")
        }
    }

    @Test(arguments: [(2, 0), (3, 1)])
    func `is tried as often as the policy says before an event of it is parked`(
        failures: Int, parked: Int
    ) async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.change(0, to: "changed@example.org")
            let slice = try await rest(fixture, after: nil)
            let model = try generation(fixture, ReluctantProjection(failures: .init(failures)))
            _ = try await model.replay(
                slice.entries, of: lane, slice.epoch, after: nil, policy: FailurePolicy(retries: 2))
            #expect(try await model.parkedCount() == parked)
        }
    }

    @Test func `fails again at an event of a type of which one could be posted since`() async throws {
        try await WorkerFixture.with { fixture in
            let users = users(6)
            for user in users { try await fixture.create(user..<user + 1) }
            let model = try generation(fixture, FragileProjection(fault: fixture.fault))
            fixture.fault.email = "poison"
            for user in users[..<3] { try await fixture.change(user, to: "poison\(user)@example.org") }
            let slice = try await rest(fixture, after: nil)
            _ = try await model.replay(slice.entries, of: lane, slice.epoch, after: nil)
            try await fixture.change(users[3], to: "poison@example.org")
            #expect(try await apply(fixture, to: model).count == 1)
            try await fixture.change(users[4], to: "fine@example.org")
            #expect(try await apply(fixture, to: model).isEmpty)
            try await fixture.change(users[5], to: "poison@example.com")
            await #expect(throws: EventFailure.self) { try await apply(fixture, to: model) }
        }
    }
}
