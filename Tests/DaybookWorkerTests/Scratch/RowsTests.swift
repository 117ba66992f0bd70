import Daybook
import DaybookAPI
import DaybookSQLite
import DaybookTesting
import Foundation
import TestSupport
import Testing
import Users

@testable import DaybookWorker

@Suite struct `The rows of a projection` {
    private let clock = ManualClock()

    private func withFixture(_ body: (WorkerFixture) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let store = InMemoryStore(now: clock.now)
            try await body(WorkerFixture(folder: folder, store: store, users: Repository(store: store)))
        }
    }

    private func lines(
        _ host: WorkerFixture.Host, _ limit: PastHistory.Limit? = nil, table: String? = nil
    ) async throws -> [String] {
        var bytes: [UInt8] = []
        try await host.rows.write(RowsWanted(limit: limit, table: table)) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The emails in the rows, in order.
    private func emails(_ lines: [String]) -> [String] {
        lines.compactMap { line in
            guard line.hasPrefix(#"{"row":{"user_id":"#), line.hasSuffix(#","table":"users"}"#) else { return nil }
            return line.components(separatedBy: #""email":""#).last?.components(separatedBy: "\"").first
        }
    }

    private func isThere(_ name: String, in fixture: WorkerFixture) -> Bool {
        FileManager.default.fileExists(atPath: "\(fixture.readModel)/\(name)")
    }

    @Test func `are shown as they were, while posting goes on, and nothing of it is left`() async throws {
        try await withFixture { fixture in
            try await fixture.create(0..<10)
            let before = clock.now()
            clock.advance(by: .seconds(60))
            for user in 0..<3 { try await fixture.change(user, to: "changed\(user)@example.org") }
            try await fixture.create(10..<15)
            let after = clock.now()
            clock.advance(by: .seconds(60))
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                async let going: Void = fixture.create(100..<300)
                let old = try await lines(host, .time(before))
                #expect(emails(old) == (0..<10).map { "u\($0)@example.org" })
                #expect(old.last == #"{"events":10,"parked":0,"rows":10}"#)
                #expect(old.contains { $0.hasPrefix(#"{"columns":["user_id","email","#) })
                #expect(old.first?.hasPrefix(#"{"done":0,"total":"#) == true)
                let new = try await lines(host, .time(after))
                #expect(emails(new).count == 15 && emails(new).contains("changed2@example.org"))
                let none = try await lines(host, .time(Timestamp(microseconds: 0)))
                #expect(none.last == #"{"events":0,"parked":0,"rows":0}"#)
                try await going
                try await fixture.waitUntilServing(host)
                #expect(host.store.numbers == [1] && !isThere("past", in: fixture))
                let present = try await lines(host)
                #expect(emails(present).count == 215)
            }
            #expect(try await fixture.isReplay())
        }
    }

    @Test func `are shown up to offsets, and of one table`() async throws {
        try await withFixture { fixture in
            try await fixture.create(0..<100)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let lane = Lane(source: "writer", partition: Partition(3))
                let some = try await lines(host, .offsets([lane: 2]), table: "users")
                #expect(emails(some).count == 2 && some.last == #"{"events":2,"parked":0,"rows":2}"#)
                for limit in [nil, PastHistory.Limit.offsets([:])] {
                    await #expect(throws: NoSuchTable.self) { try await lines(host, limit, table: "checkpoints") }
                }
                #expect(!isThere("past", in: fixture))
            }
        }
    }

    @Test func `leave out what cannot be posted, and what was skipped`() async throws {
        try await withFixture { fixture in
            try await fixture.create(0..<10)
            fixture.fault.email = "poison"
            try await fixture.change(1, to: "poison1@example.org")
            try await fixture.change(2, to: "poison2@example.org")
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                #expect(try await host.skipParked("user-u1", of: "writer") != nil)
                for limit in [nil, PastHistory.Limit.time(clock.now())] {
                    let rows = try await lines(host, limit)
                    #expect(rows.last == #"{"events":12,"parked":1,"rows":10}"#)
                }
            }
        }
    }

    @Test func `of the past are shown to one at a time, and go with who reads them`() async throws {
        struct Gone: Error {}
        try await withFixture { fixture in
            try await fixture.create(0..<50)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let wanted = RowsWanted(limit: .time(clock.now()))
                do {
                    try await host.rows.write(wanted) { _ in
                        #expect(isThere("past", in: fixture))
                        let second = await #expect(throws: OperationRefused.self) {
                            try await host.rows.write(wanted) { _ in }
                        }
                        #expect(second?.code == .elsewhere)
                        throw Gone()
                    }
                    Issue.record("whoever read has gone, and nobody noticed")
                } catch is Gone {}
                #expect(!isThere("past", in: fixture))
                let rows = try await lines(host, .time(clock.now()))
                #expect(emails(rows).count == 50)
                // Neither stands in the way of a comparison.
                try host.beginComparison()
                try await eventually("it is compared") { host.comparison.last?.state == .done }
            }
        }
    }

    @Test func `that a worker left behind which was killed are removed by the next one`() async throws {
        try await withFixture { fixture in
            try await fixture.create(0..<10)
            _ = try SQLiteReadModel(
                next: GenerationRecord(role: .building), in: ReadModelFolder("\(fixture.readModel)/past"),
                projection: FragileProjection(fault: fixture.fault))
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                #expect(!isThere("past", in: fixture) && host.store.numbers == [1])
            }
        }
    }

    @Test func `are not shown before there are any, nor of a writer that does not answer`() async throws {
        try await withFixture { fixture in
            let host = try WorkerFixture.Host(
                projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel,
                feed: fixture.feed(FailurePolicy()), logger: fixture.logger)
            await #expect(throws: NothingServes.self) { try await lines(host) }
            var feed = fixture.feed(FailurePolicy())
            feed.sources = ["nobody"]
            let alone = try WorkerFixture.Host(
                projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel, feed: feed,
                logger: fixture.logger)
            await #expect(throws: HistoryError.self) { try await lines(alone, .time(clock.now())) }
            #expect(!isThere("past", in: fixture))
        }
    }
}
