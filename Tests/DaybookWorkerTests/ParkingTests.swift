import Daybook
import DaybookAPI
import DaybookSQLite
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing
import UserViews
import Users

@testable import DaybookSQLite
@testable import DaybookWorker

@Suite struct `An event that cannot be posted` {
    /// Ten users, of whom one gets an email at which the projection fails, and goes on living.
    private func poison(_ fixture: WorkerFixture, _ host: WorkerFixture.Host) async throws {
        try await fixture.create(0..<10)
        try await fixture.waitUntilServing(host)
        fixture.fault.email = "poison"
        try await fixture.change(3, to: "poison@example.org")
        try await fixture.change(3, to: "later@example.org")
        for user in [4, 5] { try await fixture.change(user, to: "fine\(user)@example.org") }
        try await fixture.waitUntilServing(host)
    }

    private func compared(_ host: WorkerFixture.Host) async throws -> [TableDifferenceReport] {
        try host.beginComparison()
        try await eventually("it is compared") { host.comparison.last?.state != .running }
        let comparison = try #require(host.comparison.last)
        #expect(comparison.state == .done)
        return comparison.differences
    }

    @Test func `is parked with its followers, and everyone else stays current`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost { host in
                try await poison(fixture, host)
                let parked = try await host.serving.model().parked(waiting: true)
                #expect(parked.map(\.stream) == ["user-u3", "user-u3"])
                #expect(parked.map { $0.reason != nil } == [true, false] && parked.first?.waiting == 1)
                let emails = try rows("users", in: fixture.current).filter { $0.contains("fine") }
                #expect(emails.count == 2)
                // Not yet mended: it stays, with its reason.
                let still = try #require(try await host.retryParked("user-u3", of: "writer"))
                #expect(still.posted == 0 && still.reason != nil)
                fixture.fault.email = nil
                #expect(try await host.retryParked("user-u3", of: "writer")?.posted == 2)
                #expect(try await host.report().parked == 0)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `is named to whoever asks with the token of what it was to show`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost { host in
                try await poison(fixture, host)
                let query = try #require(UsersProjection.queries.first)
                let tokens = try await host.serving.model().parked(waiting: true).map { event in
                    let place = LogPlace(
                        partition: Partition(event.partition), offset: Offset(rawValue: event.offset))
                    return WriteToken(source: "writer", epoch: fixture.store.epoch, place: place)
                }
                func answer(_ token: WriteToken) async throws -> [UInt8]? {
                    let parameters = try QueryParameters(path: ["id": "u3"])
                    return try await host.context.reader.answer(
                        query, parameters, of: FragileProjection.version, after: token)
                }
                for token in tokens {
                    await #expect(throws: NotShown.parked(stream: "user-u3")) { try await answer(token) }
                }
                fixture.fault.email = nil
                _ = try await host.retryParked("user-u3", of: "writer")
                for token in tokens { _ = try #require(try await answer(token)) }
            }
        }
    }

    @Test func `is parked with what to do when its schema version is later than the code`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost { host in
                try await fixture.create(0..<3)
                try await fixture.waitUntilServing(host)
                // The present code could read the one, and knows nothing of the type of the other.
                let data = Array(#"{"oldEmail":"u1@example.org","newEmail":"later@example.org"}"#.utf8)
                let published = ["user.email-changed", "user.promoted"].map {
                    NewEvent.Published(type: $0, schemaVersion: 2, data: data)
                }
                let event = NewEvent(
                    id: .new(), type: "email-changed", schemaVersion: 2, occurredAt: .now(), data: data,
                    metadata: Array("{}".utf8), published: published)
                let stream = StreamName(stored: "user-u1")
                _ = try await fixture.store.append(AppendRequest(stream: stream, expected: .any, events: [event]))
                try await fixture.change(2, to: "fine@example.org")
                try await fixture.waitUntilServing(host)
                let parked = try await host.serving.model().parked()
                #expect(parked.map(\.stream) == ["user-u1"] && parked.map(\.type) == ["user.email-changed"])
                #expect(parked.first?.reason?.contains("update this program first") == true)
                #expect(try rows("users", in: fixture.current).contains { $0.contains("fine@example.org") })
                await #expect(throws: CodecError.self) { try await fixture.users.load("u1") }
            }
        }
    }

    @Test func `holds no stream of the same name of another source`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(1..<2)
            let partition = Partition.of(StreamName(stored: "user-u1"), among: 8)
            let slice = try await fixture.store.slice(partition, after: .zero, limit: 10, maximumBytes: .max)
            let entry = try #require(slice.entries.last)
            let model = try SQLiteReadModel(
                folder: fixture.readModel, projection: FragileProjection(fault: fixture.fault))
            for (source, parks) in [("one", [entry.offset: "it cannot be"]), ("two", [:])] {
                var posting = Posting(
                    lane: Lane(source: Source(source), partition: partition), expected: nil,
                    entries: [model.decoded(entry)],
                    next: Checkpoint(epoch: slice.epoch, offset: entry.offset, anchor: entry.anchor))
                posting.parks = parks
                try await model.apply([posting], keeping: [])
            }
            #expect(try await model.parked(waiting: true).map(\.source) == ["one"])
            #expect(try rows("users", in: fixture.current).count == 1)
        }
    }

    @Test func `is not said to be none where the file cannot be read`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let host = try WorkerFixture.Host(
                projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel,
                feed: fixture.feed(FailurePolicy()), logger: fixture.logger)
            #expect(try await host.report().parked == 0)
            let folder = try ReadModelFolder(fixture.readModel)
            try folder.remove(1)
            try Data(repeating: 0x2A, count: 8192).write(to: URL(filePath: folder.file(1)))
            let report = try await host.report()
            #expect(report.parked == nil && report.problem?.contains("cannot be read") == true)
        }
    }

    @Test func `goes when its user is forgotten, who is then forgotten here too`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost { host in
                try await poison(fixture, host)
                try await fixture.users.execute(on: "u3") { $0.forgetting() }
                try await fixture.waitUntilServing(host)
                #expect(try await host.report().parked == 0)
                #expect(try rows("users", in: fixture.current).count == 9)
            }
        }
    }

    @Test func `can be skipped, and is skipped in later generations too`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost { host in
                try await poison(fixture, host)
                #expect(try await host.skipParked("user-u3", of: "writer")?.posted == 1)
                #expect(try await host.skipParked("user-u3", of: "writer") == nil)
                try await host.operations.rebuild(isHeld: false, requiresEqual: true)
                try await fixture.waitUntilServing(host, generation: 2)
                #expect(try await host.report().parked == 0)
                #expect(try rows("users", in: fixture.current).contains { $0.contains("later@example.org") })
            }
        }
    }

    @Test func `is skipped by one worker or posted by another one when both are asked at once`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost { first in
                try await poison(fixture, first)
                try await fixture.withHost { second in
                    try await fixture.waitUntilServing(second)
                    fixture.fault.email = nil
                    async let skipping = first.skipParked("user-u3", of: "writer")
                    async let retrying = second.retryParked("user-u3", of: "writer")
                    let (skipped, retried) = (try await skipping, try await retrying)
                    // Whoever comes second finds nothing that is parked.
                    #expect((skipped?.posted ?? 0) + (retried?.posted ?? 0) == (skipped == nil ? 2 : 1))
                    #expect(try await first.report().parked == 0)
                    #expect(try rows("users", in: fixture.current).contains { $0.contains("later@example.org") })
                }
            }
        }
    }

    @Test func `is skipped in a build that another worker feeds`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            let folder = try ReadModelFolder(fixture.readModel)
            let projection = FragileProjection(fault: fixture.fault)
            let build = try SQLiteReadModel(
                next: GenerationRecord(role: .building), in: folder, projection: projection)
            let lane = Lane(source: "writer", partition: .of(StreamName(stored: "user-u0"), among: 8))
            func apply(after checkpoint: Checkpoint?) async throws -> Checkpoint? {
                let slice = try await fixture.store.slice(
                    lane.partition, after: checkpoint?.offset ?? .zero, limit: 10, maximumBytes: .max)
                return try await build.replay(slice.entries, of: lane, slice.epoch, after: checkpoint)
            }
            let checkpoint = try await apply(after: nil)
            try await fixture.change(0, to: "skipped@example.org")
            let slice = try await fixture.store.slice(
                lane.partition, after: checkpoint?.offset ?? .zero, limit: 10, maximumBytes: .max)
            let entry = try #require(slice.entries.first)
            // What another worker does for the generations of its projection that it does not feed.
            let other = try SQLiteReadModel(in: folder, number: build.number, projection: projection)
            try await other.skip([SkippedEvent(source: "writer", id: entry.id.description)])
            _ = try await apply(after: checkpoint)
            #expect(try rows("users", in: build.path).allSatisfy { !$0.contains("skipped@example.org") })
        }
    }

    @Test func `does not keep another one of its partition from being parked`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost { host in
                try await fixture.create(0..<20)
                try await fixture.waitUntilServing(host)
                fixture.fault.email = "poison"
                let lanes = Dictionary(grouping: 0..<20) { Partition.of(StreamName(stored: "user-u\($0)"), among: 8) }
                let together = try #require(lanes.values.first { $0.count >= 3 })
                for user in together { try await fixture.change(user, to: "poison\(user)@example.org") }
                try await fixture.waitUntilServing(host)
                #expect(try await host.serving.model().parked().count == together.count)
                fixture.fault.email = nil
                for user in together { _ = try await host.retryParked("user-u\(user)", of: "writer") }
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `does not hold up the many that the same mistake will park, nor anyone else`() async throws {
        try await WorkerFixture.with { fixture in
            // Each for itself would take 0.7 s of its lane.
            try await fixture.withHost(policy: FailurePolicy(retries: 3)) { host in
                try await fixture.create(0..<330)
                try await fixture.waitUntilServing(host)
                fixture.fault.email = "poison"
                for user in 0..<320 { try await fixture.change(user, to: "poison\(user)@example.org") }
                for user in 320..<330 { try await fixture.change(user, to: "fine\(user)@example.org") }
                try await fixture.waitUntilServing(host)
                let parked = try await host.serving.model().parked()
                #expect(parked.count == 320 && parked.allSatisfy { $0.reason?.contains("Broken") == true })
                #expect(try rows("users", in: fixture.current).filter { $0.contains("fine") }.count == 10)
                fixture.fault.email = nil
                try await host.serving.model().retryAllParked()
                #expect(try await host.report().parked == 0)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `stays skipped, or posted, in a build that had parked it too`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost { host in
                try await poison(fixture, host)
                try await fixture.change(7, to: "poison7@example.org")
                try await fixture.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: true, requiresEqual: true)
                try await eventually("the build has parked them too") {
                    guard let build = host.supervisor.registry.running.withAll({ $0[2]?.model }) else { return false }
                    return try await build.parkedCount() == 3
                }
                _ = try await host.skipParked("user-u3", of: "writer")
                fixture.fault.email = nil
                _ = try await host.retryParked("user-u7", of: "writer")
                try await host.operations.promoteBuilt()
                try await fixture.waitUntilServing(host, generation: 2)
                #expect(try await host.report().parked == 0)
                #expect(try rows("users", in: fixture.current).contains { $0.contains("poison7@example.org") })
                #expect(try !rows("users", in: fixture.current).contains { $0.contains("poison@example.org") })
            }
        }
    }

    @Test func `pauses the projection where that is the policy`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost(policy: FailurePolicy(retries: 1, lastResort: .pause)) { host in
                try await fixture.create(0..<5)
                try await fixture.waitUntilServing(host)
                fixture.fault.email = "poison"
                try await fixture.change(3, to: "poison@example.org")
                try await eventually("it is paused") { host.status.isPaused && host.status.problem != nil }
                fixture.fault.email = nil
                try await host.setPaused(false)
                try await fixture.waitUntilServing(host)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `is parked when processes end at it again and again`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<10)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            try await fixture.change(3, to: "deadly@example.org")
            let partition = Partition.of(try StreamName("user-u3"), among: 8)
            let entry = try #require(
                try await fixture.store.slice(partition, after: .zero, limit: 100, maximumBytes: .max).entries.last)
            // What a process leaves that ends while it posts.
            for _ in 0..<3 {
                try CrashMark("\(fixture.readModel)/g000001.sqlite.mark").begin(entry.id)
                let model = try SQLiteReadModel(
                    folder: fixture.readModel, projection: FragileProjection(fault: fixture.fault))
                try await model.countCrash()
            }
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                #expect(try await host.serving.model().parked().map(\.eventID) == [entry.id.description])
                // Nor does it end a process that compares, or lets another generation serve.
                #expect(try await compared(host).isEmpty)
                try await host.serving.model().retryAllParked()
                #expect(try await host.report().parked == 1)
                #expect(try await host.retryParked("user-u3", of: "writer")?.posted == 1)
                #expect(try await compared(host).isEmpty)
                #expect(try await fixture.isReplay())
            }
        }
    }
}
