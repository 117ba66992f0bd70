import Daybook
import DaybookAPI
import Hummingbird
import Logging
import ServiceLifecycle
import TestSupport
import Testing

@testable import DaybookWriter

/// Writes a response until it is whole, or the daemon stops.
private struct WritingService: Service {
    let body: ResponseBody
    let page: ResponsePage

    func run() async throws { try await body.write(page) }
}

@Suite(.timeLimit(.minutes(1))) struct `A batch on its way` {
    private func events(of id: String, in store: GatedStore) async throws -> Int {
        try await store.read(StreamName("parcel-\(id)"), after: .zero, limit: 10).count
    }

    private func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        try await eventually(what, every: .milliseconds(2), condition)
    }

    @Test func `has so many commands at work at the same time, and is not read further`() async throws {
        let store = GatedStore()
        let pieces = TestPieces((1...200).map { batchLine("send", "\($0)") })
        let (body, page) = (try batchBody(of: pieces, store), ResponsePage())
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await body.write(page) }
            try await until("all that may run do") { store.appending.count == BatchState.lineLimit }
            try await Task.sleep(for: .milliseconds(30))
            #expect(pieces.asked.count == BatchState.lineLimit)
            #expect(store.appending.count == BatchState.lineLimit)
            store.letGo()
            try await tasks.waitForAll()
        }
        #expect(try batchResponses(in: page.text).count == 200)
        #expect(store.most == BatchState.lineLimit)
    }

    @Test func `has one command to each stream at work`() async throws {
        let store = GatedStore()
        let pieces = TestPieces(["a", "a", "b", "a", "b"].map { batchLine("send", $0) })
        let (body, page) = (try batchBody(of: pieces, store), ResponsePage())
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await body.write(page) }
            try await until("all are read") { pieces.asked.count == 6 && store.appending.count == 2 }
            try await Task.sleep(for: .milliseconds(30))
            let appending = store.appending
            #expect(appending.count == 2 && Set(appending).count == 2)
            store.letGo()
            try await tasks.waitForAll()
        }
        let responses = try batchResponses(in: page.text).sorted { $0.line ?? 0 < $1.line ?? 0 }
        #expect(responses.map(\.version) == [1, 2, 1, 3, 2])
    }

    @Test func `has a response to what is done while the rest is not`() async throws {
        let store = GatedStore()
        let pieces = TestPieces([batchLine("send", "slow"), batchLine("send", "quick")], then: .nothing)
        let (body, page) = (try batchBody(of: pieces, store), ResponsePage())
        store.letGo("quick")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await body.write(page) }
            try await until("the quick one has a response") { !page.text.isEmpty }
            #expect(try batchResponses(in: page.text).map(\.line) == [2])
            store.letGo()
            try await until("the slow one has a response") { page.text.split(separator: "\n").count == 2 }
        }
    }

    @Test func `finishes what it has begun when its client is gone, and begins nothing more`() async throws {
        let store = GatedStore()
        let lines = ["slow", "slow", "quick"].map { batchLine("send", $0) }
        let pieces = TestPieces(lines, then: .nothing)
        let body = try batchBody(of: pieces, store)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await body.write(ResponsePage(isGone: true)) }
            try await until("all are read") { pieces.asked.count == 4 && store.appending.count == 2 }
            store.letGo("quick")
            try await until("nobody waits for lines any more") { pieces.givenUp.count == 1 }
            store.letGo()
            do {
                try await tasks.waitForAll()
                Issue.record("nobody was told that the client is gone")
            } catch is BrokenOff {}
        }
        #expect(try await events(of: "slow", in: store) == 1)
        #expect(try await events(of: "quick", in: store) == 1)
    }

    @Test func `that cannot be read to its end is told so, line by line`() async throws {
        let store = GatedStore()
        let isBegun: @Sendable () async throws -> Void = {
            while store.appending.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        }
        let pieces = TestPieces([batchLine("send"), batchLine("send")], then: .error(after: isBegun))
        let (body, page) = (try batchBody(of: pieces, store), ResponsePage())
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await body.write(page) }
            try await until("the second one is refused") { page.text.contains("unreadable-body") }
            store.letGo()
            try await tasks.waitForAll()
        }
        let responses = try batchResponses(in: page.text)
        #expect(responses.map(\.line) == [2, 1, nil])
        #expect(responses.map(\.status) == [400, 200, 400])
        #expect(try await events(of: "1", in: store) == 1)
    }

    @Test func `finishes what it has begun when the writer stops, and refuses the rest`() async throws {
        let store = GatedStore()
        let pieces = TestPieces([batchLine("send"), batchLine("send")], then: .nothing)
        let (body, page) = (try batchBody(of: pieces, store), ResponsePage())
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(
            configuration: .init(services: [WritingService(body: body, page: page)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await until("both are read") { pieces.asked.count == 3 && store.appending.count == 1 }
            await group.triggerGracefulShutdown()
            try await until("the second one is refused") { page.text.contains("shutting-down") }
            store.letGo()
            try await tasks.waitForAll()
        }
        let responses = try batchResponses(in: page.text)
        #expect(responses.map(\.line) == [2, 1, nil])
        #expect(responses.map(\.status) == [503, 200, 503])
        #expect(responses.map(\.code) == ["shutting-down", nil, "shutting-down"])
        #expect(try await events(of: "1", in: store) == 1)
    }
}
