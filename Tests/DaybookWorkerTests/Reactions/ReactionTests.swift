import Daybook
import DaybookAPI
import Foundation
import GRDB
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Users

@testable import DaybookSQLite
@testable import DaybookWorker

@Suite struct `A reaction`: ReactionTests {
    let book = Noting.Book()

    @Test func `begins at the head, and reacts to each later event once over restarts`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<50)
            try await with(fixture) { host in
                try await waitForBeginning(host)
                try await fixture.create(50..<80)
                try await waitForEnd(host, fixture)
            }
            #expect(book.keys.count == 30)
            try await fixture.create(80..<100)
            try await with(fixture) { try await waitForEnd($0, fixture) }
            #expect(book.keys.count == 50 && Set(book.keys).count == 50)
            #expect(book.keys.allSatisfy { $0.hasPrefix("noting/writer/") })
        }
    }

    @Test func `begins at the first event where it is told to`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<50)
            try await with(fixture, isFromBeginning: true) { try await waitForEnd($0, fixture) }
            #expect(book.keys.count == 50)
        }
    }

    @Test func `waits when it can only be done later, and parks nothing`() async throws {
        try await WorkerFixture.with { fixture in
            book.fail { _ in NotNow("the mail server is away") }
            try await with(fixture, isFromBeginning: true) { host in
                try await fixture.create(0..<5)
                try await eventually("it says why it waits") { host.status.problem?.contains("mail server") == true }
                #expect(book.keys.isEmpty)
                book.fail(nil)
                try await waitForEnd(host, fixture)
                #expect(Set(book.keys).count == 5 && book.keys.count == 5)
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `happens in one process at a time, and goes on in another when that one ends`() async throws {
        try await WorkerFixture.with { fixture in
            var claim = try SQLiteReactionState<Noting>.claim(in: fixture.folder.path)
            #expect(claim != nil)
            let log = CapturedLog()
            let host = ReactionHost(
                reaction: Noting(book: book), folder: fixture.folder.path, feed: fixture.feed(FailurePolicy()),
                isFromBeginning: true, logger: log.logger)
            try await fixture.running(host) {
                try await fixture.create(0..<5)
                try await eventually("it has asked for the file") { log.has("another process reacts") }
                await #expect(throws: OperationRefused.self) { try await host.parked(waiting: false) }
                #expect(host.status.isStandby && host.status.trouble == nil)
                #expect(book.keys.isEmpty)
                withExtendedLifetime(claim) {}
                claim = nil
                try await waitForEnd(host, fixture)
                #expect(book.keys.count == 5)
            }
        }
    }

    @Test func `does not begin where the number of partitions is wrong`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            var feed = fixture.feed(FailurePolicy())
            feed.partitionCount = 4
            let host = ReactionHost(
                reaction: Noting(book: book), folder: fixture.folder.path, feed: feed, isFromBeginning: false,
                logger: fixture.logger)
            await #expect(throws: PartitionCountMismatch.self) { try await host.run() }
            // With the right number it still begins at the head.
            try await with(fixture) { try await waitForBeginning($0) }
            #expect(book.keys.isEmpty)
        }
    }

    @Test func `does not take another log for the one that it began with`() async throws {
        try await WorkerFixture.with { fixture in
            try await with(fixture) { try await waitForBeginning($0) }
            let other = InMemoryStore()
            try await Repository<User>(store: other).execute(.create(email: "a@example.org", name: "A"), on: "a")
            var feed = fixture.feed(FailurePolicy())
            feed.history = LocalHistory(["writer": other])
            let host = ReactionHost(
                reaction: Noting(book: book), folder: fixture.folder.path, feed: feed, isFromBeginning: false,
                logger: fixture.logger)
            try await fixture.running(host) {
                try await eventually("it says so") { host.status.trouble?.contains("another one now") == true }
            }
            #expect(book.keys.isEmpty)
        }
    }

    @Test func `goes on in another log where it stopped, when it is told to`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(1..<2)
            try await fixture.change(1, to: "a@example.org")
            try await with(fixture, isFromBeginning: true) { host in
                try await waitForEnd(host, fixture)
                await #expect(throws: OperationRefused.self) { try await host.reset() }
            }
            // It has another event where the first one has its second, and one more.
            let other = InMemoryStore()
            let users = Repository<User>(store: other)
            try await users.execute(.create(email: "u1@example.org", name: "U"), on: "u1")
            for name in ["b", "c"] { try await users.execute(.changeEmail(newEmail: "\(name)@example.org"), on: "u1") }
            var feed = fixture.feed(FailurePolicy())
            feed.history = LocalHistory(["writer": other])
            let host = ReactionHost(
                reaction: Noting(book: book), folder: fixture.folder.path, feed: feed, isFromBeginning: false,
                logger: fixture.logger)
            try await fixture.running(host) {
                try await eventually("it has stopped") { host.status.lanes.contains { $0.state == .stopped } }
                #expect(book.keys.count == 2)
                try await host.reset()
                try await eventually("it goes on") { host.status.isCurrent }
                let entries = try await other.slice(
                    Partition.of(StreamName(stored: "user-u1"), among: 8), after: 1, limit: 10, maximumBytes: .max
                ).entries
                #expect(entries.count == 2)
                #expect(Array(book.keys.dropFirst(2)) == entries.map { "noting/writer/\($0.id)" })
            }
        }
    }

    @Test func `tells how far its file is where another process has it`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await with(fixture, isFromBeginning: true) { first in
                try await waitForEnd(first, fixture)
                try await with(fixture) { second in
                    #expect(second.status.isStandby && second.status.lanes.isEmpty)
                    let checkpoints = try await second.report().checkpoints
                    #expect(checkpoints?.reduce(0) { $0 + $1.offset.rawValue } == 3)
                }
            }
        }
    }

    @Test func `stays paused over a restart until it is resumed`() async throws {
        try await WorkerFixture.with { fixture in
            try await with(fixture, isFromBeginning: true) { try await $0.setPaused(true) }
            var feed = fixture.feed(FailurePolicy())
            let history = WatchedHistory(feed.history)
            feed.history = history
            let host = ReactionHost(
                reaction: Noting(book: book), folder: fixture.folder.path, feed: feed, isFromBeginning: true,
                logger: fixture.logger)
            try await fixture.running(host) {
                // Twice: what it held first would have been reacted to before it holds more.
                for users in [0..<5, 5..<10] {
                    try await fixture.create(users)
                    try await eventually("it holds \(users.upperBound) events", every: .milliseconds(5)) {
                        history.known == users.upperBound
                    }
                }
                #expect(book.keys.isEmpty && host.status.isPaused)
                try await host.setPaused(false)
                try await waitForEnd(host, fixture)
            }
            #expect(book.keys.count == 10)
        }
    }
}
