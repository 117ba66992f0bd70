import Daybook
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import DaybookWriter

/// Counts what happens to it. What was a swap once is two events now, and what was a look is none.
private struct Box: Aggregate {
    enum Event: DomainEvent {
        case taken(item: String)
        case put(item: String)

        static let upcasters: [Upcaster] = [
            Upcaster("swapped", from: 1) { event in
                [
                    StoredForm(type: "taken", schemaVersion: 1, data: ["item": event.data["old"] ?? ""]),
                    StoredForm(type: "put", schemaVersion: 1, data: ["item": event.data["new"] ?? ""]),
                ]
            },
            .dropped("looked-at", from: 1),
        ]
    }
    enum Command: Codable, Sendable { case look }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "box"
    var moves = 0

    func handle(_ command: Command) throws(Failure) -> [Event] { [] }
    mutating func apply(_ event: Event) { moves += 1 }
}

@Suite struct `The events of a stream over HTTP` {
    /// Asks for the events of a box to which 300 things have happened: a put, a swap and a look in turn.
    private func lines(_ query: String) async throws -> [String] {
        let store = InMemoryStore()
        let forms = [
            ("put", #"{"item":"a"}"#), ("swapped", #"{"old":"a","new":"b"}"#), ("looked-at", "{}"),
        ]
        let events = (0..<300).map { number in
            let (type, data) = forms[number % 3]
            return NewEvent(
                id: .new(), type: type, occurredAt: .now(), data: Array(data.utf8), metadata: Array("{}".utf8))
        }
        _ = try await store.append(
            AppendRequest(stream: try StreamName("box-1"), expected: .noStream, events: events))
        let router = Router()
        EventRoutes(store: store, served: [Box.category: CommandHandler(Box.self).served(store, 0, nil)]).add(to: router)
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
        #expect(lines.last?.contains(#""version":179,"#) == true)
    }

    @Test func `come each with the state after it`() async throws {
        let lines = try await lines("after=298&states=true")
        #expect(lines.map { $0.contains(#""version":299,"#) } == [true, true])
        #expect(lines.allSatisfy { $0.hasSuffix(#","state":{"moves":300}}"#) })
        #expect(try await self.lines("after=0&limit=1&states=true").first?.hasSuffix(#"{"moves":1}}"#) == true)
    }

    @Test func `are none after the last one`() async throws {
        for query in ["after=300", "after=300&states=true"] { #expect(try await lines(query).isEmpty) }
    }
}
