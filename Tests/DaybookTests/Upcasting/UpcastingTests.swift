import Testing

@testable import Daybook

/// A counter whose events have changed over the years.
private struct Tally: Aggregate {
    enum Event: DomainEvent, Equatable {
        case added(amount: Int, unit: String)
        case noted(text: String)

        static let schemaVersions = ["added": 3]
        static let upcasters: [Upcaster] = [
            .renamed(member: "count", to: "amount", of: "added", from: 1),
            .added(member: "unit", with: "piece", to: "added", from: 2),
            .renamed(type: "increased", to: "added", version: 1, from: 1),
            .dropped("looked-at", from: 1),
            // One that said two things.
            Upcaster("added-with-note", from: 1) { event in
                [
                    StoredForm(type: "added", schemaVersion: 1, data: ["count": event.data["count"] ?? 0]),
                    StoredForm(type: "noted", schemaVersion: 1, data: ["text": event.data["text"] ?? ""]),
                ]
            },
            Upcaster("circling", from: 1) { [$0] },
        ]
    }

    enum Command: Codable, Sendable { case add(amount: Int) }
    enum Failure: DomainFailure { case no }

    static let category: StreamCategory = "tally"
    var amount = 0
    var notes: [String] = []

    func handle(_ command: Command) throws(Failure) -> [Event] {
        switch command {
        case .add(let amount): [.added(amount: amount, unit: "piece")]
        }
    }

    mutating func apply(_ event: Event) {
        switch event {
        case .added(let amount, _): self.amount += amount
        case .noted(let text): notes.append(text)
        }
    }
}

@Suite struct `A stored event of an old schema` {
    private let codec = EventCodec<Tally>()

    private func event(_ type: String, _ version: Int, _ json: String) -> NewEvent {
        NewEvent(
            id: .new(), type: type, schemaVersion: version, occurredAt: .now(), data: Array(json.utf8),
            metadata: Array(#"{"correlationId":"c"}"#.utf8))
    }

    private func stored(_ type: String, _ version: Int, _ json: String) -> StoredEvent {
        StoredEvent(
            position: 1, id: .new(), stream: StreamName(stored: "tally-1"), version: 1, type: type,
            schemaVersion: version, occurredAt: .now(), recordedAt: .now(), data: Array(json.utf8), metadata: [],
            hash: .genesis)
    }

    @Test func `is read in the present one, step by step`() throws {
        let forms: [(String, Int, String, [Tally.Event])] = [
            ("added", 1, #"{"count":2}"#, [.added(amount: 2, unit: "piece")]),
            ("added", 2, #"{"amount":2}"#, [.added(amount: 2, unit: "piece")]),
            ("added", 2, #"{"amount":2,"unit":"box"}"#, [.added(amount: 2, unit: "box")]),
            ("added", 3, #"{"amount":2,"unit":"box"}"#, [.added(amount: 2, unit: "box")]),
            ("increased", 1, #"{"count":5}"#, [.added(amount: 5, unit: "piece")]),
            ("looked-at", 1, "{}", []),
            (
                "added-with-note", 1, #"{"count":3,"text":"a/b"}"#,
                [.added(amount: 3, unit: "piece"), .noted(text: "a/b")]
            ),
        ]
        for (type, version, json, expected) in forms {
            #expect(try codec.decode(stored(type, version, json)) == expected)
        }
    }

    /// From the oldest name to the present one there may be many steps, and every upcaster that does not say what it makes
    /// may make anything.
    @Test func `is asked for by all names that its type has had`() {
        let chain: [Upcaster] = [
            .renamed(type: "noticed", to: "seen", version: 1, from: 1),
            .renamed(type: "seen", to: "watched", version: 1, from: 1),
            .renamed(type: "watched", to: "observed", version: 1, from: 1),
            .renamed(type: "heard", to: "listened", version: 1, from: 1),
        ]
        let names = UpcasterChain(chain).storedNames(of: "observed")
        #expect(names == ["observed", "watched", "seen", "noticed"])
        #expect(codec.storedNames(of: "added") == ["added", "increased", "added-with-note", "circling"])
    }

    @Test func `that cannot be brought up is named`() {
        for (type, json, hint) in [("circling", "{}", "circle"), ("added", "[]", "no object"), ("added", "{", "added")]
        {
            let error = #expect(throws: CodecError.self) { try codec.decode(stored(type, 1, json)) }
            #expect(error?.description.contains("tally-1") == true && error?.description.contains(hint) == true)
        }
    }

    @Test func `that a later program has written is refused, with what to do`() {
        for (type, version) in [("added", 4), ("noted", 2)] {
            let event = stored(type, version, #"{"amount":2,"unit":"box","text":"n"}"#)
            let error = #expect(throws: CodecError.self) { try codec.decode(event) }
            #expect(error?.reason.contains("update this program first") == true)
        }
    }

    @Test func `is shown in the present one with all its parts, and keeps what is not its schema`() throws {
        let old = stored("added-with-note", 1, #"{"count":3,"text":"n"}"#)
        let parts = try codec.upcast(old)
        #expect(parts.map(\.type) == ["added", "noted"] && parts.map(\.schemaVersion) == [3, 1])
        #expect(parts.allSatisfy { $0.position == old.position && $0.version == old.version && $0.id == old.id })
        #expect(parts[0].data == Array(#"{"amount":3,"unit":"piece"}"#.utf8))
        let present = stored("noted", 1, #"{"text":"n"}"#)
        #expect(try codec.upcast(present) == [present])
    }

    @Test func `counts once in its stream, whatever it has become`() async throws {
        let store = InMemoryStore()
        let stream = try StreamName(category: Tally.category, id: "1")
        let old = [
            event("added", 1, #"{"count":1}"#), event("added-with-note", 1, #"{"count":2,"text":"n"}"#),
            event("looked-at", 1, "{}"),
        ]
        _ = try await store.append(AppendRequest(stream: stream, expected: .noStream, events: old))
        let repository = Repository<Tally>(store: store, cached: 10)
        let loaded = try await repository.load("1")
        #expect(loaded.version == 3 && loaded.aggregate.amount == 3 && loaded.aggregate.notes == ["n"])
        let answer = try await repository.execute(.add(amount: 4), on: "1", expecting: .exactly(3))
        #expect(answer.version == 4)
        #expect(try await repository.load("1").aggregate.amount == 7)
        // What is stored stays as it was.
        let events = try await store.read(stream, after: .zero, limit: 10)
        #expect(events.map(\.schemaVersion) == [1, 1, 1, 3] && events[0].data == old[0].data)
    }

    @Test func `keeps every digit and character of what is not changed`() throws {
        let text = #"{"a":[1,-2.50,1e400,12345678901234567890],"b":{"é\n\"\u0001":null},"c":true,"d":"/","e":false}"#
        let data = try Array(text.utf8).withUnsafeBytes { try JSONData($0) }
        #expect(String(decoding: data.bytes, as: UTF8.self) == text)
    }
}
