import Dispatch
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import DaybookSQLite

@Suite struct `Those who read beside the writer` {
    private final class Tally: Sendable {
        private let value = Mutex(0)
        var count: Int { value.withLock { $0 } }
        func add() { value.withLock { $0 += 1 } }
    }

    /// Lets some readers wait, and shows how others fare meanwhile.
    private func occupy(_ busy: Int, of count: Int, _ body: (Readers, _ release: () -> Void) async throws -> Void)
        async throws
    {
        try await withTemporaryFolder { folder in
            let readers = Readers(try DatabasePool(path: folder.appending(path: "f.sqlite").path), count: count)
            let (released, begun) = (DispatchSemaphore(value: 0), Tally())
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<busy {
                    tasks.addTask {
                        try await readers.read { _ in
                            begun.add()
                            released.wait()
                        }
                    }
                }
                var isReleased = false
                func release() {
                    if !isReleased { for _ in 0..<busy { released.signal() } }
                    isReleased = true
                }
                defer { release() }
                try await eventually("they read", every: .milliseconds(1)) { begun.count == busy }
                try await body(readers, release)
                release()
                try await tasks.waitForAll()
            }
        }
    }

    private func read(_ times: Int, _ readers: Readers, _ done: Tally, meanwhile: () async throws -> Void) async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<times {
                tasks.addTask {
                    try await readers.read { _ in }
                    done.add()
                }
            }
            try await meanwhile()
            try await tasks.waitForAll()
        }
    }

    @Test func `answer everybody while one of them is busy for long`() async throws {
        try await occupy(1, of: 4) { readers, release in
            let done = Tally()
            try await read(20, readers, done) {
                do { try await eventually("all are answered", every: .milliseconds(1)) { done.count == 20 } } catch {
                    release()
                    throw error
                }
            }
        }
    }

    @Test func `answer those who came while all were busy`() async throws {
        try await occupy(2, of: 2) { readers, release in
            let done = Tally()
            try await read(20, readers, done) {
                #expect(done.count == 0)
                release()
            }
            #expect(done.count == 20)
        }
    }
}
