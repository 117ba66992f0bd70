import Daybook
import DaybookSQLite
import Foundation
import GRDB
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import UserViews
import Users

@testable import DaybookWorker

/// A store, and a host of its read model in the same process: what a writer and a worker do, without a broker.
struct WorkerFixture: Sendable {
    typealias Host = ProjectionHost

    let folder: URL
    let store: InMemoryStore
    let users: Repository<User>
    let fault = FragileProjection.Fault()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func with(_ body: (WorkerFixture) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let store = InMemoryStore()
            try await body(WorkerFixture(folder: folder, store: store, users: Repository(store: store)))
        }
    }

    func create(_ range: Range<Int>) async throws {
        for user in range { try await users.execute(.create(email: "u\(user)@example.org", name: "U"), on: "u\(user)") }
    }

    func change(_ user: Int, to email: String) async throws {
        try await users.execute(.changeEmail(newEmail: email), on: "u\(user)")
    }

    /// Runs a host while `body` runs, and stops it in good order.
    func withHost(
        policy: FailurePolicy = FailurePolicy(retries: 1), headCheckInterval: Duration = .milliseconds(50),
        _ body: (Host) async throws -> Void
    ) async throws {
        var feed = feed(policy)
        feed.headCheckInterval = headCheckInterval
        let host = try Host(
            projection: FragileProjection(fault: fault), folder: readModel, feed: feed, logger: logger)
        try await running(host) { try await body(host) }
    }

    func feed(_ policy: FailurePolicy) -> ProjectionFeed {
        ProjectionFeed(
            subscription: NoQueue(), history: LocalHistory(["writer": store]), sources: ["writer"],
            partitionCount: 8, headCheckInterval: .milliseconds(50), policy: policy)
    }

    /// Runs a service while `body` runs, and stops it in good order.
    func running(_ service: any Service, _ body: () async throws -> Void) async throws {
        try await service.runs(during: body)
    }

    var readModel: String { folder.appending(path: "users").path }
    var current: String { "\(readModel)/current.sqlite" }

    func waitUntilServing(_ host: Host, generation: Int = 1, except missing: Int64 = 0) async throws {
        let head = try await store.heads().reduce(0) { $0 + $1.rawValue }
        // Only a test that fails, or a machine with much else to do, waits for long.
        try await eventually(
            "generation \(generation) serves \(head) events", within: .seconds(60), every: .milliseconds(5)
        ) {
            guard host.store.serving == generation, host.status.posted == head else { return false }
            return host.supervisor.registry.running.withAll { $0[generation]?.role == .serving }
        }
    }

    /// Whether what serves is what a replay of the store gives.
    func isReplay() async throws -> Bool {
        let expected = folder.appending(path: "replay-\(UUID())").path
        _ = try await replay(store, source: "writer", to: UsersProjection(), in: expected)
        return try rows("users", in: current) == rows("users", in: "\(expected)/current.sqlite")
    }

    private struct NoQueue: Subscription {
        func run(reportingTo report: @escaping @Sendable (SubscriptionEvent) -> Void) async throws {
            report(.connected(session: 1))
            try await Task.sleep(for: .seconds(3600))
        }
        func acknowledge(_ receipts: [Receipt]) async {}
        func reconnect() async {}
    }
}

extension ProjectionHost {
    /// A host of a read model in a folder.
    convenience init(
        projection: some SQLiteProjection, folder: String, feed: ProjectionFeed, isLeading: Bool = true,
        earlier: [any GenerationFeeder] = [], logger: Logger
    ) throws {
        self.init(
            store: try SQLiteReadModelStore(of: projection, in: folder), feed: feed, isLeading: isLeading,
            earlier: earlier, logger: logger)
    }
}

extension ReactionHost {
    /// A host of a reaction with its state in a folder.
    convenience init(
        reaction: React, folder: String, feed: ProjectionFeed, isFromBeginning: Bool,
        timeout: Duration = .seconds(60), logger: Logger
    ) {
        self.init(
            reaction: reaction, states: SQLiteReactionStateStore(in: folder), feed: feed,
            isFromBeginning: isFromBeginning, timeout: timeout, logger: logger)
    }
}

extension Service {
    /// Runs while `body` runs, and is stopped in good order.
    func runs(during body: () async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(configuration: .init(services: [self], logger: logger))
        async let running: Void = group.run()
        do {
            try await body()
        } catch {
            await group.triggerGracefulShutdown()
            try? await running
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running
    }
}
