import Daybook
import DaybookSQLite
import Logging
import Synchronization
import TestSupport
import Testing
import UserViews
import Users

@testable import DaybookWorker

/// The history of a writer whose store can be taken away, as if an older copy of it were put back by hand.
private final class RestoredHistory: History {
    private let history: LocalHistory
    private let isRestored = Mutex(false)

    init(_ history: LocalHistory) { self.history = history }

    func restore() { isRestored.withLock { $0 = true } }

    func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit: Int
    ) async throws -> LogSlice {
        var slice = try await history.slice(of: source, partition, after: offset, limit: limit)
        guard isRestored.withLock({ $0 }) else { return slice }
        slice.head = .zero
        slice.anchor = nil
        slice.entries = []
        return slice
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A query with a token` {
    /// The question for a user, and a token of that user's last event, or of a place some events behind it.
    private func question(_ user: Int, _ fixture: WorkerFixture, beyond: Int64 = 0, epoch: Epoch? = nil) async throws
        -> TokenQuery
    {
        let partition = Partition.of(try StreamName("user-u\(user)"), among: 8)
        let head = try await fixture.store.heads()[partition.index]
        let place = LogPlace(partition: partition, offset: Offset(rawValue: head.rawValue + beyond))
        return TokenQuery(
            query: try #require(UsersProjection.queries.first),
            parameters: try QueryParameters(path: ["id": "u\(user)"]), version: 1,
            token: WriteToken(source: "writer", epoch: epoch ?? fixture.store.epoch, place: place))
    }

    @Test func `is woken by the commit that it waits for`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try await host.setPaused(true)
                try await eventually("it is paused") {
                    host.supervisor.registry.running.runners().allSatisfy(\.status.isPaused)
                }
                try await fixture.change(0, to: "new@example.org")
                let query = try await question(0, fixture)
                // Nobody looks whether another process has posted it.
                async let answer = host.tokenQueries.answer(query, within: .seconds(3600), pause: .seconds(3600))
                try await host.setPaused(false)
                let found = try #require(try await answer)
                #expect(String(decoding: found, as: UTF8.self).contains("new@example.org"))
            }
        }
    }

    @Test func `shows what another process has posted`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            let other = try WorkerFixture.Host(
                projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel,
                feed: fixture.feed(FailurePolicy()), logger: fixture.logger)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let query = try await question(1, fixture, beyond: 1)
                async let answer = other.tokenQueries.answer(query, within: .seconds(30))
                try await fixture.create(1..<2)
                #expect(try await answer != nil)
            }
        }
    }

    @Test func `is refused when the log has no such place, or is another one`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let beyond = try await question(0, fixture, beyond: 5)
                // Nothing of this partition has been posted yet: only the writer knows its log.
                let empty = try #require(
                    (1...99).first { user in
                        Partition.of(StreamName(stored: "user-u\(user)"), among: 8) != beyond.token.place.partition
                    })
                let foreign = try await question(empty, fixture, beyond: 1, epoch: .new())
                for query in [beyond, foreign] {
                    for patience in [Duration.seconds(2), .milliseconds(1), .zero] {
                        await #expect(throws: NotShown.otherLog) {
                            try await host.tokenQueries.answer(query, within: patience, pause: .seconds(3600))
                        }
                    }
                }
            }
        }
    }

    @Test func `is told how far the rows are behind what the log has`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try await host.setPaused(true)
                try await eventually("it is paused") {
                    host.supervisor.registry.running.runners().allSatisfy(\.status.isPaused)
                }
                try await fixture.change(0, to: "new@example.org")
                let query = try await question(0, fixture)
                await #expect(throws: NotShown.behind(lag: 1)) {
                    try await host.tokenQueries.answer(query, within: .zero)
                }
            }
        }
    }

    @Test func `is refused with the reason when the lane has stopped`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            var feed = fixture.feed(FailurePolicy())
            let history = RestoredHistory(LocalHistory(["writer": fixture.store]))
            feed.history = history
            let host = try WorkerFixture.Host(
                projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel, feed: feed,
                logger: fixture.logger)
            try await fixture.running(host) {
                try await fixture.waitUntilServing(host)
                let query = try await question(0, fixture)
                #expect(try await host.tokenQueries.answer(query, within: .zero) != nil)
                history.restore()
                try await eventually("the lane has stopped") {
                    host.status.lanes.contains { $0.state == .stopped }
                }
                do {
                    _ = try await host.tokenQueries.answer(query, within: .zero)
                    Issue.record("what stands there may be something else")
                } catch NotShown.stopped(let reason) {
                    #expect(reason.contains("the source's log"))
                }
            }
        }
    }
}
