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

@Suite struct `A reaction` {
    private struct Refused: Error {}
    private let book = Noting.Book()

    private func with(
        _ ward: Ward, isFromBeginning: Bool = false, policy: FailurePolicy = FailurePolicy(retries: 1),
        pause: Duration = .zero, _ body: (ReactionHost<Noting>) async throws -> Void
    ) async throws {
        let host = ReactionHost(
            reaction: Noting(book: book, pause: pause), folder: ward.folder.path, feed: ward.feed(policy),
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
                #expect(try await host.retryParked("user-u1", of: "writer")?.posted == 0)
                book.fail(nil)
                #expect(try await host.retryParked("user-u1", of: "writer")?.posted == 2)
                #expect(Set(book.keys).count == 6 && book.keys.count == 6)
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `gives up what it is told to skip, and does what waits behind it`() async throws {
        try await Ward.with { ward in
            book.fail { if case .emailChanged(_, "bad@example.org") = $0 { Refused() } else { nil } }
            try await with(ward, isFromBeginning: true) { host in
                try await ward.create(0..<2)
                try await ward.change(1, to: "bad@example.org")
                try await ward.change(1, to: "good@example.org")
                try await waitForEnd(host, ward)
                #expect(book.keys.count == 2)
                #expect(try await host.skipParked("user-u1", of: "writer")?.posted == 1)
                #expect(try await host.skipParked("user-u1", of: "writer") == nil)
                #expect(book.keys.count == 3)
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `is paused by an event that it cannot do, where that is the policy`() async throws {
        try await Ward.with { ward in
            book.fail { if case .emailChanged(_, "bad@example.org") = $0 { Refused() } else { nil } }
            try await with(ward, isFromBeginning: true, policy: FailurePolicy(retries: 1, lastResort: .pause)) { host in
                try await ward.create(0..<2)
                try await ward.change(1, to: "bad@example.org")
                try await eventually("it is paused") { host.status.isPaused && host.status.problem != nil }
                book.fail(nil)
                try await host.setPaused(false)
                try await waitForEnd(host, ward)
                #expect(Set(book.keys).count == 3 && book.keys.count == 3)
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `sets aside the event at which processes end again and again`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<3)
            try await with(ward, isFromBeginning: true) { try await waitForEnd($0, ward) }
            try await ward.change(1, to: "deadly@example.org")
            let entry = try #require(try await slice(of: 1, ward).entries.last)
            // What a process leaves that ends while it reacts.
            for _ in 0..<3 {
                do {
                    let mark = try CrashMark("\(ward.folder.path)/noting.sqlite.mark", isPostingSlow: true)
                    mark.begin(entry.id)
                    EndingSignals.noteEnd()
                }
                _ = try await state(ward)
            }
            try await with(ward) { host in
                try await waitForEnd(host, ward)
                #expect(book.keys.count == 3)
                #expect(try await host.parked(waiting: false).map(\.eventID) == [entry.id.description])
                #expect(try await host.retryParked("user-u1", of: "writer")?.posted == 1)
                #expect(book.keys.count == 4)
            }
        }
    }

    private func slice(of user: Int, _ ward: Ward) async throws -> LogSlice {
        let partition = Partition.of(StreamName(stored: "user-u\(user)"), among: 8)
        return try await ward.store.slice(partition, after: .zero, limit: 100, maximumBytes: .max)
    }

    private func state(_ ward: Ward) async throws -> SQLiteReactionState<Noting> {
        var claim: GenerationLock?
        try await eventually("nobody else has it", every: .milliseconds(5)) {
            claim = try SQLiteReactionState<Noting>.claim(in: ward.folder.path)
            return claim != nil
        }
        return try SQLiteReactionState(
            folder: ward.folder.path, reaction: Noting(book: book), claim: try #require(claim))
    }

    /// All that is in the log of the first user.
    private func posting(_ state: SQLiteReactionState<Noting>, _ ward: Ward) async throws -> Posting {
        let slice = try await slice(of: 0, ward)
        let last = try #require(slice.entries.last)
        return Posting(
            lane: Lane(source: "writer", partition: last.place.partition), expected: nil,
            entries: slice.entries.map { state.decoded($0) },
            next: Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor))
    }

    @Test func `is noted although its task was cancelled meanwhile`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<1)
            let state = try await state(ward)
            let posting = try await posting(state, ward)
            let (start, whenCancellable) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                for await _ in start { break }
                return try await state.post([posting], keeping: [])
            }
            book.whenNoting { task.cancel() }
            whenCancellable.yield()
            _ = try await task.value
            #expect(book.keys.count == 1)
            #expect(try await state.checkpoints()[posting.lane] == posting.next)
        }
    }

    @Test func `is not repeated by the next process, although the checkpoint is before it`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<1)
            for email in ["a@example.org", "b@example.org"] { try await ward.change(0, to: email) }
            do {
                let state = try await state(ward)
                let posting = try await posting(state, ward)
                let left = Mutex(2)
                book.fail { _ in
                    left.withLock { left in
                        left -= 1
                        return left < 0 ? NotNow("it ends here") : nil
                    }
                }
                await #expect(throws: NotNow.self) { try await state.post([posting], keeping: []) }
            }
            #expect(book.keys.count == 2)
            book.fail(nil)
            let state = try await state(ward)
            #expect(try await state.checkpoints().isEmpty)
            try await state.post([posting(state, ward)], keeping: [])
            #expect(book.keys.count == 3 && Set(book.keys).count == 3)
            // With the power nothing that was noted is lost either.
            let mode = try await state.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
            #expect(mode == 2)
        }
    }

    @Test func `reacts to nothing else before it could note what it has done`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<1)
            for name in ["a", "b", "c"] { try await ward.change(0, to: "\(name)@example.org") }
            let state = try await state(ward)
            let posting = try await posting(state, ward)
            let file = try DatabaseQueue(path: "\(ward.folder.path)/noting.sqlite")
            try await file.write { db in
                try db.execute(
                    sql: "CREATE TRIGGER full BEFORE INSERT ON reacted BEGIN SELECT RAISE(ABORT, 'no room'); END")
            }
            for _ in 0..<3 { await #expect(throws: (any Error).self) { try await state.post([posting], keeping: []) } }
            #expect(book.keys.count == 1)
            try await file.write { try $0.execute(sql: "DROP TRIGGER full") }
            try await state.post([posting], keeping: [])
            #expect(Set(book.keys).count == 4 && book.keys.count == 4)
        }
    }

    @Test func `counts as failed when it takes too long, and as done when it comes to its end all the same`()
        async throws
    {
        await #expect(throws: ReactionTimeout.self) {
            try await withTimeout(.milliseconds(10)) { try await Task.sleep(for: .seconds(60)) }
        }
        let isDone = Mutex(false)
        try await withTimeout(.milliseconds(10)) {
            while !Task.isCancelled { await Task.yield() }
            isDone.withLock { $0 = true }
        }
        #expect(isDone.withLock { $0 })
        await #expect(throws: Refused.self) { try await withTimeout(.seconds(60)) { throw Refused() } }
        try await Ward.with { ward in
            let host = ReactionHost(
                reaction: Noting(book: book, pause: .seconds(60)), folder: ward.folder.path,
                feed: ward.feed(FailurePolicy(retries: 1)), isFromBeginning: true, timeout: .milliseconds(20),
                logger: ward.logger)
            try await ward.create(0..<1)
            try await ward.running(host) {
                try await waitForEnd(host, ward)
                #expect(try await host.parked(waiting: false).first?.reason?.contains("not done within") == true)
            }
        }
    }

    @Test func `commits what it has done as it goes, and not only at the end`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<200)
            try await with(ward, isFromBeginning: true, pause: .milliseconds(5)) { host in
                try await eventually("something is committed", every: .milliseconds(1)) { host.status.posted > 0 }
                #expect(book.keys.count < 100)
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

    @Test func `happens in one process at a time, and goes on in another when that one ends`() async throws {
        try await Ward.with { ward in
            var claim = try SQLiteReactionState<Noting>.claim(in: ward.folder.path)
            #expect(claim != nil)
            let log = CapturedLog()
            let host = ReactionHost(
                reaction: Noting(book: book), folder: ward.folder.path, feed: ward.feed(FailurePolicy()),
                isFromBeginning: true, logger: log.logger)
            try await ward.running(host) {
                try await ward.create(0..<5)
                try await eventually("it has asked for the file") { log.has("another process reacts") }
                await #expect(throws: OperationRefused.self) { try await host.parked(waiting: false) }
                #expect(host.status.isStandby && host.status.trouble == nil)
                #expect(book.keys.isEmpty)
                withExtendedLifetime(claim) {}
                claim = nil
                try await waitForEnd(host, ward)
                #expect(book.keys.count == 5)
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

    @Test func `goes on in another log where it stopped, when it is told to`() async throws {
        try await Ward.with { ward in
            try await ward.create(1..<2)
            try await ward.change(1, to: "a@example.org")
            try await with(ward, isFromBeginning: true) { host in
                try await waitForEnd(host, ward)
                await #expect(throws: OperationRefused.self) { try await host.reset() }
            }
            // It has another event where the first one has its second, and one more.
            let other = InMemoryStore()
            let users = Repository<User>(store: other)
            try await users.execute(.create(email: "u1@example.org", name: "U"), on: "u1")
            for name in ["b", "c"] { try await users.execute(.changeEmail(newEmail: "\(name)@example.org"), on: "u1") }
            var feed = ward.feed(FailurePolicy())
            feed.history = LocalHistory(["writer": other])
            let host = ReactionHost(
                reaction: Noting(book: book), folder: ward.folder.path, feed: feed, isFromBeginning: false,
                logger: ward.logger)
            try await ward.running(host) {
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

    @Test func `tells what it has of a user who is forgotten until its file is rid of it`() async throws {
        try await Ward.with { ward in
            book.fail { if case .emailChanged = $0 { Refused() } else { nil } }
            let path = "\(ward.folder.path)/noting.sqlite"
            try await with(ward, isFromBeginning: true) { host in
                try await ward.create(0..<2)
                try await ward.change(1, to: "secret@example.org")
                try await waitForEnd(host, ward)
                let reader = try LongReader(path)
                try await ward.users.execute(on: "u1") { $0.forgetting() }
                try await waitForEnd(host, ward)
                let report = try await host.report()
                #expect(report.parked == 0 && report.hasRemains == true)
                try reader.end()
                try await eventually("it is erased") { try await host.report().hasRemains == false }
            }
            let content = try [path, "\(path)-wal"].filter { FileManager.default.fileExists(atPath: $0) }
                .map { try Data(contentsOf: URL(filePath: $0)) }
            #expect(content.allSatisfy { $0.range(of: Data("secret@example.org".utf8)) == nil })
        }
    }

    @Test func `keeps no message of a user that came with the word that they are forgotten`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<1)
            try await ward.users.execute(on: "u0") { $0.forgetting() }
            let state = try await state(ward)
            let posting = try await posting(state, ward)
            let messages = ["user-u0", "user-u1", "user-u01"].map { stream in
                UnreadableMessage(
                    partition: posting.lane.partition, reason: "it cannot be",
                    raw: RawMessage(body: Array("secret".utf8), bodySize: 6) { #"{"subject":"\#(stream)"}"# })
            }
            try await state.post([posting], keeping: messages)
            #expect(try await state.unreadableCount() == 2)
        }
    }

    @Test func `does not skip what says that a user is forgotten`() async throws {
        try await Ward.with { ward in
            book.fail { if case .forgotten = $0 { Refused() } else { nil } }
            try await with(ward, isFromBeginning: true) { host in
                try await ward.create(0..<1)
                try await ward.users.execute(on: "u0") { $0.forgetting() }
                try await waitForEnd(host, ward)
                await #expect(throws: ForgettingNotSkipped.self) {
                    _ = try await host.skipParked("user-u0", of: "writer")
                }
                #expect(try await host.report().parked == 1)
                book.fail(nil)
                #expect(try await host.retryParked("user-u0", of: "writer")?.posted == 1)
            }
        }
    }

    @Test func `tells how far its file is where another process has it`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<3)
            try await with(ward, isFromBeginning: true) { first in
                try await waitForEnd(first, ward)
                try await with(ward) { second in
                    #expect(second.status.isStandby && second.status.lanes.isEmpty)
                    let checkpoints = try await second.report().checkpoints
                    #expect(checkpoints?.reduce(0) { $0 + $1.offset.rawValue } == 3)
                }
            }
        }
    }

    @Test func `stays paused over a restart until it is resumed`() async throws {
        try await Ward.with { ward in
            try await with(ward, isFromBeginning: true) { try await $0.setPaused(true) }
            var feed = ward.feed(FailurePolicy())
            let history = WatchedHistory(feed.history)
            feed.history = history
            let host = ReactionHost(
                reaction: Noting(book: book), folder: ward.folder.path, feed: feed, isFromBeginning: true,
                logger: ward.logger)
            try await ward.running(host) {
                // Twice: what it held first would have been reacted to before it holds more.
                for users in [0..<5, 5..<10] {
                    try await ward.create(users)
                    try await eventually("it holds \(users.upperBound) events", every: .milliseconds(5)) {
                        history.known == users.upperBound
                    }
                }
                #expect(book.keys.isEmpty && host.status.isPaused)
                try await host.setPaused(false)
                try await waitForEnd(host, ward)
            }
            #expect(book.keys.count == 10)
        }
    }
}
