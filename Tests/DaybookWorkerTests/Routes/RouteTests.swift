import Daybook
import DaybookSQLite
import DaybookService
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing
import UserViews
import Users

@testable import DaybookWorker

/// The `users` projection with its queries, in the version in which tests have its rows.
private struct QueriedProjection: SQLiteProjection {
    static let name = FragileProjection.name
    static let version = FragileProjection.version
    static let queries = UsersProjection.queries

    static func createTables(in db: Database) throws { try UsersProjection.createTables(in: db) }

    func apply(_ event: UserIntegrationEvent, from entry: LogEntry, in db: Database) throws {
        try UsersProjection().apply(event, from: entry, in: db)
    }
}

@Suite struct `A worker's routes` {
    private struct Answer: Sendable {
        let status: HTTPResponse.Status
        let text: String
    }

    private func host(_ fixture: WorkerFixture) throws -> ProjectionHost {
        try ProjectionHost(
            projection: QueriedProjection(), folder: fixture.readModel, feed: fixture.feed(FailurePolicy()),
            logger: fixture.logger)
    }

    private func ask(
        _ host: ProjectionHost, _ method: HTTPRequest.Method, _ path: String,
        token: WriteToken? = nil, body: String? = nil
    ) async throws -> Answer {
        let router = Router()
        router.add(middleware: ProblemMiddleware())
        ProjectionRoutes(host: host, timeout: .zero, earlier: []).add(to: router)
        OperationRoutes(host: host).add(to: router)
        UnreadableRoutes(host: host).add(to: router)
        var headers = HTTPFields()
        if let token { headers[try #require(HTTPField.Name("Daybook-Token"))] = token.description }
        let fields = headers
        return try await Application(router: router).test(.router) { client in
            let response = try await client.execute(
                uri: path, method: method, headers: fields, body: body.map { ByteBuffer(string: $0) })
            return Answer(status: response.status, text: String(buffer: response.body))
        }
    }

    @Test func `refuse a token of a partition that there is not`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let host = try host(fixture)
            func answer(_ partition: Int) async throws -> Answer {
                let place = LogPlace(partition: Partition(partition), offset: 1)
                let token = WriteToken(source: "writer", epoch: fixture.store.epoch, place: place)
                return try await ask(host, .get, "/v1/users/u0", token: token)
            }
            let used = Partition.of(StreamName(stored: "user-u0"), among: 8)
            #expect(try await answer(used.index).status == .ok)
            let refusal = try await answer(8)
            #expect(refusal.status == .badRequest && refusal.text.contains(#""code":"invalid-header""#))
        }
    }

    @Test func `show what is parked of a stream of one source, and not of another's of the same name`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(1..<2)
            let partition = Partition.of(StreamName(stored: "user-u1"), among: 8)
            let slice = try await fixture.store.slice(partition, after: .zero, limit: 10, maximumBytes: .max)
            let entry = try #require(slice.entries.last)
            let model = try SQLiteReadModel(folder: fixture.readModel, projection: QueriedProjection())
            for source in ["one", "two"] {
                var posting = Posting(
                    lane: Lane(source: Source(source), partition: partition), expected: nil,
                    entries: [model.decoded(entry)],
                    next: Checkpoint(epoch: slice.epoch, offset: entry.offset, anchor: entry.anchor))
                posting.parks = [entry.offset: "it cannot be"]
                try await model.apply([posting], keeping: [])
            }
            let answer = try await ask(host(fixture), .get, "/v1/projections/users/parked/two/user-u1")
            #expect(answer.status == .ok && answer.text.contains(#""source":"two""#))
            #expect(!answer.text.contains(#""source":"one""#))
        }
    }

    @Test func `say that it is for a while when another worker promotes`() async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.create(0..<1)
            try await fixture.withHost { try await fixture.waitUntilServing($0) }
            let host = try host(fixture)
            let promotion = try host.store.lockPromotion(as: "another worker")
            let answer = try await ask(host, .post, "/v1/projections/users/reset")
            withExtendedLifetime(promotion) {}
            #expect(answer.status == .conflict && answer.text.contains(#""code":"promotion-under-way""#))
        }
    }

    @Test func `drop no message for who says more than that, as if the rest were understood`() async throws {
        try await WorkerFixture.with { fixture in
            let model = try SQLiteReadModel(folder: fixture.readModel, projection: QueriedProjection())
            let message = UnreadableMessage(
                partition: Partition(0), reason: "it cannot be", raw: RawMessage(body: [], bodySize: 0) { "{}" })
            try await model.apply([], keeping: [message])
            for path in ["drop", "1/drop"] {
                let uri = "/v1/projections/users/unreadable/\(path)"
                let answer = try await ask(host(fixture), .post, uri, body: #"{"before":"2026-11-01"}"#)
                #expect(answer.status == .badRequest, "\(path)")
            }
            let answer = try await ask(host(fixture), .post, "/v1/projections/users/unreadable/drop")
            #expect(answer.status == .ok && answer.text.contains(#""dropped":1"#))
        }
    }

    @Test func `belong to no worker whose reactions have no time`() async throws {
        try await WorkerFixture.with { fixture in
            func problem(timeout: String) throws -> String? {
                let environment = [
                    "DAYBOOK_SOURCES": "writer", "DAYBOOK_READ_MODEL_PATH": fixture.readModel,
                    "DAYBOOK_REACTIONS_TIMEOUT": timeout,
                ]
                do {
                    _ = try WorkerDaemon.services(
                        name: "users-worker", projection: .sqlite(QueriedProjection()),
                        reactions: [Noting(book: .init())],
                        settings: .load(
                            WorkerDaemon.settings(projection: .sqlite(QueriedProjection()), httpPort: 0), arguments: [],
                            environment: environment, program: "users-worker"),
                        registry: PrometheusRegistry(), logger: fixture.logger)
                    return nil
                } catch let error as ConfigurationError {
                    return "\(error)"
                }
            }
            let problems = (try problem(timeout: "1s"), try problem(timeout: "0s"))
            #expect(problems.0 == nil)
            #expect(problems.1?.contains("reactions.timeout") == true)
        }
    }
}
