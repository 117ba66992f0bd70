import Daybook
import DaybookAPI
import DaybookSQLite
import Foundation
import GRDB
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import UserViews
import Users

@testable import DaybookWorker

/// The `users` projection as its code will be next.
private struct NextProjection: SQLiteProjection {
    static let name = "users"
    static let version = 2

    static func createTables(in db: Database) throws { try UsersProjection.createTables(in: db) }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        try UsersProjection().apply(event, from: entry, in: db)
    }
}

/// The history of a writer that can be told to answer nothing any more.
private final class StallingHistory: History {
    private let history: LocalHistory
    private let isStalled = Mutex(false)

    init(_ history: LocalHistory) { self.history = history }

    func stall() { isStalled.withLock { $0 = true } }

    func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit: Int
    ) async throws -> LogSlice {
        if isStalled.withLock({ $0 }) { try await Task.sleep(for: .seconds(3600)) }
        return try await history.slice(of: source, partition, after: offset, limit: limit)
    }
}

@Suite struct `What an operator can find out` {
    private func compared(_ host: WorkerFixture.Host) async throws -> ComparisonResponse {
        try host.beginComparison()
        try await eventually("it is compared") { host.comparison.last?.state != .running }
        return try #require(host.comparison.last)
    }

    @Test func `how what serves differs from a replay, row by row, while posting goes on`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<200)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let equal = try await compared(host)
                #expect(equal.state == .done && equal.differences.isEmpty && equal.done == 200 && equal.total == 200)
                try changeReadModel(fixture.current, "UPDATE users SET name = 'other' WHERE user_id = 'u3'")
                try changeReadModel(fixture.current, "DELETE FROM users WHERE user_id = 'u4'")
                async let going: Void = fixture.create(200..<300)
                let different = try await compared(host)
                try await going
                let users = try #require(different.differences.first)
                #expect(users.table == "users" && users.onlyInFirst == 1 && users.onlyInSecond == 2)
                #expect(users.first.first?.contains("other") == true && users.second.count == 2)
                #expect(host.store.numbers == [1])
                try await fixture.waitUntilServing(host)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a comparison ends with the worker, and leaves nothing`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            let history = StallingHistory(LocalHistory(["writer": fixture.store]))
            var feed = fixture.feed(FailurePolicy())
            feed.history = history
            let host = try WorkerFixture.Host(
                projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel, feed: feed,
                logger: fixture.logger)
            let trial = "\(fixture.readModel)/trial"
            try await fixture.running(host) {
                try await fixture.waitUntilServing(host)
                history.stall()
                try host.beginComparison()
                try await eventually("it is under way") { FileManager.default.fileExists(atPath: trial) }
                #expect(host.comparison.last?.state == .running)
            }
            #expect(host.comparison.last?.state == .failed)
            #expect(!FileManager.default.fileExists(atPath: trial))
        }
    }

    @Test func `how fast events are posted`() async throws {
        let rate = PostingRate()
        #expect(rate.look(1000) == 0)
        try await Task.sleep(for: .milliseconds(600))
        let seen = rate.look(1600)
        #expect((100...1000).contains(seen))
        // Whoever looks at the same moment sees the same.
        #expect(rate.look(1600) == seen)
    }

    @Test func `what a rebuild would take`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<200)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let estimate = try await RebuildEstimation(scratch: host.scratch).estimate()
                #expect(estimate.events == 200 && estimate.sample == 200)
                #expect(estimate.seconds > 0 && estimate.bytes > 0 && estimate.freeBytes > 0)
                #expect(host.store.numbers == [1])
            }
        }
    }

    @Test func `a reset begins anew, and keeps what was skipped`() async throws {
        try await WorkerFixture.with { fixture in
            fixture.fault.email = "poison"
            try await fixture.create(0..<20)
            try await fixture.change(3, to: "poison@example.org")
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                #expect(try await host.skipParked("user-u3", of: "writer") != nil)
                try await host.reset()
                try await fixture.waitUntilServing(host, generation: 2)
                #expect(host.store.numbers == [2])
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `a reset and a pause at the same moment both come to pass`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                async let resetting: Void = host.reset()
                async let pausing: Void = host.setPaused(true)
                _ = (try await resetting, try await pausing)
                // What is built is not paused, but what serves is.
                try await eventually("it is built, and paused") { host.store.serving == 2 && host.status.isPaused }
                try await fixture.create(20..<25)
                try await host.setPaused(false)
                try await fixture.waitUntilServing(host, generation: 2)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `a generation is made with what it skips`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            let lane = Lane(source: "writer", partition: .of(StreamName(stored: "user-u0"), among: 8))
            let slice = try await fixture.store.slice(lane.partition, after: .zero, limit: 10, maximumBytes: .max)
            let entry = try #require(slice.entries.first)
            let model = try SQLiteReadModel(
                next: GenerationRecord(role: .building), in: ReadModelFolder(fixture.readModel),
                projection: UsersProjection(),
                skipping: [SkippedEvent(source: "writer", id: entry.id.description)])
            _ = try await model.replay(slice.entries, of: lane, slice.epoch, after: nil)
            let count = try await model.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM users") }
            #expect(count == 0)
        }
    }

    @Test func `a comparison skips what was skipped at the moment of its rows, and nothing since`() async throws {
        try await WorkerFixture.with { fixture in
            let folder = try ReadModelFolder(fixture.readModel)
            let record = GenerationRecord(role: .building)
            let early = SkippedEvent(source: "writer", id: "early")
            let first = try SQLiteReadModel(
                next: record, in: folder, projection: UsersProjection(), skipping: [early])
            let second = try SQLiteReadModel(next: record, in: folder, projection: UsersProjection())
            let comparison = try GenerationComparison(first.path, second.path)
            try await first.skip([SkippedEvent(source: "writer", id: "late")])
            try await second.takeOverExcludedEvents(from: comparison)
            #expect(try GenerationFile.skippedEvents(of: second.number, in: folder) == [early])
        }
    }

    @Test func `a reset that another worker stands in the way of changes nothing`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { first in
                try await fixture.waitUntilServing(first)
                try await first.operations.rebuild(isHeld: false, requiresEqual: false)
                try await fixture.waitUntilServing(first, generation: 2)
                // Generation 1 is fed by whoever has claimed it.
                try await eventually("generation 1 is fed") {
                    try await first.report().generations.first?.isFed == true
                }
                try await fixture.withHost { second in
                    try await fixture.waitUntilServing(second, generation: 2)
                    await #expect(throws: OperationRefused.self) { try await second.reset() }
                    #expect(second.store.serving == 2 && second.store.numbers == [1, 2])
                    try await first.operations.dropPrevious()
                    // Whoever serves what is removed lets go of it.
                    try await second.reset()
                    try await fixture.waitUntilServing(second, generation: 3)
                    try await fixture.create(20..<30)
                    try await fixture.waitUntilServing(first, generation: 3)
                    try await fixture.waitUntilServing(second, generation: 3)
                }
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `how far an earlier version is behind that serves and is not fed`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<50)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            try await fixture.create(50..<60)
            var promotion: GenerationLock? = try ReadModelFolder(fixture.readModel).claimPromotion(as: "another worker")
            var feed = fixture.feed(FailurePolicy())
            feed.headCheckInterval = .seconds(3600)
            let present = try ProjectionHost(
                projection: NextProjection(), folder: fixture.readModel, feed: feed, isLeading: true, earlier: [],
                logger: fixture.logger)
            try await fixture.running(present) {
                try await eventually("the next version is built, and what serves is shown as it is") {
                    let status = present.status
                    let isFrozen = !status.lanes.isEmpty && status.lanes.allSatisfy { $0.state == .frozen }
                    return try await present.report().generations.last?.done == 60 && isFrozen
                        && status.lag == 10 && status.posted == 50 && status.trouble == nil && !status.isCurrent
                }
                withExtendedLifetime(promotion) {}
                promotion = nil
                present.supervisor.tick()
                try await eventually("it serves") { present.store.serving == 2 && present.status.lag == 0 }
            }
        }
    }

    @Test func `an earlier version goes on being fed beside the present one`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<50)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let earlier = try WorkerFixture.Host(
                projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel,
                feed: fixture.feed(FailurePolicy()), isLeading: false, earlier: [], logger: fixture.logger)
            // Alone it serves, and stays live.
            try await fixture.running(earlier) {
                try await fixture.create(50..<60)
                try await fixture.waitUntilServing(earlier)
                let present = try ProjectionHost(
                    projection: NextProjection(), folder: fixture.readModel, feed: fixture.feed(FailurePolicy()),
                    isLeading: true, earlier: [earlier], logger: fixture.logger)
                try await fixture.running(present) {
                    try await eventually("the next version serves") { present.store.serving == 2 }
                    try await fixture.create(60..<80)
                    try await eventually("both have everything") {
                        let generations = try await present.report().generations
                        return generations.map(\.done) == [80, 80] && generations.allSatisfy(\.isFed)
                    }
                    #expect(try await present.report().generations.map(\.version) == [1, 2])
                    try await present.operations.dropPrevious()
                    #expect(present.store.numbers == [2])
                }
            }
        }
    }
}
