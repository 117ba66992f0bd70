import Daybook
import DaybookAPI
import DaybookSQLite
import DaybookService
import Foundation
import UserViews

/// A store of some size, its read model, and what it costs to work with them.
///
/// So that it is the store that grows and not what is worked with, a thousand users are active at each size, spread
/// evenly over the whole store. Every other one of them changes; the others keep the hundred events that a load counts.
final class Growth {
    struct Measure: Sendable {
        let name: String
        let unit: String
        var value: Double

        /// The factor by which this costs more than `other` does: of a rate, that is how much lower it is.
        func cost(against other: Measure) -> Double? {
            guard value > 0, other.value > 0 else { return nil }
            return unit.hasSuffix("/s") ? other.value / value : value / other.value
        }
    }

    let bench: Bench
    let store: String
    let readModel: String
    /// Users that the store has.
    let users: Int
    /// Versions of the users whose streams have grown since they were made.
    private var versions: [Int: Int] = [:]

    static let eventsOfEach = 100
    static let (changingUsers, unchangedUsers) = (500, 500)
    private static let activeUsers = changingUsers + unchangedUsers
    private static let commands = 2000
    private static let connections = 64

    /// Makes a store of so many events from a copy of a smaller one.
    init(_ bench: Bench, size: Int, from smaller: Growth?) async throws {
        self.bench = bench
        users = size / Self.eventsOfEach
        store = bench.path("growth-\(size).sqlite")
        readModel = bench.path("growth-\(size)")
        if let smaller {
            try FilledStore.copy(smaller.store, to: store)
            try FileManager.default.copyItem(atPath: smaller.readModel, toPath: readModel)
        }
        let added = (smaller?.users ?? 0)..<users
        try await Stories.withStore(at: store) { store in
            try await Stories.fill(store, users: added, events: Self.eventsOfEach)
            try await catchUp(with: store)
        }
    }

    /// What can be measured again and again.
    func measure() async throws -> [Measure] {
        var file = stat()
        guard stat(store, &file) == 0 else { throw BenchError("there is no \(store)") }
        let size = Measure(name: "store file", unit: "MiB", value: Double(file.st_size) / 1_048_576)
        let measures = try await Stories.withStore(at: store) { try await measureLibrary($0) }
        return [size] + measures + [Measure(name: "stream read", unit: "pages missed", value: try pagesMissed())]
    }

    /// The needs of daemons, measured once.
    func measureDaemons() async throws -> [Measure] {
        let events = try await Stories.withStore(at: store) { store in
            try await catchUp(with: store)
            return try await store.heads().reduce(0) { $0 + $1.rawValue }
        }
        return try await measureDaemons(events: events)
    }

    /// Takes everything for sent, and posts it to the read model without a broker.
    private func catchUp(with store: SQLiteEventStore) async throws {
        try await Stories.markPublished(store)
        let source = Source(Bench.source)
        let total = try await store.heads().reduce(0) { $0 + $1.rawValue }
        let runner = ProjectionRunner(
            name: UsersProjection.name,
            readModel: try SQLiteReadModel(folder: readModel, projection: UsersProjection()),
            subscription: SilentSubscription(), history: LocalHistory([source: store]), sources: [source],
            partitionCount: Bench.partitionCount, logger: bench.logger)
        try await bench.withServices([runner]) {
            let what = "the read model has \(total) events"
            try await eventually(what, within: .seconds(3600), every: .milliseconds(50)) {
                runner.status.posted == total
            }
        }
    }

    /// One of the users that change, by its number, or any of them.
    func changingUser(_ number: Int = Int.random(in: 0..<changingUsers)) -> Int { activeUser(2 * number) }

    /// One of the users that are only read, by its number, or any of them.
    func unchangedUser(_ number: Int = Int.random(in: 0..<unchangedUsers)) -> Int { activeUser(2 * number + 1) }

    private func activeUser(_ number: Int = Int.random(in: 0..<activeUsers)) -> Int {
        number * (users / Self.activeUsers)
    }

    /// The next change of a user's email.
    func nextChange(of user: Int) throws -> AppendRequest {
        let version = versions[user] ?? Self.eventsOfEach
        versions[user] = version + 1
        return try Stories.changes(user, from: version, count: 1)
    }

    // MARK: Daemons

    private func measureDaemons(events: Int64) async throws -> [Measure] {
        try await bench.declareQueues()
        try await bench.purgeQueues()
        let writer = try await bench.startWriter(store: store)
        do {
            let writerMemory = try writer.process.residentMebibytes()
            let worker = try await bench.startWorker(readModel: readModel)
            do {
                let workerMemory = try worker.process.residentMebibytes()
                let rate = try await sendCommands(to: writer)
                let total = events + Int64(Self.commands)
                try await eventually("the worker has \(total) events", every: .milliseconds(20)) {
                    try await worker.projection()?.lanes.map(\.checkpoint.rawValue).cappedSum == total
                }
                let measures = [
                    Measure(name: "writer start", unit: "ms", value: writer.secondsToStart * 1000),
                    Measure(name: "writer memory at start", unit: "MiB", value: writerMemory),
                    Measure(name: "commands", unit: "commands/s", value: rate),
                    Measure(
                        name: "writer memory after commands", unit: "MiB",
                        value: try writer.process.residentMebibytes()),
                    Measure(name: "worker start", unit: "ms", value: worker.secondsToStart * 1000),
                    Measure(name: "worker memory at start", unit: "MiB", value: workerMemory),
                    Measure(
                        name: "worker memory after commands", unit: "MiB",
                        value: try worker.process.residentMebibytes()),
                ]
                await worker.process.stop()
                await writer.process.stop()
                try await FilledStore.settle(store)
                return measures
            } catch {
                await worker.process.stop()
                throw error
            }
        } catch {
            await writer.process.stop()
            throw error
        }
    }

    private func sendCommands(to writer: Daemon) async throws -> Double {
        let port = writer.port
        let requests = (0..<Self.commands).map { index in
            let user = activeUser()
            versions[user] = (versions[user] ?? Self.eventsOfEach) + 1
            return HTTPLoad.request(
                "POST", "/v1/user/\(Stories.id(user))/change-email", port: port,
                body: "{\"newEmail\":\"growth.\(users).\(index)@example.org\"}")
        }
        let outcome = try await onThread {
            try HTTPLoad.run(port: port, connections: Growth.connections, requests: requests)
        }
        return Double(requests.count) / outcome.seconds
    }
}
