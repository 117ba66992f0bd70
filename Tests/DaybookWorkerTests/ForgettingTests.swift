import Daybook
import DaybookAPI
import DaybookSQLite
import Foundation
import GRDB
import TestSupport
import Testing
import Users

@testable import DaybookWorker

@Suite struct `What a read model has of a user who is forgotten` {
    private func forget(_ user: Int, _ fixture: WorkerFixture) async throws {
        try await fixture.users.execute(on: "u\(user)") { $0.forgetting() }
    }

    /// What the worker tells of the oldest generation, if it has posted all that there is.
    private func posted(_ host: WorkerFixture.Host, _ fixture: WorkerFixture) async throws -> GenerationReport? {
        let head = try await fixture.store.heads().reduce(0) { $0 + $1.rawValue }
        let generation = try await host.report().generations.first
        return generation?.checkpoints?.reduce(0) { $0 + $1.offset.rawValue } == head ? generation : nil
    }

    private func hasRemains(_ fixture: WorkerFixture) throws -> Bool {
        let file = try GenerationSummary(1, in: ReadModelFolder(fixture.readModel))
        return try #require(file).progress.hasPendingErasure
    }

    private func file(_ number: Int, has text: String, _ fixture: WorkerFixture) throws -> Bool {
        let path = try ReadModelFolder(fixture.readModel).file(number)
        return try [path, "\(path)-wal"].filter { FileManager.default.fileExists(atPath: $0) }.contains {
            try Data(contentsOf: URL(filePath: $0)).range(of: Data(text.utf8)) != nil
        }
    }

