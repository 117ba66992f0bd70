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

    func post(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        if case .emailChanged = event, failures.take() { throw FragileProjection.Broken() }
        try UsersProjection().post(event, from: entry, in: db)
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

    private func generation<Projection>(_ ward: Ward, _ projection: Projection) throws -> SQLiteReadModel<Projection> {
        try SQLiteReadModel(
            next: GenerationRecord(role: .building), in: ReadModelFolder(ward.readModel), projection: projection)
    }

    /// What has come to the lane since the last posting.
    private func rest(_ ward: Ward, after checkpoint: Checkpoint?) async throws -> LogSlice {
        try await ward.store.slice(
            lane.partition, after: checkpoint?.offset ?? .zero, limit: 1000, maximumBytes: .max)
    }

    private func post<Projection>(_ ward: Ward, to model: SQLiteReadModel<Projection>) async throws -> [EventFailure] {
        let checkpoint = try await model.checkpoints()[lane]
        let slice = try await rest(ward, after: checkpoint)
        let last = try #require(slice.entries.last)
        let next = Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor)
        return try await model.post(
            [Posting(lane: lane, expected: checkpoint, entries: slice.entries.map { model.decoded($0) }, next: next)],
            keeping: [])
    }

    @Test func `parks behind an event that is to be parked what follows of its stream, and nothing else`() async throws
    {
        try await Ward.with { ward in
            let users = users(2)
            for user in users { try await ward.create(user..<user + 1) }
            for email in ["first", "second"] {
                for user in users { try await ward.change(user, to: "\(email)\(user)@example.org") }
            }
            let slice = try await rest(ward, after: nil)
            let model = try generation(ward, FragileProjection(fault: ward.fault))
            _ = try await model.replay(
                slice.entries, of: lane, slice.epoch, after: nil, parking: [slice.entries[2].offset: "it is so"])
            #expect(try await model.parkedCount() == 2)
            let emails = try rows("users", in: model.path)
            #expect(emails.contains { $0.contains("u\(users[0])@") })
            #expect(emails.contains { $0.contains("second\(users[1])@") })
        }
    }

    @Test func `of which several events are parked says why the first of them is`() async throws {
        try await Ward.with { ward in
            let model = try generation(ward, FragileProjection(fault: ward.fault))
            for (user, reason) in zip(users(3), ["it is so", "it is otherwise", "who knows"]) {
                let checkpoint = try await model.checkpoints()[lane]
                try await ward.create(user..<user + 1)
                let slice = try await rest(ward, after: checkpoint)
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
        try await Ward.with { ward in
            try await ward.create(0..<1)
            try await ward.change(0, to: "changed@example.org")
            let slice = try await rest(ward, after: nil)
            let model = try generation(ward, ReluctantProjection(failures: .init(failures)))
            _ = try await model.replay(
                slice.entries, of: lane, slice.epoch, after: nil, policy: FailurePolicy(retries: 2))
            #expect(try await model.parkedCount() == parked)
        }
    }

    @Test func `fails again at an event of a type of which one could be posted since`() async throws {
        try await Ward.with { ward in
            let users = users(6)
            for user in users { try await ward.create(user..<user + 1) }
            let model = try generation(ward, FragileProjection(fault: ward.fault))
            ward.fault.email = "poison"
            for user in users[..<3] { try await ward.change(user, to: "poison\(user)@example.org") }
            let slice = try await rest(ward, after: nil)
            _ = try await model.replay(slice.entries, of: lane, slice.epoch, after: nil)
            try await ward.change(users[3], to: "poison@example.org")
            #expect(try await post(ward, to: model).count == 1)
            try await ward.change(users[4], to: "fine@example.org")
            #expect(try await post(ward, to: model).isEmpty)
            try await ward.change(users[5], to: "poison@example.com")
            await #expect(throws: EventFailure.self) { try await post(ward, to: model) }
        }
    }
}
