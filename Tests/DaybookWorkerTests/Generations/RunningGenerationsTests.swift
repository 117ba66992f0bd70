import Daybook
import DaybookSQLite
import TestSupport
import Testing

@testable import DaybookWorker

@Suite struct `The generations that run` {
    private struct Broken: Error {}

    private func withRunning(_ body: (RunningGenerations) async throws -> Void) async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let store = try SQLiteReadModelStore(of: FragileProjection(fault: fixture.fault), in: fixture.readModel)
            let feed = fixture.feed(FailurePolicy())
            let model = try store.open(1)
            let runner = ProjectionRunner(
                name: "users", readModel: model, subscription: feed.subscription, history: feed.history,
                sources: feed.sources, partitionCount: feed.partitionCount, logger: fixture.logger)
            let running = RunningGenerations()
            running.add(
                RunningGeneration(
                    model: model, runner: runner, role: .serving, lock: nil, beginning: .init(applied: 0)),
                number: 1)
            try await body(running)
        }
    }

    @Test func `wake all who wait for the end of one of them`() async throws {
        try await withRunning { running in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<2 {
                    tasks.addTask {
                        try await running.waitForEnd(of: 1)
                        #expect(running.isEmpty)
                    }
                }
                try await Task.sleep(for: .milliseconds(50))
                #expect(!running.isEmpty)
                running.remove(1, throwing: nil)
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `hand the error on with which the process cannot go on`() async throws {
        try await withRunning { running in
            let wait = Task { try await running.waitForEnd(of: 1) }
            // Who begins to wait afterwards is not told: the supervisor ends with that error.
            try await Task.sleep(for: .milliseconds(200))
            running.remove(1, throwing: Broken())
            await #expect(throws: Broken.self) { try await wait.value }
            try await running.waitForEnd(of: 1)
        }
    }

    @Test func `are not waited for for ever, nor where there is none`() async throws {
        try await withRunning { running in
            try await running.waitForEnd(of: 2)
            await #expect(throws: PromotionRefused.self) {
                try await running.waitForEnd(of: 1, within: .milliseconds(20))
            }
            let wait = Task { try await running.waitForEnd(of: 1) }
            wait.cancel()
            await #expect(throws: CancellationError.self) { try await wait.value }
            #expect(running.role(of: 1) == .serving)
        }
    }
}
