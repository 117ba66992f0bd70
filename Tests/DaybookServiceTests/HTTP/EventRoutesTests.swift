import Daybook
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import DaybookWriter

@Suite struct `The events of a stream over HTTP` {
    /// Asks for the events of a box to which 300 things have happened.
    private func lines(_ query: String) async throws -> [String] {
        let router = Router()
        try await boxRoutes(things: 300).add(to: router)
        return try await Application(router: router).test(.router) { client in
            let answer = try await client.execute(uri: "/v1/streams/box-1?\(query)", method: .get)
            #expect(answer.status == .ok)
            return answer.text.split(separator: "\n").map { String($0) }
        }
    }

    @Test(arguments: ["limit=120", "limit=120&states=true"])
    func `are as many as were asked for, as they are stored`(query: String) async throws {
        let lines = try await lines(query)
        // 60 puts, and 60 swaps of two parts each; the looks between them say nothing.
        #expect(lines.count == 180)
        #expect(lines.last?.hasSuffix(#""version":179}"#) == true)
    }

    @Test func `come each with the state after it`() async throws {
        let lines = try await lines("after=298&states=true")
        #expect(lines.map { $0.hasSuffix(#""version":299}"#) } == [true, true])
        #expect(lines.allSatisfy { $0.contains(#","state":{"moves":300},"#) })
        #expect(try await self.lines("after=0&limit=1&states=true").first?.contains(#"{"moves":1}"#) == true)
    }

    @Test func `are none after the last one`() async throws {
        for query in ["after=300", "after=300&states=true"] { #expect(try await lines(query).isEmpty) }
    }
}

@Suite struct `The events of a store over HTTP` {
    private static let lastEvent = HTTPField.Name("Last-Event-ID")

    @Test(arguments: ["application/x-ndjson", "text/event-stream"])
    func `go on only behind an event of the same log`(accept: String) async throws {
        let routes = try await boxRoutes(things: 3)
        let (epoch, other) = ("\(routes.epoch)", "00000000-0000-7000-8000-000000000000")
        let refused: [(query: String, id: String?, problem: String)] = [
            ("?after=4", nil, "beyond-head"), ("?after=\(epoch)/4", nil, "beyond-head"),
            ("?after=\(other)/1", nil, "other-log"), ("", "\(epoch)/4", "beyond-head"), ("", "\(other)/0", "other-log"),
            // What the browser remembers wins over what the page said at first.
            ("?after=0", "\(other)/1", "other-log"), ("", "2", "invalid-header"), ("", "/2", "invalid-header"),
            ("?after=\(epoch)", nil, "invalid-parameter"), ("?after=-1", nil, "invalid-parameter"),
            ("?after=\(epoch)/1/2", nil, "invalid-parameter"), ("?after=x/2", nil, "invalid-parameter"),
        ]
        try await withDaemon(parameters: EventRoutes.parameters, adding: routes.add) { client in
            for (query, id, problem) in refused {
                var headers: HTTPFields = [.accept: accept]
                if let id, let name = Self.lastEvent { headers[name] = id }
                let response = try await client.execute(uri: "/v1/events\(query)", method: .get, headers: headers)
                #expect(response.problem == problem, "\(query) \(id ?? "")")
                guard response.status == .conflict else { continue }
                #expect(response.document["head"] as? Int == 3 && response.document["epoch"] as? String == epoch)
            }
        }
    }

    @Test func `say of which log they are, and where it ends`() async throws {
        let routes = try await boxRoutes(things: 4)
        let epoch = "\(routes.epoch)"
        try await withDaemon(parameters: EventRoutes.parameters, adding: routes.add) { client in
            for (query, count) in [("", 4), ("?after=3", 1), ("?after=\(epoch)/3", 1), ("?after=\(epoch)/4", 0)] {
                let response = try await client.execute(uri: "/v1/events\(query)", method: .get)
                let lines = response.text.split(separator: "\n")
                // A look is nothing any more, and a swap is two events.
                #expect(response.status == .ok && lines.count == count)
                #expect(lines.allSatisfy { $0.contains(#","epoch":"\#(epoch)","id":"#) })
                #expect(HTTPField.Name("Daybook-Head").flatMap { response.headers[$0] } == "4")
                #expect(HTTPField.Name("Daybook-Epoch").flatMap { response.headers[$0] } == epoch)
            }
            let stream = "/v1/streams/box-1?after="
            #expect(try await client.execute(uri: "\(stream)4", method: .get).status == .ok)
            #expect(try await client.execute(uri: "\(stream)5", method: .get).problem == "beyond-head")
            #expect(try await client.execute(uri: "/v1/streams/box-2?after=5", method: .get).status == .notFound)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `The live tail of a store` {
    @Test func `sends everything at once that waits, each event with its epoch and position`() async throws {
        let routes = try await boxRoutes(things: 150)
        // The last thing is a look: nothing any more.
        let text = try await WrittenText.of(routes.tail(from: .zero)) { $0.contains("id: \(routes.epoch)/149\n") }
        #expect(text.components(separatedBy: "data: ").count == 151)
        #expect(text.components(separatedBy: "id: \(routes.epoch)/").count == 101)
        // Whoever goes on after an id has seen all parts of that event.
        let events = text.components(separatedBy: "\n\n")
        #expect(events.allSatisfy { !$0.contains(#""type":"taken""#) || !$0.contains("id: ") })
    }

    @Test func `says now and then that it is still there`() async throws {
        let routes = try await boxRoutes(things: 1, heartbeat: .milliseconds(5))
        let text = try await WrittenText.of(routes.tail(from: .zero)) { $0.contains("}\n\n:\n\n:\n\n") }
        #expect(text.components(separatedBy: "data: ").count == 2)
    }
}