    @Test func `is told until nothing of it is in the file, which comes about by itself`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let reader = try LongReader(fixture.current)
                try await forget(1, fixture)
                try await fixture.waitUntilServing(host)
                #expect(try await posted(host, fixture)?.hasRemains == true)
                #expect(try file(1, has: "u1@example.org", fixture))
                try reader.end()
                try await eventually("it is erased") { try await posted(host, fixture)?.hasRemains == false }
                #expect(try !file(1, has: "u1@example.org", fixture))
                #expect(try file(1, has: "u2@example.org", fixture))
            }
        }
    }

    @Test func `is told of a generation that another worker feeds`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { first in
                try await fixture.waitUntilServing(first)
                try await first.operations.rebuild(isHeld: false, requiresEqual: false)
                try await fixture.waitUntilServing(first, generation: 2)
                try await fixture.withHost { second in
                    try await fixture.waitUntilServing(second, generation: 2)
                    try await forget(1, fixture)
                    try await eventually("generation 1 is rid of it") {
                        let previous = try await posted(second, fixture)
                        return previous?.isFed == false && previous?.hasRemains == false
                    }
                    #expect(try !file(1, has: "u1@example.org", fixture))
                }
            }
        }
    }

    /// The one that only stands by hears of nothing before its next head check, unless it is asked how far it is.
    @Test func `is erased at once from a generation that the worker feeds which only stands by`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                try await fixture.waitUntilServing(host, generation: 2)
            }
            // Another worker feeds what serves.
            var claim: GenerationLock?
            try await eventually("the other one has it") {
                claim = try ReadModelFolder(fixture.readModel).claim(2)
                return claim != nil
            }
            try await fixture.withHost(headCheckInterval: .seconds(3600)) { standby in
                try await eventually("generation 1 is fed, and has asked for heads") {
                    let lanes = standby.runner(of: 1)?.status.lanes ?? []
                    return !lanes.isEmpty && lanes.allSatisfy { $0.state == .live }
                }
                // It asks a second time when its subscription has begun.
                try await Task.sleep(for: .milliseconds(500))
                try await forget(1, fixture)
                try await apply("user-u1", to: 2, fixture)
                // Long before its runner looks up by itself, which it does every ten seconds.
                try await eventually("generation 1 is rid of it", within: .seconds(6)) {
                    try await posted(standby, fixture)?.hasRemains == false
                }
                #expect(try !file(1, has: "u1@example.org", fixture))
            }
            withExtendedLifetime(claim) {}
        }
    }

    /// Posts what the store has more of a stream, as another worker would.
    private func apply(_ stream: String, to number: Int, _ fixture: WorkerFixture) async throws {
        let model = try SQLiteReadModel(
            in: ReadModelFolder(fixture.readModel), number: number, projection: FragileProjection(fault: fixture.fault))
        let lane = Lane(source: "writer", partition: Partition.of(StreamName(stored: stream), among: 8))
        let own = try await model.checkpoints()[lane]
        let slice = try await fixture.store.slice(
            lane.partition, after: own?.offset ?? .zero, limit: 100, maximumBytes: .max)
        _ = try await model.replay(slice.entries, of: lane, slice.epoch, after: own)
    }

    @Test func `is erased by the next worker where one has ended before it could`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            try changeReadModel(fixture.current, "INSERT INTO erasures(at) VALUES(0)")
            #expect(try hasRemains(fixture))
            try await fixture.withHost { _ in try await eventually("it is erased") { try !hasRemains(fixture) } }
        }
    }

    @Test func `is erased from a build too`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try await forget(1, fixture)
                try await host.operations.rebuild(isHeld: true, requiresEqual: false)
                try await eventually("it is built") {
                    let build = try await host.report().generations.last
                    return build?.number == 2 && build?.lag == 0 && build?.hasRemains == false
                }
                #expect(try !file(2, has: "u1@example.org", fixture))
            }
        }
    }

    /// A row that is longer than before goes elsewhere in its page.
    @Test func `is overwritten also where a row only changes`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                #expect(try file(1, has: "u1@example.org", fixture))
                try await fixture.change(1, to: "another.and.longer.address@example.org")
                try await fixture.waitUntilServing(host)
            }
            try await DatabasePool(path: fixture.current).writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            #expect(try file(1, has: "another.and.longer.address@example.org", fixture))
            #expect(try !file(1, has: "u1@example.org", fixture))
        }
    }

    /// A user who is forgotten, as the log has them: the last entry says so.
    private func forgottenLog(_ fixture: WorkerFixture) async throws -> (lane: Lane, slice: LogSlice, last: LogEntry) {
        try await fixture.create(0..<1)
        try await forget(0, fixture)
        let lane = Lane(source: "writer", partition: .of(StreamName(stored: "user-u0"), among: 8))
        let slice = try await fixture.store.slice(lane.partition, after: .zero, limit: 10, maximumBytes: .max)
        let last = try #require(slice.entries.last)
        #expect(last.isForgetting)
        return (lane, slice, last)
    }

    private func model(_ fixture: WorkerFixture) throws -> SQLiteReadModel<FragileProjection> {
        try SQLiteReadModel(folder: fixture.readModel, projection: FragileProjection(fault: fixture.fault))
    }

    @Test func `is told while the event that erases it is parked, and until it is erased`() async throws {
        try await WorkerFixture.with { fixture in
            let (lane, slice, last) = try await forgottenLog(fixture)
            let model = try model(fixture)
            _ = try await model.replay(
                slice.entries, of: lane, slice.epoch, after: nil, parking: [last.offset: "it cannot be"])
            #expect(try await model.parkedCount() == 1)
            #expect(try hasRemains(fixture))
            // It cannot be got rid of by leaving it out, neither here nor because another generation did.
            await #expect(throws: ForgettingNotSkipped.self) {
                _ = try await model.skipParked("user-u0", of: "writer")
            }
            try await model.skip([SkippedEvent(source: "writer", id: last.id.description)])
            #expect(try await model.parkedCount() == 1)
            #expect(try await model.retryParked("user-u0", of: "writer")?.posted == 1)
            #expect(try hasRemains(fixture))
            #expect(try await model.erasePending())
            #expect(try !hasRemains(fixture))
        }
    }

    @Test func `is erased although an operator has once skipped the event that says so`() async throws {
        try await WorkerFixture.with { fixture in
            let (lane, slice, last) = try await forgottenLog(fixture)
            let model = try model(fixture)
            try await model.skip([SkippedEvent(source: "writer", id: last.id.description)])
            _ = try await model.replay(slice.entries, of: lane, slice.epoch, after: nil)
            #expect(try rows("users", in: fixture.current).isEmpty)
        }
    }

    @Test func `is not kept of a message that came with the word that they are forgotten`() async throws {
        try await WorkerFixture.with { fixture in
            let (lane, slice, last) = try await forgottenLog(fixture)
            let model = try model(fixture)
            let posting = Posting(
                lane: lane, expected: nil, entries: slice.entries.map { model.decoded($0) },
                next: Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor))
            let messages = ["user-u0", "user-u1"].map { stream in
                UnreadableMessage(
                    partition: lane.partition, reason: "it cannot be",
                    raw: RawMessage(body: Array("secret".utf8), bodySize: 6) { #"{"subject":"\#(stream)"}"# })
            }
            try await model.apply([posting], keeping: messages)
            #expect(try await model.unreadableCount() == 1)
        }
    }
}
