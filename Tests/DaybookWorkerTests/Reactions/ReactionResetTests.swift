import Daybook
import DaybookSQLite
import Foundation
import TestSupport
import Testing
import Users

@testable import DaybookWorker

@Suite struct `A reaction that is told where to go on` {
    private let book = Noting.Book()

    private func state(_ fixture: WorkerFixture) async throws -> SQLiteReactionState<Noting> {
        var claim: GenerationLock?
        try await eventually("nobody else has it", every: .milliseconds(5)) {
            claim = try SQLiteReactionState<Noting>.claim(in: fixture.folder.path)
            return claim != nil
        }
        return try SQLiteReactionState(
            folder: fixture.folder.path, reaction: Noting(book: book), claim: try #require(claim))
    }

    private func host(_ fixture: WorkerFixture, _ history: any History) -> ReactionHost<Noting> {
        var feed = fixture.feed(FailurePolicy(retries: 1))
        feed.history = history
        return ReactionHost(
            reaction: Noting(book: book), folder: fixture.folder.path, feed: feed, isFromBeginning: true,
            logger: fixture.logger)
    }

    @Test func `reacts in the next process too to what comes after that place`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            for name in ["a", "b"] { try await fixture.change(0, to: "\(name)@example.org") }
            let partition = Partition.of(StreamName(stored: "user-u0"), among: 8)
            let lane = Lane(source: "writer", partition: partition)
            let slice = try await fixture.store.slice(partition, after: .zero, limit: 10, maximumBytes: .max)
            func checkpoint(_ entry: LogEntry) -> Checkpoint {
                Checkpoint(epoch: slice.epoch, offset: entry.offset, anchor: entry.anchor)
            }
            let first = checkpoint(slice.entries[0])
            let end = checkpoint(try #require(slice.entries.last))
            do {
                let state = try await state(fixture)
                let entries = slice.entries.map { state.decoded($0) }
                try await state.apply([Posting(lane: lane, expected: nil, entries: entries, next: end)], keeping: [])
                #expect(book.keys.count == 3)
                try await state.move(to: [lane: first])
            }
            let state = try await state(fixture)
            let entries = slice.entries.dropFirst().map { state.decoded($0) }
            try await state.apply([Posting(lane: lane, expected: first, entries: entries, next: end)], keeping: [])
            #expect(book.keys.count == 5 && Set(book.keys).count == 3)
        }
    }

    @Test func `goes on at the end of a log that is shorter than the one before`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(1..<2)
            for name in ["a", "b"] { try await fixture.change(1, to: "\(name)@example.org") }
            let before = host(fixture, LocalHistory(["writer": fixture.store]))
            try await fixture.running(before) {
                try await eventually("all is reacted to", every: .milliseconds(5)) { before.status.posted == 3 }
            }
            let other = InMemoryStore()
            let users = Repository<User>(store: other)
            try await users.execute(.create(email: "u1@example.org", name: "U"), on: "u1")
            let after = host(fixture, LocalHistory(["writer": other]))
            try await fixture.running(after) {
                try await eventually("it has stopped") { after.status.lanes.contains { $0.state == .stopped } }
                try await after.reset()
                try await eventually("it goes on") { after.status.isCurrent }
                #expect(book.keys.count == 3)
                try await users.execute(.changeEmail(newEmail: "c@example.org"), on: "u1")
                try await eventually("it reacts to what is new", every: .milliseconds(5)) { book.keys.count == 4 }
            }
        }
    }

    @Test func `is paused while it runs, and goes on when it is resumed`() async throws {
        try await WorkerFixture.with { fixture in
            let history = WatchedHistory(LocalHistory(["writer": fixture.store]))
            let host = host(fixture, history)
            try await fixture.running(host) {
                try await eventually("it begins", every: .milliseconds(5)) { !host.status.lanes.isEmpty }
                try await host.setPaused(true)
                var created = 0
                var held: [Int] = []
                try await eventually("it holds what it has", every: .zero) {
                    try await fixture.create(created..<created + 5)
                    created += 5
                    try await eventually("it has it", every: .milliseconds(5)) { history.known == created }
                    held.append(created)
                    // What it held first would have been reacted to before it holds more twice.
                    return held.count > 2 && book.keys.count < held[held.count - 3]
                }
                try await host.setPaused(false)
                try await eventually("all is reacted to", every: .milliseconds(5)) { host.status.posted == created }
                #expect(book.keys.count == created)
            }
        }
    }
}
