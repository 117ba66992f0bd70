import Daybook
import DaybookAPI
import DaybookSQLite
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import DaybookWorker

/// A history that tells of every partition that it never ends.
private struct Endless: History {
    let history: LocalHistory

    func slice(of source: Source, _ partition: Partition, after offset: Offset, limit: Int) async throws -> LogSlice {
        var slice = try await history.slice(of: source, partition, after: offset, limit: limit)
        slice.head = Offset(rawValue: .max)
        return slice
    }
}

@Suite struct `Generations of a read model` {
    @Test func `are reported although the end of the log is impossible`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<3)
            var feed = fixture.feed(FailurePolicy())
            feed.history = Endless(history: LocalHistory(["writer": fixture.store]))
            let host = try WorkerFixture.Host(
                projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel, feed: feed,
                logger: fixture.logger)
            try await fixture.running(host) {
                try await eventually("history has told it") { host.status.lag == .max }
                let generation = try #require(try await host.report().generations.first)
                #expect(generation.total == .max && generation.lag > 0)
                #expect(try await RebuildEstimation(scratch: host.scratch).estimate().bytes > 0)
            }
        }
    }

    @Test func `a worker that ended in the midst of a promotion is put right by the next one`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let folder = try ReadModelFolder(fixture.readModel)
            await #expect(throws: CancellationError.self) {
                try await folder.promote(1) { _ in throw CancellationError() }
            }
            // Fenced off, and the link not moved.
            try changeReadModel(folder.file(1), "UPDATE generation SET role = 'previous'")
            try await fixture.create(20..<30)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `another worker of the read model sees that something else serves`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<50)
            try await fixture.withHost { first in
                try await fixture.waitUntilServing(first)
                try await fixture.withHost { second in
                    try await fixture.waitUntilServing(second)
                    try await first.operations.rebuild(isHeld: false, requiresEqual: false)
                    try await fixture.create(50..<60)
                    try await fixture.waitUntilServing(first, generation: 2)
                    try await fixture.waitUntilServing(second, generation: 2)
                    try await first.setPaused(true)
                    try await eventually("the other one is paused too") { second.status.isPaused }
                    try await second.setPaused(false)
                    try await fixture.create(60..<70)
                }
                try await fixture.waitUntilServing(first, generation: 2)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `a promotion that was decided is brought to its end by the next worker`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: true, requiresEqual: false)
                try await eventually("it is built") { try await host.report().generations.last?.done == 20 }
            }
            let folder = try ReadModelFolder(fixture.readModel)
            for (number, role) in [(1, "previous"), (2, "serving")] {
                try changeReadModel(folder.file(number), "UPDATE generation SET role = '\(role)'")
            }
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host, generation: 2)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `the previous one can serve again, until it is dropped`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                await #expect(throws: OperationRefused.self) { try await host.operations.rollBack() }
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                try await fixture.waitUntilServing(host, generation: 2)
                try await fixture.create(20..<30)
                try await host.operations.rollBack()
                try await fixture.waitUntilServing(host, generation: 1)
                #expect(try await fixture.isReplay())
                try await host.operations.dropPrevious()
                #expect(host.store.numbers == [1])
            }
        }
    }

    @Test func `a damaged file that does not serve is shown, and goes with those that are dropped`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                try await fixture.waitUntilServing(host, generation: 2)
            }
            let folder = try ReadModelFolder(fixture.readModel)
            try folder.remove(1)
            try Data(repeating: 0x2A, count: 8192).write(to: URL(filePath: folder.file(1)))
            try await fixture.create(20..<30)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host, generation: 2)
                let damaged = try #require(try await host.report().generations.first)
                #expect(damaged.number == 1 && damaged.role == .damaged && damaged.problem != nil && !damaged.isFed)
                try await fixture.create(30..<40)
                try await fixture.waitUntilServing(host, generation: 2)
                try await host.operations.dropPrevious()
                #expect(host.store.numbers == [2])
            }
            #expect(try await fixture.isReplay())
        }
    }

    @Test func `a damaged file that serves ends the worker`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let folder = try ReadModelFolder(fixture.readModel)
            try folder.remove(1)
            try Data(repeating: 0x2A, count: 8192).write(to: URL(filePath: folder.file(1)))
            let host = try WorkerFixture.Host(
                projection: FragileProjection(fault: fixture.fault), folder: fixture.readModel,
                feed: fixture.feed(FailurePolicy()), logger: fixture.logger)
            await #expect(throws: DatabaseError.self) { try await host.run() }
            // Without that file the next worker builds the first one anew.
            try folder.remove(1)
            try await fixture.withHost { try await fixture.waitUntilServing($0, generation: 2) }
            #expect(try await fixture.isReplay())
        }
    }

    @Test func `a paused projection posts nothing until it is resumed, also after a restart`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try await host.setPaused(true)
                try await fixture.create(20..<30)
                try await eventually("the lag is seen") { host.status.lag == 10 && host.status.isPaused }
            }
            try await fixture.withHost { host in
                try await eventually("the lag is seen") { host.status.lag == 10 && host.status.isPaused }
                try await host.setPaused(false)
                try await fixture.waitUntilServing(host)
            }
        }
    }

    private func count(_ reader: ServingReader) async throws -> Int {
        try await reader.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM users") ?? 0 }
    }
}
