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

@Suite struct `What a reaction has done`: ReactionTests {
    let book = Noting.Book()

    @Test func `is noted although its task was cancelled meanwhile`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            let state = try await state(fixture)
            let posting = try await posting(state, fixture)
            let (start, whenCancellable) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                for await _ in start { break }
                return try await state.apply([posting], keeping: [])
            }
            book.whenNoting { task.cancel() }
            whenCancellable.yield()
            _ = try await task.value
            #expect(book.keys.count == 1)
            #expect(try await state.checkpoints()[posting.lane] == posting.next)
        }
    }

    @Test func `is not repeated by the next process, although the checkpoint is before it`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            for email in ["a@example.org", "b@example.org"] { try await fixture.change(0, to: email) }
            do {
                let state = try await state(fixture)
                let posting = try await posting(state, fixture)
                let left = Mutex(2)
                book.fail { _ in
                    left.withLock { left in
                        left -= 1
                        return left < 0 ? NotNow("it ends here") : nil
                    }
                }
                await #expect(throws: NotNow.self) { try await state.apply([posting], keeping: []) }
            }
            #expect(book.keys.count == 2)
            book.fail(nil)
            let state = try await state(fixture)
            #expect(try await state.checkpoints().isEmpty)
            try await state.apply([posting(state, fixture)], keeping: [])
            #expect(book.keys.count == 3 && Set(book.keys).count == 3)
            // With the power nothing that was noted is lost either.
            let mode = try await state.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
            #expect(mode == 2)
        }
    }

    @Test func `reacts to nothing else before it could note what it has done`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            for name in ["a", "b", "c"] { try await fixture.change(0, to: "\(name)@example.org") }
            let state = try await state(fixture)
            let posting = try await posting(state, fixture)
            let file = try DatabaseQueue(path: "\(fixture.folder.path)/noting.sqlite")
            try await file.write { db in
                try db.execute(
                    sql: "CREATE TRIGGER full BEFORE INSERT ON reacted BEGIN SELECT RAISE(ABORT, 'no room'); END")
            }
            for _ in 0..<3 { await #expect(throws: (any Error).self) { try await state.apply([posting], keeping: []) } }
            #expect(book.keys.count == 1)
            try await file.write { try $0.execute(sql: "DROP TRIGGER full") }
            try await state.apply([posting], keeping: [])
            #expect(Set(book.keys).count == 4 && book.keys.count == 4)
        }
    }

    @Test func `commits what it has done as it goes, and not only at the end`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<200)
            try await with(fixture, isFromBeginning: true, pause: .milliseconds(5)) { host in
                try await eventually("something is committed", every: .milliseconds(1)) { host.status.posted > 0 }
                #expect(book.keys.count < 100)
            }
        }
    }

    @Test func `tells what it has of a user who is forgotten until its file is rid of it`() async throws {
        try await WorkerFixture.with { fixture in
            book.fail { if case .emailChanged = $0 { Refused() } else { nil } }
            let path = "\(fixture.folder.path)/noting.sqlite"
            try await with(fixture, isFromBeginning: true) { host in
                try await fixture.create(0..<2)
                try await fixture.change(1, to: "secret@example.org")
                try await waitForEnd(host, fixture)
                let reader = try LongReader(path)
                try await fixture.users.execute(on: "u1") { $0.forgetting() }
                try await waitForEnd(host, fixture)
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
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.users.execute(on: "u0") { $0.forgetting() }
            let state = try await state(fixture)
            let posting = try await posting(state, fixture)
            let messages = ["user-u0", "user-u1", "user-u01"].map { stream in
                UnreadableMessage(
                    partition: posting.lane.partition, reason: "it cannot be",
                    raw: RawMessage(body: Array("secret".utf8), bodySize: 6) { #"{"subject":"\#(stream)"}"# })
            }
            try await state.apply([posting], keeping: messages)
            #expect(try await state.unreadableCount() == 2)
        }
    }
}
