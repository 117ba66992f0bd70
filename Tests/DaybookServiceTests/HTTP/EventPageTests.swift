import Daybook
import DaybookService
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import DaybookWriter

/// The routes of a store with a box, and a stream of a category that nobody serves.
private func mixedRoutes(maximumLooks: Int = 10_000) async throws -> EventRoutes {
    let store = InMemoryStore()
    let red = [Daybook.Tag("colour", "red")]
    let events: [(stream: String, event: NewEvent)] = [
        ("box-1", Box.stored("put", tags: red)), ("box-1", Box.stored("swapped")), ("box-1", Box.stored("looked-at")),
        ("other-1", Box.stored("put", tags: red)), ("box-1", Box.stored("put")),
        ("box-1", Box.stored("swapped", tags: red)), ("box-1", Box.stored("looked-at")),
        ("other-1", Box.stored("swapped")), ("box-1", Box.stored("put", tags: red)), ("box-1", Box.stored("put")),
    ]
    for (stream, event) in events {
        _ = try await store.append(
            AppendRequest(stream: try StreamName(stream), expected: .any, events: [event]))
    }
    return EventRoutes(
        store: store, epoch: store.epoch, served: [Box.category: CommandHandler(Box.self).served(store, 0, nil)],
        heartbeat: .milliseconds(5), maximumLooks: maximumLooks)
}

/// A page of events.
private struct Page: Equatable {
    /// The positions or versions, one for each part of a stored event.
    var numbers: [Int]
    /// The place of the next page, without the epoch.
    var next: String?
}

