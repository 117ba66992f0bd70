import Daybook
import DaybookAPI
import DaybookSQLite
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing
import Users

@testable import DaybookSQLite
@testable import DaybookWorker

/// The projection as its code will be next; it fails at the same.
private struct NextFragileProjection: SQLiteProjection {
    static let name = FragileProjection.name
    static let version = 2

    let present: FragileProjection

    static func createTables(in db: Database) throws { try FragileProjection.createTables(in: db) }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        try present.apply(event, from: entry, in: db)
    }
}

@Suite struct `A promotion` {
    private let poison = "poison@example.org"

    private func projection(_ fixture: WorkerFixture) -> FragileProjection { FragileProjection(fault: fixture.fault) }

    /// Two generations that are equal, of which the second one serves.
    private func build(_ fixture: WorkerFixture) async throws {
        try await fixture.create(0..<10)
        try await fixture.withHost { host in
            try await fixture.waitUntilServing(host)
            try await host.operations.rebuild(isHeld: false, requiresEqual: false)
            try await fixture.waitUntilServing(host, generation: 2)
            try await eventually("generation 1 is whole") {
                try await host.report().generations.first?.done == 10
            }
        }
    }

    /// Gives a user an email at which the projection will fail, and posts that to one generation only.
    private func apply(_ email: String, toGeneration number: Int, _ fixture: WorkerFixture) async throws {
        try await fixture.change(3, to: email)
        let model = try SQLiteReadModel(
            in: ReadModelFolder(fixture.readModel), number: number, projection: projection(fixture))
        let lane = Lane(source: "writer", partition: Partition.of(try StreamName("user-u3"), among: 8))
        let own = try await model.checkpoints()[lane]
        let slice = try await fixture.store.slice(
            lane.partition, after: own?.offset ?? .zero, limit: 100, maximumBytes: .max)
        _ = try await model.replay(slice.entries, of: lane, slice.epoch, after: own)
    }

    /// Waits until the host has looked once more at which generations there are. It does so after each comparison that
    /// it is asked for; the second one is only begun when the look after the first is over.
    private func letArrange(_ host: WorkerFixture.Host) async throws {
        for _ in 0..<2 {
            try host.beginComparison()
            try await eventually("it is compared", every: .milliseconds(5)) { host.comparison.last?.state != .running }
        }
    }

