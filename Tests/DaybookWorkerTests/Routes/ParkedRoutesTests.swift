import Daybook
import DaybookService
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import DaybookWorker

extension Operated {
    /// The first parked event of each stream, and with `waiting` those behind it too.
    func parked(waiting: Bool) async throws -> [ParkedEvent] {
        try await parked(ParkedSelection(includesWaiting: waiting, limit: 1000)).parked
    }
}

extension ParkedEventStore {
    /// The first parked event of each stream, and with `waiting` those behind it too.
    func parked(waiting: Bool = false) async throws -> [ParkedEvent] {
        try await parked(ParkedSelection(includesWaiting: waiting, limit: 1000)).parked
    }
}

@Suite struct `The routes of parked events` {
    private struct Page: Decodable {
        struct Event: Decodable { let stream: String }
        let parked: [Event]
        let next: String?
    }

    private let root = "/v1/projections/users/parked"

    /// Answers with the events of these users parked, those that wait behind them too.
    private func withParked(
        _ users: Range<Int>, _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        try await WorkerFixture.with { fixture in
            try await fixture.withHost(policy: FailurePolicy(retries: 0)) { host in
                try await fixture.create(users)
                try await fixture.waitUntilServing(host)
                fixture.fault.email = "poison"
                for round in 0..<2 {
                    for user in users { try await fixture.change(user, to: "poison\(user).\(round)@example.org") }
                }
                try await fixture.waitUntilServing(host)
                fixture.fault.email = nil
                let router = Router()
                router.add(middleware: ProblemMiddleware())
                router.add(middleware: RequestGuards(ParameterGuard(OperationRoutes(host: host).parameters)))
                OperationRoutes(host: host).add(to: router)
                try await Application(router: router).test(.router) { try await body($0) }
            }
        }
    }

    private func page(_ uri: String, _ client: any TestClientProtocol) async throws -> Page {
        let answer = try await client.execute(uri: uri, method: .get)
        #expect(answer.status == .ok, "\(uri)")
        return try JSONDecoder().decode(Page.self, from: Data(String(buffer: answer.body).utf8))
    }

    @Test func `list them page by page, all or those of one stream`() async throws {
        try await withParked(0..<5) { client in
            for (query, count) in [("limit=2", 5), ("limit=2&waiting=true", 10), ("stream=user-u3&limit=1", 1)] {
                var found: [String] = []
                var next: String?
                repeat {
                    let page = try await page("\(root)?\(query)" + (next.map { "&after=\($0)" } ?? ""), client)
                    #expect(page.parked.count <= 2)
                    found += page.parked.map(\.stream)
                    next = page.next
                } while next != nil
                #expect(found.count == count, "\(query)")
            }
            let first = try await page("\(root)/writer/user-u3?limit=1", client)
            let place = try #require(first.next)
            let second = try await page("\(root)/writer/user-u3?limit=1&after=\(place)", client)
            #expect((first.parked + second.parked).map(\.stream) == ["user-u3", "user-u3"] && second.next == nil)
        }
    }

    @Test func `refuse a place that is none, and a stream of which nothing is parked`() async throws {
        try await withParked(0..<1) { client in
            for uri in ["\(root)?after=here", "\(root)/writer/user-u0?after=here", "\(root)?limit=0"] {
                let answer = try await client.execute(uri: uri, method: .get)
                #expect(answer.status == .badRequest, "\(uri)")
            }
            for (source, stream) in [("typo", "user-u0"), ("writer", "user-u9")] {
                for operation in ["retry", "skip"] {
                    let uri = "\(root)/\(source)/\(stream)/\(operation)"
                    let answer = try await client.execute(uri: uri, method: .post)
                    #expect(answer.status == .notFound && String(buffer: answer.body).contains("not-parked"))
                }
                let answer = try await client.execute(uri: "\(root)/\(source)/\(stream)", method: .get)
                #expect(answer.status == .notFound)
            }
            let answer = try await client.execute(uri: "\(root)/writer/user-u0/retry", method: .post)
            #expect(answer.status == .ok && String(buffer: answer.body).contains(#""posted":2"#))
        }
    }
}
