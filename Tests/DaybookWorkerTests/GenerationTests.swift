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

/// Looks where a link leads on a thread of its own, without a pause: what is missing for a moment only is missed.
private final class LinkWatch: Sendable {
    private let isEnough = Atomic(false)
    private let gaps = Atomic(0)

    init(_ link: String) {
        Thread.detachNewThread { [self] in
            var buffer = [CChar](repeating: 0, count: 256)
            while !isEnough.load(ordering: .relaxed) {
                if readlink(link, &buffer, buffer.count) < 0 { gaps.add(1, ordering: .relaxed) }
            }
        }
    }

    /// How often it led nowhere until now, after which nobody looks any more.
    func end() -> Int {
        isEnough.store(true, ordering: .relaxed)
        return gaps.load(ordering: .relaxed)
    }
}

@Suite struct `Generations of a read model` {
    @Test func `are reported although the end of the log is impossible`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<3)
            var feed = ward.feed(FailurePolicy())
            feed.history = Endless(history: LocalHistory(["writer": ward.store]))
            let host = try Ward.Host(
                projection: FragileProjection(fault: ward.fault), folder: ward.readModel, feed: feed,
                logger: ward.logger)
            try await ward.running(host) {
                try await eventually("history has told it") { host.status.lag == .max }
                let generation = try #require(try await host.report().generations.first)
                #expect(generation.total == .max && generation.lag > 0)
                #expect(try await RebuildEstimation(scratch: host.scratch).estimate().bytes > 0)
            }
        }
    }

    @Test func `nothing serves before the first one is whole`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<200)
            let reader = ServingReader(try ReadModelFolder(ward.readModel))
            #expect(throws: NothingServes.self) { try reader.generation() }
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                #expect(try await count(reader) == 200)
                #expect(try await reader.read { try $0.indexes(on: "users").count } >= 2)
            }
            #expect(try await ward.isReplay())
        }
    }

    @Test func `a rebuild is invisible to readers, and misses nothing`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<300)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                let reader = ServingReader(try ReadModelFolder(ward.readModel))
                let link = LinkWatch(ward.current)
                defer { _ = link.end() }
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for _ in 0..<4 {
                        tasks.addTask {
                            var most = 300
                            var generation = 1
                            while generation < 2 {
                                try Task.checkCancellation()
                                generation = try reader.generation()
                                let found = try await count(reader)
                                #expect(found >= most, "a reader sees fewer users than before")
                                most = max(most, found)
                                await Task.yield()
                            }
                        }
                    }
                    try await host.operations.rebuild(isHeld: false, requiresEqual: true)
                    try await ward.create(300..<500)
                    try await ward.waitUntilServing(host, generation: 2)
                    // Whatever a reader has met is thrown here.
                    try await tasks.waitForAll()
                }
                #expect(link.end() == 0)
                #expect(try await ward.isReplay())
                // The one before goes on being fed.
                try await ward.create(500..<520)
                try await eventually("generation 1 follows") {
                    try await host.report().generations.first { $0.number == 1 }?.done == 520
                }
            }
        }
    }

    @Test func `a rebuild that was interrupted goes on from where it was`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<300)
            try await ward.withHost { try await ward.waitUntilServing($0) }
            let folder = try ReadModelFolder(ward.readModel)
            // Begun, and half done when its worker ended.
            let half = try SQLiteReadModel(
                next: GenerationRecord(role: .building), in: folder,
                projection: FragileProjection(fault: ward.fault))
            let lane = Lane(source: "writer", partition: Partition(0))
            let slice = try await ward.store.slice(Partition(0), after: .zero, limit: 10, maximumBytes: .max)
            let last = try #require(slice.entries.last)
            try await half.post(
                [
                    Posting(
                        lane: lane, expected: nil,
                        entries: slice.entries.map { PostingEntry(log: $0, event: try half.decode($0)) },
                        next: Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor))
                ], keeping: [])
            #expect(folder.serving == 1)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host, generation: 2)
                #expect(try await ward.isReplay())
            }
        }
    }

    @Test func `a worker that ended in the midst of a promotion is put right by the next one`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<20)
            try await ward.withHost { try await ward.waitUntilServing($0) }
            let folder = try ReadModelFolder(ward.readModel)
            await #expect(throws: CancellationError.self) {
                try await folder.promote(1) { _ in throw CancellationError() }
            }
            // Fenced off, and the link not moved.
            try changeReadModel(folder.file(1), "UPDATE generation SET role = 'previous'")
            try await ward.create(20..<30)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                #expect(try await ward.isReplay())
            }
        }
    }

    @Test func `another worker of the read model sees that something else serves`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<50)
            try await ward.withHost { first in
                try await ward.waitUntilServing(first)
                try await ward.withHost { second in
                    try await ward.waitUntilServing(second)
                    try await first.operations.rebuild(isHeld: false, requiresEqual: false)
                    try await ward.create(50..<60)
                    try await ward.waitUntilServing(first, generation: 2)
                    try await ward.waitUntilServing(second, generation: 2)
                    try await first.setPaused(true)
                    try await eventually("the other one is paused too") { second.status.isPaused }
                    try await second.setPaused(false)
                    try await ward.create(60..<70)
                }
                try await ward.waitUntilServing(first, generation: 2)
                #expect(try await ward.isReplay())
            }
        }
    }

    @Test func `two workers that are asked for a rebuild at once begin one build`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<5)
            try await ward.withHost { first in
                try await ward.waitUntilServing(first)
                try await ward.withHost { second in
                    try await ward.waitUntilServing(second)
                    for _ in 0..<10 {
                        let begun = await withTaskGroup(of: Bool.self) { tasks in
                            for host in [first, second] {
                                tasks.addTask {
                                    (try? await host.operations.rebuild(isHeld: true, requiresEqual: false)) != nil
                                }
                            }
                            return await tasks.reduce(into: 0) { count, isBegun in count += isBegun ? 1 : 0 }
                        }
                        #expect(begun == 1 && first.store.numbers.count == 2)
                        try await eventually("whoever feeds it gives it up") {
                            for host in [first, second] { try? await host.operations.cancelBuild() }
                            return first.store.numbers == [1]
                        }
                    }
                }
            }
        }
    }

    @Test func `two workers that begin at once begin one build`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<5)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<3 {
                    tasks.addTask {
                        try await ward.withHost { host in
                            try await ward.waitUntilServing(host)
                            #expect(host.store.numbers == [1])
                        }
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `a promotion that was decided is brought to its end by the next worker`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<20)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: true, requiresEqual: false)
                try await eventually("it is built") { try await host.report().generations.last?.done == 20 }
            }
            let folder = try ReadModelFolder(ward.readModel)
            for (number, role) in [(1, "previous"), (2, "serving")] {
                try changeReadModel(folder.file(number), "UPDATE generation SET role = '\(role)'")
            }
            try await ward.withHost { host in
                try await ward.waitUntilServing(host, generation: 2)
                #expect(try await ward.isReplay())
            }
        }
    }

    @Test func `a held build waits to be promoted, and can be given up`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<20)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: true, requiresEqual: false)
                await #expect(throws: OperationRefused.self) {
                    try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                }
                try await eventually("it is built") {
                    try await host.report().generations.last.map { $0.isHeld && $0.lag == 0 && $0.total == 20 } == true
                }
                #expect(host.store.serving == 1)
                try await host.operations.cancelBuild()
                #expect(host.store.numbers == [1])
                // A number is given once.
                try await host.operations.rebuild(isHeld: true, requiresEqual: false)
                try await host.operations.promoteBuilt()
                try await ward.waitUntilServing(host, generation: 3)
            }
        }
    }

    @Test func `a build that differs is refused where equality is asked for`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<20)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                try changeReadModel(ward.current, "UPDATE users SET name = 'other' WHERE user_id = 'u3'")
                try await host.operations.rebuild(isHeld: false, requiresEqual: true)
                try await eventually("it is refused") { try await host.report().generations.last?.refusal != nil }
                #expect(host.store.serving == 1)
                // The one that serves goes on.
                try await ward.create(20..<25)
                try await ward.waitUntilServing(host)
                try await host.operations.promoteBuilt()
                try await ward.waitUntilServing(host, generation: 2)
                #expect(try await ward.isReplay())
            }
        }
    }

    @Test func `the previous one can serve again, until it is dropped`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<20)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                await #expect(throws: OperationRefused.self) { try await host.operations.rollBack() }
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                try await ward.waitUntilServing(host, generation: 2)
                try await ward.create(20..<30)
                try await host.operations.rollBack()
                try await ward.waitUntilServing(host, generation: 1)
                #expect(try await ward.isReplay())
                try await host.operations.dropPrevious()
                #expect(host.store.numbers == [1])
            }
        }
    }

    @Test func `equality that was asked of a build is not asked of it again when it is gone back to`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<20)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: false, requiresEqual: true)
                try await ward.waitUntilServing(host, generation: 2)
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                try await ward.waitUntilServing(host, generation: 3)
                try changeReadModel(ward.current, "UPDATE users SET name = 'other' WHERE user_id = 'u3'")
                try await host.operations.rollBack()
                try await ward.waitUntilServing(host, generation: 2)
                #expect(try host.store.summaries().allSatisfy { !$0.record.requiresEqual })
                #expect(try await ward.isReplay())
            }
        }
    }

    @Test func `a damaged file that does not serve is shown, and goes with those that are dropped`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<20)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                try await ward.waitUntilServing(host, generation: 2)
            }
            let folder = try ReadModelFolder(ward.readModel)
            try folder.remove(1)
            try Data(repeating: 0x2A, count: 8192).write(to: URL(filePath: folder.file(1)))
            try await ward.create(20..<30)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host, generation: 2)
                let damaged = try #require(try await host.report().generations.first)
                #expect(damaged.number == 1 && damaged.role == .damaged && damaged.problem != nil && !damaged.isFed)
                try await ward.create(30..<40)
                try await ward.waitUntilServing(host, generation: 2)
                try await host.operations.dropPrevious()
                #expect(host.store.numbers == [2])
            }
            #expect(try await ward.isReplay())
        }
    }

    @Test func `a damaged file that serves ends the worker`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<20)
            try await ward.withHost { try await ward.waitUntilServing($0) }
            let folder = try ReadModelFolder(ward.readModel)
            try folder.remove(1)
            try Data(repeating: 0x2A, count: 8192).write(to: URL(filePath: folder.file(1)))
            let host = try Ward.Host(
                projection: FragileProjection(fault: ward.fault), folder: ward.readModel,
                feed: ward.feed(FailurePolicy()), logger: ward.logger)
            await #expect(throws: DatabaseError.self) { try await host.run() }
            // Without that file the next worker builds the first one anew.
            try folder.remove(1)
            try await ward.withHost { try await ward.waitUntilServing($0, generation: 2) }
            #expect(try await ward.isReplay())
        }
    }

    @Test func `a paused projection posts nothing until it is resumed, also after a restart`() async throws {
        try await Ward.with { ward in
            try await ward.create(0..<20)
            try await ward.withHost { host in
                try await ward.waitUntilServing(host)
                try await host.setPaused(true)
                try await ward.create(20..<30)
                try await eventually("the lag is seen") { host.status.lag == 10 && host.status.isPaused }
            }
            try await ward.withHost { host in
                try await eventually("the lag is seen") { host.status.lag == 10 && host.status.isPaused }
                try await host.setPaused(false)
                try await ward.waitUntilServing(host)
            }
        }
    }

    private func count(_ reader: ServingReader) async throws -> Int {
        try await reader.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM users") ?? 0 }
    }
}
