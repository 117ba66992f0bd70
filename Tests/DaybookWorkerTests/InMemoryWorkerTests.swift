import Daybook
import DaybookAPI
import Foundation
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Users

@testable import DaybookWorker

/// The `users` projection in memory, which can be told to fail.
private struct MemoryUsers: InMemoryProjection {
    /// What it fails at: emails that begin so.
    final class Fault: Sendable {
        private let prefix = Mutex<String?>(nil)
        var email: String? {
            get { prefix.withLock { $0 } }
            set { prefix.withLock { $0 = newValue } }
        }
    }

    struct Broken: Error {}

    static let name = "users"
    static let version = 1
    static let tables = [TableDescription(name: "users", columns: ["user_id", "email"])]
    static let queries = [
        InMemoryQuery("users/{id}") { parameters, tables in tables.row(parameters["id"] ?? "", in: "users") }
    ]

    let fault: Fault

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, to tables: inout InMemoryTables) throws {
        let id = entry.stream.id
        switch event {
        case .created(let email, _): try set(email, of: id, in: &tables)
        case .emailChanged(_, let email):
            if let fault = fault.email, email.hasPrefix(fault) { throw Broken() }
            try set(email, of: id, in: &tables)
        case .deactivated, .reactivated: break
        case .forgotten: try tables.set(nil, at: id, in: "users")
        }
    }

    private func set(_ email: String, of id: String, in tables: inout InMemoryTables) throws {
        try tables.set(["user_id": .text(id), "email": .text(email)], at: id, in: "users")
    }
}

/// The projection as its code will be next.
private struct NextUsers: InMemoryProjection {
    static let name = MemoryUsers.name
    static let version = 2
    static let tables = MemoryUsers.tables

    let present: MemoryUsers

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, to tables: inout InMemoryTables) throws {
        try present.apply(event, from: entry, to: &tables)
    }
}

/// A store, and what workers have of it, all in memory.
private struct Desk: Sendable {
    let store: InMemoryStore
    let users: Repository<User>
    let generations = InMemoryGenerations()
    let fault = MemoryUsers.Fault()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() {
        store = InMemoryStore()
        users = Repository(store: store)
    }

    func create(_ range: Range<Int>) async throws {
        for user in range { try await users.execute(.create(email: "u\(user)@example.org", name: "U"), on: "u\(user)") }
    }

    func change(_ user: Int, to email: String) async throws {
        try await users.execute(.changeEmail(newEmail: email), on: "u\(user)")
    }

    var projection: MemoryUsers { MemoryUsers(fault: fault) }

    var feed: ProjectionFeed {
        ProjectionFeed(
            subscription: HistoryOnly(), history: LocalHistory(["writer": store]), sources: ["writer"],
            partitionCount: 8, headCheckInterval: .milliseconds(50), policy: FailurePolicy(retries: 0))
    }

    /// A host of what the workers share.
    func host(
        _ projection: some InMemoryProjection, isLeading: Bool = true, earlier: [any GenerationFeeder] = []
    ) -> ProjectionHost {
        ProjectionHost(
            store: InMemoryReadModelStore(of: projection, in: generations), feed: feed, isLeading: isLeading,
            earlier: earlier, logger: logger)
    }

    /// Runs a worker while `body` runs, and stops it in good order.
    func withHost(_ body: (ProjectionHost) async throws -> Void) async throws {
        let host = host(projection)
        try await host.runs { try await body(host) }
    }

    func waitUntilServing(_ host: ProjectionHost, generation: Int = 1) async throws {
        let head = try await store.heads().map(\.rawValue).cappedSum
        try await eventually("generation \(generation) serves \(head) events", every: .milliseconds(5)) {
            host.store.serving == generation && host.status.posted == head
                && host.supervisor.registry.running.withAll { $0[generation]?.role == .serving }
        }
    }

