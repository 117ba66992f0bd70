import Daybook
import DaybookAPI
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing
import UserViews
import Users

@testable import DaybookSQLite
@testable import DaybookWorker

/// A projection with a mistake in the SQL of its tables.
private struct MistakenProjection: SQLiteProjection {
    static let name = "users"
    static let version = 1

    static func createTables(in db: Database) throws { try db.execute(sql: "CREATE TABLE users(id TEXT") }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {}
}

/// The `users` projection with a mistake in the SQL of its indexes.
private struct UnindexedProjection: SQLiteProjection {
    static let name = "users"
    static let version = 1

    static func createTables(in db: Database) throws { try UsersProjection.createTables(in: db) }
    static func createIndexes(in db: Database) throws { try db.execute(sql: "CREATE INDEX i ON nowhere(x)") }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        try UsersProjection().apply(event, from: entry, in: db)
    }
}

/// The `users` projection with a mistake in the SQL that posts an event.
private struct UnpostingProjection: SQLiteProjection {
    static let name = "users"
    static let version = 1

    static func createTables(in db: Database) throws { try UsersProjection.createTables(in: db) }
    static func createIndexes(in db: Database) throws { try UsersProjection.createIndexes(in: db) }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        try db.execute(sql: "INSERT INTO nowhere VALUES(1)")
    }
}

@Suite struct `A generation` {
    @Test func `whose tables cannot be made leaves nothing`() async throws {
        try await WorkerFixture.with { fixture in
            let folder = try ReadModelFolder(fixture.readModel)
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
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let folder = try ReadModelFolder(fixture.readModel)
                // What a worker leaves that ends before it has made the tables, and what one has under way.
                try Data().write(to: URL(filePath: folder.file(2)))
                try Data().write(to: URL(filePath: folder.file(3)))
                let claim = try host.store.lock(3)
                let shown = try await host.report().generations
                #expect(shown.map(\.number) == [1, 2] && shown.last?.role == .damaged)
                #expect(shown.last?.problem?.contains("not finished") == true)
                try await host.operations.dropPrevious()
                #expect(host.store.numbers == [1, 3])
                withExtendedLifetime(claim) {}
            }
        }
    }

    private func with<Projection: SQLiteProjection>(
        _ projection: Projection, _ fixture: WorkerFixture, _ body: (ProjectionHost) async throws -> Void
    ) async throws {
        let host = try ProjectionHost(
            projection: projection, folder: fixture.readModel, feed: fixture.feed(FailurePolicy(retries: 0)),
            logger: fixture.logger)
        try await fixture.running(host) { try await body(host) }
    }

    @Test func `that cannot be finished is a problem of the worker until it can be`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            try await with(UnindexedProjection(), fixture) { host in
                try await eventually("it says why") { host.status.trouble?.contains("nowhere") == true }
                #expect(host.store.serving == nil)
                #expect(try await host.report().generations.first?.problem?.contains("nowhere") == true)
            }
            // With code that is mended it goes on from there.
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try await eventually("nothing is wrong any more") { host.status.trouble == nil }
            }
        }
    }

    @Test(arguments: [5, 150])
    func `is stopped while it is built where its code can post next to nothing`(users: Int) async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<users)
            try await with(UnpostingProjection(), fixture) { host in
                try await eventually("it says why") { host.status.trouble?.contains("is stopped") == true }
                #expect(host.store.serving == nil)
                #expect(host.status.trouble?.contains("nowhere") == true)
            }
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                #expect(try await fixture.isReplay())
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `that was stopped while it was built goes on when an operator says so`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            try await with(UnpostingProjection(), fixture) { host in
                try await eventually("it is stopped") { host.status.trouble?.contains("is stopped") == true }
                try await host.operations.promoteBuilt()
                try await eventually("it serves") { host.store.serving == 1 && host.status.trouble == nil }
                #expect(try await host.report().parked == 5)
            }
        }
    }

    @Test func `that an operator lets go on does so after a restart too`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            try await with(UnpostingProjection(), fixture) { host in
                try await eventually("it is stopped") { host.status.trouble?.contains("is stopped") == true }
            }
            // A worker that ends before it goes on.
            let host = try ProjectionHost(
                projection: UnpostingProjection(), folder: fixture.readModel,
                feed: fixture.feed(FailurePolicy(retries: 0)),
                logger: fixture.logger)
            try await host.operations.promoteBuilt()
            try await with(UnpostingProjection(), fixture) { host in
                try await eventually("it serves") { host.store.serving == 1 && host.status.trouble == nil }
                #expect(try await host.report().parked == 5)
            }
        }
    }

    @Test func `that was stopped goes on when another worker is told so`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            try await with(UnpostingProjection(), fixture) { host in
                try await eventually("it is stopped") { host.status.trouble?.contains("is stopped") == true }
                let other = try ProjectionHost(
                    projection: UnpostingProjection(), folder: fixture.readModel,
                    feed: fixture.feed(FailurePolicy(retries: 0)), logger: fixture.logger)
                try await other.operations.promoteBuilt()
                try await eventually("it serves") { host.store.serving == 1 && host.status.trouble == nil }
            }
        }
    }

    @Test func `is not stopped while it is built for what cannot be posted to the one that serves either`() async throws
    {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<110)
            try await fixture.withHost(policy: FailurePolicy(retries: 0)) { host in
                try await fixture.waitUntilServing(host)
                fixture.fault.email = "poison"
                for user in 0..<105 { try await fixture.change(user, to: "poison\(user)@example.org") }
                try await fixture.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                try await fixture.waitUntilServing(host, generation: 2)
                #expect(try await host.report().parked == 105)
            }
        }
    }

    @Test func `parks while it is built the event at which processes end again and again`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let build = try SQLiteReadModel(
                next: GenerationRecord(role: .building, isHeld: true), in: ReadModelFolder(fixture.readModel),
                projection: FragileProjection(fault: fixture.fault))
            let partition = Partition.of(StreamName(stored: "user-u1"), among: 8)
            let slice = try await fixture.store.slice(partition, after: .zero, limit: 10, maximumBytes: .max)
            let id = try #require(slice.entries.last?.id)
            // What processes leave that end while they post.
            for _ in 0..<2 {
                try CrashMark("\(build.path).mark").begin(id)
                try await build.countCrash()
            }
            try CrashMark("\(build.path).mark").begin(id)
            try await fixture.withHost { host in
                try await eventually("the build has parked it") {
                    guard let model = host.supervisor.registry.running.withAll({ $0[2]?.model }) else { return false }
                    return try await model.parked().map(\.eventID) == [id.description]
                }
            }
        }
    }

    @Test func `that is the first one cannot be given up`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            try await with(UnindexedProjection(), fixture) { host in
                try await eventually("it is being built") { host.supervisor.registry.running.withAll { $0[1] != nil } }
                let refusal = await #expect(throws: OperationRefused.self) { try await host.operations.cancelBuild() }
                #expect(refusal?.code == .firstBuild && host.store.numbers == [1])
            }
        }
    }
}