    @Test func `that fails is tried again when it is time, and what serves goes on until then`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            var feed = fixture.feed(FailurePolicy())
            // Here the time is when the test says so.
            feed.headCheckInterval = .seconds(3600)
            let host = try WorkerFixture.Host(
                projection: projection(fixture), folder: fixture.readModel, feed: feed, logger: fixture.logger)
            func beginning(of number: Int) -> ContinuousClock.Instant? {
                host.supervisor.registry.running.withAll { $0[number]?.beginning.time }
            }
            try await fixture.running(host) {
                try await fixture.waitUntilServing(host)
                let first = beginning(of: 1)
                do {
                    let lock = try FileLock(besides: "\(fixture.readModel)/promotion", as: "another worker")
                    try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                    try await eventually("it was tried") {
                        let (one, two) = (beginning(of: 1), beginning(of: 2))
                        return one != nil && one != first && two != nil
                    }
                    let second = beginning(of: 1)
                    host.supervisor.registry.inbox.send(.progressed)
                    try await letArrange(host)
                    #expect(beginning(of: 1) == second && host.store.serving == 1)
                    withExtendedLifetime(lock) {}
                }
                host.supervisor.tick()
                try await fixture.waitUntilServing(host, generation: 2)
            }
        }
    }

    @Test func `ends the worker when what serves ends meanwhile with an error`() async throws {
        struct Broken: Error {}
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let feed = fixture.feed(FailurePolicy())
            let host = try WorkerFixture.Host(
                projection: projection(fixture), folder: fixture.readModel, feed: feed, logger: fixture.logger)
            let model = try host.store.open(1)
            let runner = ProjectionRunner(
                name: "users", readModel: model, subscription: feed.subscription, history: feed.history,
                sources: feed.sources, partitionCount: feed.partitionCount, logger: fixture.logger)
            host.supervisor.registry.running.add(
                RunningGeneration(
                    model: model, runner: runner, role: .serving, lock: nil, beginning: .init(applied: 0)),
                number: 1)
            host.supervisor.registry.inbox.send(.progressed)
            host.supervisor.ended(1, with: Broken())
            await #expect(throws: Broken.self) { try await host.run() }
        }
    }

    @Test func `does not happen where the next one cannot post an event and the policy is to pause`() async throws {
        try await WorkerFixture.with { fixture in
            try await build(fixture)
            try await apply(poison, toGeneration: 2, fixture)
            fixture.fault.email = "poison"
            try await fixture.withHost(policy: FailurePolicy(retries: 1, lastResort: .pause)) { host in
                try await fixture.waitUntilServing(host, generation: 2)
                await #expect(throws: PromotionRefused.self) { try await host.operations.rollBack() }
                #expect(host.store.serving == 2)
                try await fixture.waitUntilServing(host, generation: 2)
                fixture.fault.email = nil
                try await host.operations.rollBack()
                try await fixture.waitUntilServing(host, generation: 1)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `does not go back to a generation of another log, unless that is named`() async throws {
        try await WorkerFixture.with { fixture in
            try await build(fixture)
            let other = InMemoryStore()
            try await Repository<User>(store: other).execute(.create(email: "a@example.org", name: "A"), on: "a")
            var feed = fixture.feed(FailurePolicy())
            feed.history = LocalHistory(["writer": other])
            let host = try WorkerFixture.Host(
                projection: projection(fixture), folder: fixture.readModel, feed: feed, logger: fixture.logger)
            try await fixture.running(host) {
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                try await eventually("generation 3 serves") { host.store.serving == 3 && host.status.posted == 1 }
                let refusal = await #expect(throws: OperationRefused.self) { try await host.operations.rollBack() }
                #expect(refusal?.code == .otherLog)
                await #expect(throws: OperationRefused.self) { try await host.operations.rollBack(forcing: 1) }
                #expect(host.store.serving == 3)
                try await host.operations.rollBack(forcing: 2)
                #expect(host.store.serving == 2)
            }
        }
    }

    @Test func `does not go back to a generation of a log that was restored and has grown since`() async throws {
        try await WorkerFixture.with { fixture in
            try await build(fixture)
            // As if that event had another hash in the log of today.
            let first = try ReadModelFolder(fixture.readModel).file(1)
            try changeReadModel(first, "UPDATE checkpoints SET hash = zeroblob(32)")
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host, generation: 2)
                let refusal = await #expect(throws: OperationRefused.self) { try await host.operations.rollBack() }
                #expect(refusal?.code == .otherLog && host.store.serving == 2)
            }
        }
    }

    @Test func `lets nobody remove a generation meanwhile, and never the one to which the link leads`() async throws {
        try await WorkerFixture.with { fixture in
            try await build(fixture)
            let folder = try ReadModelFolder(fixture.readModel)
            // As another worker: it feeds nothing.
            let host = try WorkerFixture.Host(
                projection: projection(fixture), folder: fixture.readModel, feed: fixture.feed(FailurePolicy()),
                logger: fixture.logger)
            try await folder.promote(1) { present in
                #expect(present == 2 && folder.serving == 2)
                await #expect(throws: PromotionUnderWay.self) { try await host.reset() }
                await #expect(throws: PromotionUnderWay.self) { try await host.operations.rollBack() }
                await #expect(throws: PromotionUnderWay.self) { try await host.operations.dropPrevious() }
                #expect(folder.numbers == [1, 2])
            }
            #expect(folder.serving == 1)
            // What a worker leaves that ends in the midst of one.
            try GenerationFile.setRole(.previous, of: 1, in: folder)
            try await host.operations.dropPrevious()
            #expect(folder.numbers == [1])
        }
    }

    @Test func `fences off who posts to the present one before the next is brought up to it, and moves the link last`()
        async throws
    {
        try await WorkerFixture.with { fixture in
            try await build(fixture)
            let folder = try ReadModelFolder(fixture.readModel)
            // Another process, which has seen nothing of a promotion.
            let model = try SQLiteReadModel(in: folder, number: 2, projection: projection(fixture))
            try await fixture.change(3, to: "late@example.org")
            let lane = Lane(source: "writer", partition: Partition.of(try StreamName("user-u3"), among: 8))
            let own = try await model.checkpoints()[lane]
            let slice = try await fixture.store.slice(
                lane.partition, after: own?.offset ?? .zero, limit: 100, maximumBytes: .max)
            try await folder.promote(1) { present in
                #expect(present == 2)
                await #expect(throws: Fenced.self) {
                    _ = try await model.replay(slice.entries, of: lane, slice.epoch, after: own)
                }
                // A worker that starts now leaves that as it is.
                try folder.recover()
                let roles = try folder.generations().map(\.record.role)
                #expect(folder.serving == 2 && roles == [.previous, .previous])
            }
            let roles = try folder.generations().map(\.record.role)
            #expect(folder.serving == 1 && roles == [.serving, .previous])
        }
    }

    @Test func `to another version takes over what was skipped while that was built`() async throws {
        try await WorkerFixture.with { fixture in
            fixture.fault.email = "poison"
            try await fixture.create(0..<5)
            try await fixture.change(3, to: "poison@example.org")
            try await fixture.change(3, to: "later@example.org")
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let earlier = try WorkerFixture.Host(
                projection: projection(fixture), folder: fixture.readModel,
                feed: fixture.feed(FailurePolicy(retries: 0)),
                isLeading: false, earlier: [], logger: fixture.logger)
            let next = try ProjectionHost(
                projection: NextFragileProjection(present: projection(fixture)), folder: fixture.readModel,
                feed: fixture.feed(FailurePolicy(retries: 0)), isLeading: true, earlier: [earlier],
                logger: fixture.logger)
            try await fixture.running(earlier) {
                try await fixture.waitUntilServing(earlier)
                var promotion: GenerationLock? = try earlier.store.lockPromotion(as: "another worker")
                try await fixture.running(next) {
                    try await eventually("the next version has parked them too") {
                        guard let build = next.supervisor.registry.running.withAll({ $0[2]?.model }) else {
                            return false
                        }
                        return try await build.parkedCount() == 2
                    }
                    #expect(try await earlier.skipParked("user-u3", of: "writer")?.posted == 1)
                    withExtendedLifetime(promotion) {}
                    promotion = nil
                    try await eventually("the next version serves") { next.store.serving == 2 }
                    #expect(try await next.report().parked == 0)
                    #expect(try rows("users", in: fixture.current).contains { $0.contains("later@example.org") })
                }
            }
        }
    }

    @Test func `leaves the one that served before an event that it cannot post where the policy is to pause`()
        async throws
    {
        try await WorkerFixture.with { fixture in
            try await build(fixture)
            try await apply(poison, toGeneration: 1, fixture)
            fixture.fault.email = "poison"
            try await fixture.withHost(policy: FailurePolicy(retries: 1, lastResort: .pause)) { host in
                try await eventually("generation 2 is paused") { host.status.isPaused }
                try await host.operations.rollBack()
                try await fixture.waitUntilServing(host, generation: 1)
                let left = try SQLiteReadModel(
                    in: ReadModelFolder(fixture.readModel), number: 2, projection: projection(fixture))
                #expect(try await left.parkedCount() == 0)
                #expect(try await left.checkpoints().values.reduce(0) { $0 + $1.offset.rawValue } == 10)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `tries an event as often as the policy says before it is parked`() async throws {
        try await WorkerFixture.with { fixture in
            try await build(fixture)
            try await apply(poison, toGeneration: 2, fixture)
            fixture.fault.email = "poison"
            let model = try SQLiteReadModel(
                in: ReadModelFolder(fixture.readModel), number: 1, projection: projection(fixture))
            let file = try #require(try GenerationSummary(2, in: ReadModelFolder(fixture.readModel)))
            let serving = file.progress.checkpoints
            let history = LocalHistory(["writer": fixture.store])
            async let mended: Void = {
                try await Task.sleep(for: .milliseconds(150))
                fixture.fault.email = nil
            }()
            try await model.catchUp(to: serving, from: history, policy: FailurePolicy(retries: 5))
            try await mended
            #expect(try await model.parkedCount() == 0)
            #expect(try await model.checkpoints() == serving)
        }
    }
}
