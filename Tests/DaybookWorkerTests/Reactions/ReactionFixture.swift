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

/// Notes what it reacted to, and can be told to fail.
struct Noting: Reaction {
    final class Book: Sendable {
        private struct State {
            var keys: [String] = []
            var failing: (@Sendable (UserIntegrationEvent) -> (any Error)?)?
            var noting: (@Sendable () -> Void)?
        }

        private let state = Mutex(State())

        var keys: [String] { state.withLock { $0.keys } }

        func fail(_ error: (@Sendable (UserIntegrationEvent) -> (any Error)?)?) {
            state.withLock { $0.failing = error }
        }

        /// What happens in the midst of each reaction.
        func whenNoting(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.noting = body } }

        func note(_ event: UserIntegrationEvent, _ key: String) throws {
            try state.withLock { state in
                if let error = state.failing?(event) { throw error }
                state.keys.append(key)
                state.noting?()
            }
        }
    }

    static let name = "noting"
    let book: Book
    var pause = Duration.zero

    func react(to event: UserIntegrationEvent, from entry: LogEntry, key: String) async throws {
        try book.note(event, key)
        if pause > .zero { try await Task.sleep(for: pause) }
    }
}

/// Notes from where on a log was read: who asks for more has everything up to there.
final class WatchedHistory: History {
    private let history: any History
    private let asked = Mutex<[Lane: Offset]>([:])

    init(_ history: any History) { self.history = history }

    /// How many events those who ask have.
    var known: Int64 { asked.withLock { $0.values.reduce(0) { $0 + $1.rawValue } } }

    func slice(
        of source: Source, _ partition: Partition, after offset: Offset, limit: Int
    ) async throws -> LogSlice {
        asked.withLock { $0[Lane(source: source, partition: partition)] = offset }
        return try await history.slice(of: source, partition, after: offset, limit: limit)
    }
}

struct Refused: Error {}

/// Tests of a reaction that notes what it does.
protocol ReactionTests {
    var book: Noting.Book { get }
}

extension ReactionTests {
    func with(
        _ fixture: WorkerFixture, isFromBeginning: Bool = false, policy: FailurePolicy = FailurePolicy(retries: 1),
        pause: Duration = .zero, _ body: (ReactionHost<Noting>) async throws -> Void
    ) async throws {
        let host = ReactionHost(
            reaction: Noting(book: book, pause: pause), folder: fixture.folder.path, feed: fixture.feed(policy),
            isFromBeginning: isFromBeginning, logger: fixture.logger)
        try await fixture.running(host) { try await body(host) }
    }

    func waitForBeginning(_ host: ReactionHost<Noting>) async throws {
        try await eventually("the reaction begins", every: .milliseconds(5)) { !host.status.lanes.isEmpty }
    }

    func waitForEnd(_ host: ReactionHost<Noting>, _ fixture: WorkerFixture) async throws {
        let head = try await fixture.store.heads().reduce(0) { $0 + $1.rawValue }
        try await eventually("all is reacted to", every: .milliseconds(5)) { host.status.posted == head }
    }

    func slice(of user: Int, _ fixture: WorkerFixture) async throws -> LogSlice {
        let partition = Partition.of(StreamName(stored: "user-u\(user)"), among: 8)
        return try await fixture.store.slice(partition, after: .zero, limit: 100, maximumBytes: .max)
    }

    func state(_ fixture: WorkerFixture) async throws -> SQLiteReactionState<Noting> {
        var claim: GenerationLock?
        try await eventually("nobody else has it", every: .milliseconds(5)) {
            claim = try SQLiteReactionState<Noting>.claim(in: fixture.folder.path)
            return claim != nil
        }
        return try SQLiteReactionState(
            folder: fixture.folder.path, reaction: Noting(book: book), claim: try #require(claim))
    }

    /// All that is in the log of the first user.
    func posting(_ state: SQLiteReactionState<Noting>, _ fixture: WorkerFixture) async throws -> Posting {
        let slice = try await slice(of: 0, fixture)
        let last = try #require(slice.entries.last)
        return Posting(
            lane: Lane(source: "writer", partition: last.place.partition), expected: nil,
            entries: slice.entries.map { state.decoded($0) },
            next: Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor))
    }
}