    /// The emails in the rows of a host, in the order of the users' ids.
    func emails(_ host: ProjectionHost, at limit: PastHistory.Limit? = nil) async throws -> [String] {
        var bytes: [UInt8] = []
        try await host.rows.write(RowsWanted(limit: limit)) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            guard line.hasPrefix(#"{"row":"#) else { return nil }
            return line.components(separatedBy: #""email":""#).last?.components(separatedBy: "\"").first
        }
    }
}

/// A worker's life without a database: what its operators ask of it, and what becomes of it.
@Suite struct `A worker in memory` {
    @Test func `builds, posts, rebuilds beside what serves, lets that take over, goes back and drops`() async throws {
        let desk = Desk()
        try await desk.create(0..<20)
        try await desk.withHost { host in
            try await desk.waitUntilServing(host)
            try await desk.create(20..<25)
            try await desk.waitUntilServing(host)
            try await host.operations.rebuild(isHeld: true, requiresEqual: true)
            try await eventually("it is built", every: .milliseconds(5)) {
                try await host.report().generations.last.map { $0.isHeld && $0.done == 25 && $0.lag == 0 } == true
            }
            #expect(host.store.serving == 1)
            try await host.operations.promoteBuilt()
            try await desk.waitUntilServing(host, generation: 2)
            try await desk.create(25..<30)
            try await host.operations.rollBack()
            try await desk.waitUntilServing(host)
            #expect(try await desk.emails(host).count == 30)
            try await host.operations.dropPrevious()
            #expect(host.store.numbers == [1])
        }
        // The next worker goes on.
        try await desk.create(30..<35)
        try await desk.withHost { host in
            try await desk.waitUntilServing(host)
            try await host.reset()
            try await desk.waitUntilServing(host, generation: 3)
            #expect(host.store.numbers == [3])
            #expect(try await desk.emails(host).count == 35)
        }
    }

    @Test func `refuses a build that differs where equality is asked for, and gives one up`() async throws {
        let desk = Desk()
        try await desk.create(0..<5)
        try await desk.withHost { host in
            try await desk.waitUntilServing(host)
            desk.fault.email = "poison"
            try await desk.change(3, to: "poison@example.org")
            try await desk.waitUntilServing(host)
            // Code that was mended posts what is parked in the one that serves.
            desk.fault.email = nil
            try await host.operations.rebuild(isHeld: false, requiresEqual: true)
            try await eventually("it is refused", every: .milliseconds(5)) {
                try await host.report().generations.last?.refusal?.contains("users: 1 rows are gone") == true
            }
            #expect(host.store.serving == 1)
            await #expect(throws: OperationRefused.self) {
                try await host.operations.rebuild(isHeld: false, requiresEqual: false)
            }
            try await host.operations.cancelBuild()
            #expect(host.store.numbers == [1])
            try await host.operations.rebuild(isHeld: false, requiresEqual: true)
            try await eventually("it is refused", every: .milliseconds(5)) {
                try await host.report().generations.last?.refusal != nil
            }
            try await host.operations.promoteBuilt()
            try await desk.waitUntilServing(host, generation: 3)
            #expect(try await desk.emails(host).contains("poison@example.org"))
        }
    }

    @Test func `parks what it cannot post, and posts or skips it when it is told`() async throws {
        let desk = Desk()
        try await desk.create(0..<5)
        try await desk.withHost { host in
            try await desk.waitUntilServing(host)
            desk.fault.email = "poison"
            for user in [2, 3] {
                try await desk.change(user, to: "poison\(user)@example.org")
                try await desk.change(user, to: "later\(user)@example.org")
            }
            try await desk.change(4, to: "fine@example.org")
            try await desk.waitUntilServing(host)
            #expect(try await host.report().parked == 4)
            #expect(try await host.parked(waiting: false).map(\.waiting) == [1, 1])
            #expect(try await desk.emails(host).last == "fine@example.org")
            #expect(try await host.retryParked("user-u2", of: "writer")?.reason?.contains("Broken") == true)
            #expect(try await host.skipParked("user-u3", of: "writer")?.posted == 1)
            desk.fault.email = nil
            #expect(try await host.retryParked("user-u2", of: "writer")?.posted == 2)
            #expect(try await host.retryParked("user-u2", of: "writer") == nil)
            desk.fault.email = "poison3"
            // What was skipped once is skipped in every later generation.
            try await host.operations.rebuild(isHeld: false, requiresEqual: true)
            try await desk.waitUntilServing(host, generation: 2)
            #expect(try await host.report().parked == 0)
            let emails = ["u0@example.org", "u1@example.org", "later2@example.org", "later3@example.org"]
            #expect(try await desk.emails(host) == emails + ["fine@example.org"])
        }
    }

