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

@Suite struct `A reaction that cannot do it`: ReactionTests {
    let book = Noting.Book()

    @Test func `sets aside what it cannot do, with what follows of that stream, and does it when told`() async throws {
        try await WorkerFixture.with { fixture in
            book.fail { if case .emailChanged(_, "bad@example.org") = $0 { Refused() } else { nil } }
            try await with(fixture, isFromBeginning: true) { host in
                try await fixture.create(0..<3)
                try await fixture.change(1, to: "bad@example.org")
                try await fixture.change(1, to: "good@example.org")
                try await fixture.change(2, to: "other@example.org")
                try await waitForEnd(host, fixture)
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
        try await WorkerFixture.with { fixture in
            book.fail { if case .emailChanged(_, "bad@example.org") = $0 { Refused() } else { nil } }
            try await with(fixture, isFromBeginning: true) { host in
                try await fixture.create(0..<2)
                try await fixture.change(1, to: "bad@example.org")
                try await fixture.change(1, to: "good@example.org")
                try await waitForEnd(host, fixture)
                #expect(book.keys.count == 2)
                #expect(try await host.skipParked("user-u1", of: "writer")?.posted == 1)
                #expect(try await host.skipParked("user-u1", of: "writer") == nil)
                #expect(book.keys.count == 3)
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `is paused by an event that it cannot do, where that is the policy`() async throws {
        try await WorkerFixture.with { fixture in
            book.fail { if case .emailChanged(_, "bad@example.org") = $0 { Refused() } else { nil } }
            try await with(fixture, isFromBeginning: true, policy: FailurePolicy(retries: 1, lastResort: .pause)) {
                host in
                try await fixture.create(0..<2)
                try await fixture.change(1, to: "bad@example.org")
                try await eventually("it is paused") { host.status.isPaused && host.status.problem != nil }
                book.fail(nil)
                try await host.setPaused(false)
                try await waitForEnd(host, fixture)
                #expect(Set(book.keys).count == 3 && book.keys.count == 3)
                #expect(try await host.report().parked == 0)
            }
        }
    }

    @Test func `sets aside the event at which processes end again and again`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await with(fixture, isFromBeginning: true) { try await waitForEnd($0, fixture) }
            try await fixture.change(1, to: "deadly@example.org")
            let entry = try #require(try await slice(of: 1, fixture).entries.last)
            // What a process leaves that ends while it reacts.
            for _ in 0..<3 {
                do {
                    let mark = try CrashMark("\(fixture.folder.path)/noting.sqlite.mark", isPostingSlow: true)
                    mark.begin(entry.id)
                    EndingSignals.noteEnd()
                }
                _ = try await state(fixture)
            }
            try await with(fixture) { host in
                try await waitForEnd(host, fixture)
                #expect(book.keys.count == 3)
                #expect(try await host.parked(waiting: false).map(\.eventID) == [entry.id.description])
                #expect(try await host.retryParked("user-u1", of: "writer")?.posted == 1)
                #expect(book.keys.count == 4)
            }
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
        try await WorkerFixture.with { fixture in
            let host = ReactionHost(
                reaction: Noting(book: book, pause: .seconds(60)), folder: fixture.folder.path,
                feed: fixture.feed(FailurePolicy(retries: 1)), isFromBeginning: true, timeout: .milliseconds(20),
                logger: fixture.logger)
            try await fixture.create(0..<1)
            try await fixture.running(host) {
                try await waitForEnd(host, fixture)
                #expect(try await host.parked(waiting: false).first?.reason?.contains("not done within") == true)
            }
        }
    }

    @Test func `does not skip what says that a user is forgotten`() async throws {
        try await WorkerFixture.with { fixture in
            book.fail { if case .forgotten = $0 { Refused() } else { nil } }
            try await with(fixture, isFromBeginning: true) { host in
                try await fixture.create(0..<1)
                try await fixture.users.execute(on: "u0") { $0.forgetting() }
                try await waitForEnd(host, fixture)
                await #expect(throws: ForgettingNotSkipped.self) {
                    _ = try await host.skipParked("user-u0", of: "writer")
                }
                #expect(try await host.report().parked == 1)
                book.fail(nil)
                #expect(try await host.retryParked("user-u0", of: "writer")?.posted == 1)
            }
        }
    }
}
