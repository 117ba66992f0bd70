import Daybook
import DaybookAPI
import DaybookSQLite
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import DaybookWorker

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

@Suite struct `Builds of a read model` {
    @Test func `nothing serves before the first one is whole`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<200)
            let reader = ServingReader(try ReadModelFolder(fixture.readModel))
            #expect(throws: NothingServes.self) { try reader.generation() }
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                #expect(try await count(reader) == 200)
                #expect(try await reader.read { try $0.indexes(on: "users").count } >= 2)
            }
            #expect(try await fixture.isReplay())
        }
    }

    @Test func `a rebuild is invisible to readers, and misses nothing`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<300)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                let reader = ServingReader(try ReadModelFolder(fixture.readModel))
                let link = LinkWatch(fixture.current)
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
                    try await fixture.create(300..<500)
                    try await fixture.waitUntilServing(host, generation: 2)
                    // Whatever a reader has met is thrown here.
                    try await tasks.waitForAll()
                }
                #expect(link.end() == 0)
                #expect(try await fixture.isReplay())
                // The one before goes on being fed.
                try await fixture.create(500..<520)
                try await eventually("generation 1 follows") {
                    try await host.report().generations.first { $0.number == 1 }?.done == 520
                }
            }
        }
    }

    @Test func `a rebuild that was interrupted goes on from where it was`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<300)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let folder = try ReadModelFolder(fixture.readModel)
            // Begun, and half done when its worker ended.
            let half = try SQLiteReadModel(
                next: GenerationRecord(role: .building), in: folder,
                projection: FragileProjection(fault: fixture.fault))
            let lane = Lane(source: "writer", partition: Partition(0))
            let slice = try await fixture.store.slice(Partition(0), after: .zero, limit: 10, maximumBytes: .max)
            let last = try #require(slice.entries.last)
            try await half.apply(
                [
                    Posting(
                        lane: lane, expected: nil,
                        entries: slice.entries.map { PostingEntry(log: $0, event: try half.decode($0)) },
                        next: Checkpoint(epoch: slice.epoch, offset: last.offset, anchor: last.anchor))
                ], keeping: [])
            #expect(folder.serving == 1)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host, generation: 2)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `two workers that are asked for a rebuild at once begin one build`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            try await fixture.withHost { first in
                try await fixture.waitUntilServing(first)
                try await fixture.withHost { second in
                    try await fixture.waitUntilServing(second)
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
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<5)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<3 {
                    tasks.addTask {
                        try await fixture.withHost { host in
                            try await fixture.waitUntilServing(host)
                            #expect(host.store.numbers == [1])
                        }
                    }
                }
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `a held build waits to be promoted, and can be given up`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
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
                try await fixture.waitUntilServing(host, generation: 3)
            }
        }
    }

    @Test func `a build that differs is refused where equality is asked for`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try changeReadModel(fixture.current, "UPDATE users SET name = 'other' WHERE user_id = 'u3'")
                try await host.operations.rebuild(isHeld: false, requiresEqual: true)
                try await eventually("it is refused") { try await host.report().generations.last?.refusal != nil }
                #expect(host.store.serving == 1)
                // The one that serves goes on.
                try await fixture.create(20..<25)
                try await fixture.waitUntilServing(host)
                try await host.operations.promoteBuilt()
                try await fixture.waitUntilServing(host, generation: 2)
                #expect(try await fixture.isReplay())
            }
        }
    }

    @Test func `equality that was asked of a build is not asked of it again when it is gone back to`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<20)
            try await fixture.withHost { host in
                try await fixture.waitUntilServing(host)
                try await host.operations.rebuild(isHeld: false, requiresEqual: true)
                try await fixture.waitUntilServing(host, generation: 2)
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
                try await fixture.waitUntilServing(host, generation: 3)
                try changeReadModel(fixture.current, "UPDATE users SET name = 'other' WHERE user_id = 'u3'")
                try await host.operations.rollBack()
                try await fixture.waitUntilServing(host, generation: 2)
                #expect(try host.store.summaries().allSatisfy { !$0.record.requiresEqual })
                #expect(try await fixture.isReplay())
            }
        }
    }

    private func count(_ reader: ServingReader) async throws -> Int {
        try await reader.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM users") ?? 0 }
    }
}