@Suite(.timeLimit(.minutes(1))) struct `A page of events` {
    private static let next = HTTPField.Name("Daybook-Next")

    private func withRoutes(
        _ routes: EventRoutes, _ body: @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        try await withDaemon(parameters: EventRoutes.parameters, adding: routes.add, body)
    }

    private func page(_ response: TestResponse, of epoch: Epoch, by member: String = "position") throws -> Page {
        #expect(response.status == .ok, "\(response.text)")
        let numbers = try response.text.split(separator: "\n").map { line in
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: any Sendable]
            return try #require(event?[member] as? Int)
        }
        let next = Self.next.flatMap { response.headers[$0] }
        return Page(numbers: numbers, next: next.map { $0.replacing("\(epoch)/", with: "in this log: ") })
    }

    @Test(
        arguments: [
            ("last=3", [8, 9, 10], 8), ("before=8&limit=3", [5, 6, 6], 5),
            ("before={epoch}/5&limit=4", [1, 2, 2, 4], nil),
            ("before=11&limit=1", [10], 10), ("before=1", [], nil), ("before=0", [], nil),
            ("last=1000", [1, 2, 2, 4, 5, 6, 6, 8, 9, 10], nil),
            // What is asked for is not always what is stored.
            ("category=other", [4, 8], nil), ("type=put", [1, 2, 4, 5, 6, 9, 10], nil), ("type=swapped", [8], nil),
            ("type=taken&type=put&tag=colour:red", [1, 4, 6, 6, 9], nil), ("type=looked-at", [], nil),
            ("tag=colour:red&category=box&last=2", [6, 6, 9], 6),
            ("after={epoch}/4&category=box&limit=2", [5, 6, 6], 6),
            ("tag=colour:red&tag=colour:blue", [], nil), ("category=nobody", [], nil),
        ] as [(String, [Int], Int?)])
    func `is in order, and says where the next one begins`(query: String, numbers: [Int], next: Int?) async throws {
        let routes = try await mixedRoutes()
        let epoch = routes.epoch
        try await withRoutes(routes) { client in
            let query = query.replacing("{epoch}", with: "\(epoch)")
            let response = try await client.execute(uri: "/v1/events?\(query)", method: .get)
            let page = try page(response, of: epoch)
            #expect(page == Page(numbers: numbers, next: next.map { "in this log: \($0)" }))
            #expect(HTTPField.Name("Daybook-Head").flatMap { response.headers[$0] } == "10")
        }
    }

    @Test(arguments: [("", "after", [4, 8]), ("before=11&", "before", [8, 4])])
    func `may be empty, and goes on where its search has ended`(
        start: String, name: String, expected: [Int]
    ) async throws {
        let routes = try await mixedRoutes(maximumLooks: 2)
        let epoch = routes.epoch
        try await withRoutes(routes) { client in
            var query = "\(start)category=other"
            var numbers: [Int] = []
            var sizes: [Int] = []
            while true {
                let response = try await client.execute(uri: "/v1/events?\(query)", method: .get)
                let page = try page(response, of: epoch)
                numbers += page.numbers
                sizes.append(page.numbers.count)
                guard let next = Self.next.flatMap({ response.headers[$0] }) else { break }
                query = "category=other&\(name)=\(next)"
            }
            #expect(numbers == expected)
            #expect(sizes.count == 5 && sizes.contains(0))
        }
    }

    @Test(arguments: [
        ("last=2&after=1", "after and last do not go together"),
        ("before=2&after=1", "after and before do not go together"),
        ("last=2&before=3", "before and last do not go together"), ("last=2&limit=2", "limit does not go with last"),
        ("last=0", "last must be a number"), ("last=1001", "last must be a number"), ("before=x", "before must be"),
        ("before=12", "the last event has position 10"), ("before=00000000-0000-7000-8000-000000000000/1", "of epoch"),
        ("category=Big", "category must be"), ("category=a-b", "category must be"), ("tag=colour", "tag must be"),
        ("tag=:red", "tag must be"), ("category=a&category=b", "category is given twice"),
        (Array(repeating: "type=a", count: 21).joined(separator: "&"), "type is given more than 20 times"),
    ])
    func `is refused where it makes no sense`(query: String, detail: String) async throws {
        try await withRoutes(try await mixedRoutes()) { client in
            let response = try await client.execute(uri: "/v1/events?\(query)", method: .get)
            let isRefused = response.status == .badRequest || response.status == .conflict
            #expect(isRefused && response.problem != nil)
            #expect((response.document["detail"] as? String)?.contains(detail) == true, "\(response.text)")
        }
    }

    @Test func `goes back from no event that a client has seen, and not live`() async throws {
        let routes = try await mixedRoutes()
        let lastEvent = try #require(HTTPField.Name("Last-Event-ID"))
        let id = "\(routes.epoch)/3"
        try await withRoutes(routes) { client in
            let headers: HTTPFields = [lastEvent: id]
            let before = try await client.execute(uri: "/v1/events?before=5", method: .get, headers: headers)
            #expect(before.problem == "invalid-parameter")
            // What a client has seen last wins over the last events.
            let last = try await client.execute(uri: "/v1/events?last=1", method: .get, headers: headers)
            #expect(try page(last, of: routes.epoch).numbers.first == 4)
            for query in ["before=5", "limit=5", "last=5&limit=5"] {
                let headers: HTTPFields = [.accept: "text/event-stream"]
                let live = try await client.execute(uri: "/v1/events?\(query)", method: .get, headers: headers)
                #expect(live.problem == "invalid-parameter")
            }
        }
    }

    @Test(
        arguments: [
            ("last=2", [7, 8], "7"), ("before=7&limit=2", [5, 5], "5"), ("before=3", [1, 2, 2], nil),
            ("before=1", [], nil),
            ("before=9&limit=1", [8], "8"), ("last=2&states=true", [7, 8], "7"), ("before=1&states=true", [], nil),
            ("before=6&limit=2&states=true", [4, 5, 5], "4"),
        ] as [(String, [Int], String?)])
    func `of a stream is one of versions`(query: String, numbers: [Int], next: String?) async throws {
        let routes = try await mixedRoutes()
        let epoch = routes.epoch
        try await withRoutes(routes) { client in
            let response = try await client.execute(uri: "/v1/streams/box-1?\(query)", method: .get)
            let page = try page(response, of: epoch, by: "version")
            #expect(page == Page(numbers: numbers, next: next))
            #expect(response.text.contains(#""state":{"moves":"#) == (query.contains("states") && !numbers.isEmpty))
            for (query, problem) in [
                ("before=10", "beyond-head"), ("last=1&after=1", "invalid-parameter"),
                ("before=0", "invalid-parameter"), ("type=put", "unknown-parameter"),
            ] {
                let refused = try await client.execute(uri: "/v1/streams/box-1?\(query)", method: .get)
                #expect(refused.problem == problem, "\(query)")
            }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The live tail of some events` {
    private func tail(_ query: String, of routes: EventRoutes) async throws -> Response {
        let head = HTTPRequest(
            method: .get, scheme: "http", authority: "localhost", path: "/v1/events?\(query)",
            headerFields: [.accept: "text/event-stream"])
        return try await routes.response(to: Request(head: head, body: RequestBody(buffer: ByteBuffer())))
    }

    @Test func `has those alone, and tells how far it has looked`() async throws {
        let routes = try await mixedRoutes(maximumLooks: 2)
        let text = try await WrittenText.of(tail("category=other", of: routes)) {
            $0.contains("id: \(routes.epoch)/10\n\n")
        }
        #expect(text.components(separatedBy: "data: ").count == 3)
        #expect(text.contains("\n\nid: \(routes.epoch)/2\n\nid: \(routes.epoch)/4\ndata: "))
    }

    @Test(arguments: [("last=2", 9), ("last=3&tag=colour:red", 4), ("last=1&type=swapped", 8)])
    func `begins with the last ones`(query: String, first: Int) async throws {
        let routes = try await mixedRoutes()
        let response = try await tail(query, of: routes)
        #expect(response.headers[.contentType] == "text/event-stream")
        #expect(HTTPField.Name("Daybook-Head").flatMap { response.headers[$0] } == "10")
        let text = try await WrittenText.of(response) { $0.contains("}\n\n") }
        let start = text.components(separatedBy: "data: ").first
        #expect(start?.hasSuffix("id: \(routes.epoch)/\(first)\n") == true, "\(text)")
    }
}

@Suite struct `The head of a store over HTTP` {
    @Test func `has the position of its last event, and the last offset of each partition`() async throws {
        let store = InMemoryStore(partitionCount: 3)
        for number in 0..<20 {
            let published = NewEvent.Published(type: "box.put", schemaVersion: 1, data: Array("{}".utf8))
            let event = NewEvent(
                id: .new(), type: "put", occurredAt: .now(), data: Array("{}".utf8), metadata: Array("{}".utf8),
                published: [published])
            _ = try await store.append(
                AppendRequest(stream: try StreamName("box-\(number)"), expected: .any, events: [event]))
        }
        let offsets = try await store.heads().map { Int($0.rawValue) }
        try await withDaemon(adding: HeadRoute(store: store, log: store).add) { client in
            let response = try await client.execute(uri: "/v1/head", method: .get)
            #expect(response.document["position"] as? Int == 20)
            #expect(response.document["epoch"] as? String == "\(store.epoch)")
            let partitions = response.document["partitions"] as? [[String: any Sendable]]
            #expect(partitions?.compactMap { $0["offset"] as? Int } == offsets)
            #expect(partitions?.compactMap { $0["partition"] as? Int } == [0, 1, 2])
            #expect(try await client.execute(uri: "/v1/head?last=1", method: .get).problem == "unknown-parameter")
        }
    }
}