    @Test func `answers who has a token, explains a rebuild, compares with a replay and shows what was`() async throws {
        let desk = Desk()
        try await desk.create(0..<10)
        try await desk.withHost { host in
            try await desk.waitUntilServing(host)
            let stream = try StreamName("user-u3")
            let lane = Lane(source: "writer", partition: .of(stream, among: 8))
            func answer(_ offset: Offset) async throws -> String? {
                let place = LogPlace(partition: lane.partition, offset: offset)
                let query = TokenQuery(
                    query: MemoryUsers.queries[0], parameters: try QueryParameters(path: ["id": "u3"]), version: 1,
                    token: WriteToken(source: "writer", epoch: desk.store.epoch, place: place))
                return try await host.tokenQueries.answer(query, within: .zero).map {
                    String(decoding: $0, as: UTF8.self)
                }
            }
            let head = try await desk.store.heads()[lane.partition.index]
            #expect(try await answer(head)?.contains("u3@example.org") == true)
            await #expect(throws: NotShown.otherLog) { try await answer(head + 1) }
            let estimate = try await RebuildEstimation(scratch: host.scratch).estimate()
            #expect(estimate.events == 10 && estimate.sample == 10 && estimate.bytes > 0 && estimate.freeBytes > 0)
            #expect(try await desk.emails(host, at: .offsets([lane: 1])).count == 1)
            desk.fault.email = "poison"
            try await desk.change(3, to: "poison@example.org")
            try await desk.waitUntilServing(host)
            desk.fault.email = nil
            try host.beginComparison()
            try await eventually("it is compared", every: .milliseconds(5)) { host.comparison.last?.state == .done }
            let difference = try #require(host.comparison.last?.differences.first)
            #expect(difference.table == "users" && difference.onlyInFirst == 1 && difference.onlyInSecond == 1)
            #expect(host.store.numbers == [1])
        }
    }

    @Test func `builds its version beside an earlier one, which is fed until it is dropped`() async throws {
        let desk = Desk()
        try await desk.create(0..<10)
        try await desk.withHost { try await desk.waitUntilServing($0) }
        let earlier = desk.host(desk.projection, isLeading: false)
        try await earlier.runs {
            try await desk.waitUntilServing(earlier)
            let present = desk.host(NextUsers(present: desk.projection), earlier: [earlier])
            try await present.runs {
                try await eventually("the next version serves", every: .milliseconds(5)) { present.store.serving == 2 }
                try await desk.create(10..<15)
                try await eventually("both have everything", every: .milliseconds(5)) {
                    let generations = try await present.report().generations
                    return generations.map(\.done) == [15, 15] && generations.allSatisfy(\.isFed)
                }
                #expect(try await present.report().generations.map(\.version) == [1, 2])
                try await present.operations.dropPrevious()
                #expect(present.store.numbers == [2])
            }
        }
    }

    @Test func `reacts to each event once, and parks what it cannot do`() async throws {
        struct Refused: Error {}
        let (desk, states, book) = (Desk(), InMemoryReactionStates(), Noting.Book())
        func withReaction(_ body: (ReactionHost<Noting>) async throws -> Void) async throws {
            let host = ReactionHost(
                reaction: Noting(book: book), states: states, feed: desk.feed, isFromBeginning: true,
                logger: desk.logger)
            try await host.runs { try await body(host) }
        }
        func wait(_ host: ReactionHost<Noting>) async throws {
            let heads = try await desk.store.heads()
            let head = heads.map(\.rawValue).reduce(0, +)
            try await eventually("all is reacted to", every: .milliseconds(5)) { host.status.posted == head }
        }
        book.fail { if case .emailChanged(_, "bad@example.org") = $0 { Refused() } else { nil } }
        try await withReaction { host in
            try await desk.create(0..<3)
            for email in ["bad@example.org", "good@example.org"] { try await desk.change(1, to: email) }
            try await wait(host)
            #expect(book.keys.count == 3)
            #expect(try await host.parked(waiting: true).map(\.stream) == ["user-u1", "user-u1"])
            book.fail(nil)
            #expect(try await host.retryParked("user-u1", of: "writer")?.posted == 2)
            try await host.setPaused(true)
        }
        try await desk.create(3..<5)
        try await withReaction { host in
            #expect(host.status.isPaused)
            try await host.setPaused(false)
            try await wait(host)
            #expect(book.keys.count == 7 && Set(book.keys).count == 7)
        }
    }
}
