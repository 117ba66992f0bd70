import Daybook
import DaybookSQLite
import Foundation
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Users

@testable import DaybookWorker

/// Notes what it reacted to, and can be told to fail.
private struct Noting: Reaction {
    final class Book: Sendable {
        private let state = Mutex<(keys: [String], failing: (@Sendable (UserIntegrationEvent) -> (any Error)?)?)>(
            ([], nil))

        var keys: [String] { state.withLock { $0.keys } }

        func fail(_ error: (@Sendable (UserIntegrationEvent) -> (any Error)?)?) {
            state.withLock { $0.failing = error }
        }

        func note(_ event: UserIntegrationEvent, _ key: String) throws {
            try state.withLock { state in
                if let error = state.failing?(event) { throw error }
                state.keys.append(key)
            }
        }
    }

    static let name = "noting"
    let book: Book

    func react(to event: UserIntegrationEvent, from entry: LogEntry, key: String) async throws {
        try book.note(event, key)
    }
}

@Suite struct `A reaction` {
    private struct Refused: Error {}
    private let book = Noting.Book()

    private func with(
        _ ward: Ward, isFromBeginning: Bool = false, _ body: (ReactionHost<Noting>) async throws -> Void
    ) async throws {
        let host = ReactionHost(
            reaction: Noting(book: book), folder: ward.folder.path, feed: ward.feed(FailurePolicy(retries: 1)),
            isFromBeginning: isFromBeginning, logger: ward.logger)
        try await ward.running(host) { try await body(host) }
    }

    private func waitForBeginning(_ host: ReactionHost<Noting>) async throws {
        try await eventually("the reaction begins", every: .milliseconds(5)) { !host.status.lanes.isEmpty }
    }

    private func waitForEnd(_ host: ReactionHost<Noting>, _ ward: Ward) async throws {
        let head = try await ward.store.heads().reduce(0) { $0 + $1.rawValue }
        try await eventually("all is reacted to", every: .milliseconds(5)) { host.status.posted == head }
    }

    @Test func `begins at the head, and reacts to each later event once over restarts`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<50)
            try await with(ward) { host in
                try await waitForBeginning(host)
                try await ward.create(50..<80)
                try await waitForEnd(host, ward)
            }
            #expect(book.keys.count == 30)
            try await ward.create(80..<100)
            try await with(ward) { try await waitForEnd($0, ward) }
            #expect(book.keys.count == 50 && Set(book.keys).count == 50)
            #expect(book.keys.allSatisfy { $0.hasPrefix("noting/writer/") })
        }
    }

    @Test func `begins at the first event where it is told to`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<50)
            try await with(ward, isFromBeginning: true) { try await waitForEnd($0, ward) }
            #expect(book.keys.count == 50)
        }
    }

    @Test func `sets aside what it cannot do, with what follows of that stream, and does it when told`() async throws {
        try await Ward.with { ward in
            book.fail { if case .emailChanged(_, "bad@example.org") = $0 { Refused() } else { nil } }
            try await with(ward, isFromBeginning: true) { host in
                try await ward.create(0..<3)
                try await ward.change(1, to: "bad@example.org")
                try await ward.change(1, to: "good@example.org")
                try await ward.change(2, to: "other@example.org")
                try await waitForEnd(host, ward)
                #expect(book.keys.count == 4)
                #expect(try await host.parked(waiting: true).map(\.stream) == ["user-u1", "user-u1"])
                #expect(try await host.retryParked("user-u1", of: "writer").posted == 0)
                book.fail(nil)
                #expect(try await host.retryParked("user-u1", of: "writer").posted == 2)
                #expect(Set(book.keys).count == 6 && book.keys.count == 6)
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `waits when it can only be done later, and parks nothing`() async throws {
        try await Ward.with { ward in
            book.fail { _ in NotNow("the mail server is away") }
            try await with(ward, isFromBeginning: true) { host in
                try await ward.create(0..<5)
                try await eventually("it says why it waits") { host.status.problem?.contains("mail server") == true }
                #expect(book.keys.isEmpty)
                book.fail(nil)
                try await waitForEnd(host, ward)
                #expect(Set(book.keys).count == 5 && book.keys.count == 5)
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `happens in one process at a time`() async throws {
        try await Ward.with { ward in
            let claim = try #require(try SQLiteReactionState<Noting>.claim(in: ward.folder.path))
            try await with(ward, isFromBeginning: true) { host in
                try await ward.create(0..<5)
                try await Task.sleep(for: .milliseconds(300))
                await #expect(throws: OperationRefused.self) { try await host.parked(waiting: false) }
                #expect(host.status.isStandby && host.status.trouble == nil)
                #expect(book.keys.isEmpty)
                withExtendedLifetime(claim) {}
            }
        }
    }

    @Test func `does not begin where the number of partitions is wrong`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<5)
            var feed = ward.feed(FailurePolicy())
            feed.partitionCount = 4
            let host = ReactionHost(
                reaction: Noting(book: book), folder: ward.folder.path, feed: feed, isFromBeginning: false,
                logger: ward.logger)
            await #expect(throws: PartitionCountMismatch.self) { try await host.run() }
            // With the right number it still begins at the head.
            try await with(ward) { try await waitForBeginning($0) }
            #expect(book.keys.isEmpty)
        }
    }

    @Test func `does not take another log for the one that it began with`() async throws {
        try await Ward.with { ward in
            try await with(ward) { try await waitForBeginning($0) }
            let other = InMemoryStore()
            try await Repository<User>(store: other).execute(.create(email: "a@example.org", name: "A"), on: "a")
            var feed = ward.feed(FailurePolicy())
            feed.history = LocalHistory(["writer": other])
            let host = ReactionHost(
                reaction: Noting(book: book), folder: ward.folder.path, feed: feed, isFromBeginning: false,
                logger: ward.logger)
            try await ward.running(host) {
                try await eventually("it says so") { host.status.trouble?.contains("another one now") == true }
            }
            #expect(book.keys.isEmpty)
        }
    }

    @Test func `stays paused over a restart until it is resumed`() async throws {
        try await Ward.with { ward in
            try await with(ward, isFromBeginning: true) { try await $0.setPaused(true) }
            try await with(ward, isFromBeginning: true) { host in
                try await ward.create(0..<5)
                try await Task.sleep(for: .milliseconds(300))
                #expect(book.keys.isEmpty && host.status.isPaused)
                try await host.setPaused(false)
                try await waitForEnd(host, ward)
            }
            #expect(book.keys.count == 5)
        }
    }
}
