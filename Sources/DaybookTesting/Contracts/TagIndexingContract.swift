import Daybook

/// The contract of a writer's store for the tags that the code of today gives to events.
struct TagIndexingContract: PortContract {
    let store: any WriterStore

    static var rules: [Rule] {
        [
            ("the index of tags is made once by the same code", { try await $0.makesTheIndexOnce() }),
            ("tags are made again by other code", { try await $0.makesTagsAgain() }),
            ("tags of what code without tags has appended are made", { try await $0.goesBackToTheBeginning() }),
            ("an event that cannot be read keeps the tags that it has", { try await $0.keepsTagsOfTheUnreadable() }),
            ("a stream in quarantine keeps its tags until it is out", { try await $0.keepsTagsOfTheQuarantined() }),
        ]
    }

    private func reserved(_ seat: String, tags: [Tag]) -> NewEvent {
        var event = event("reserved", published: 0, tags: tags)
        event.data = Array(#"{"seat":"\#(seat)"}"#.utf8)
        return event
    }

    private func find(_ name: String, _ value: String) async throws -> [Position] {
        try await store.read(.tagged(Tag(name, value), in: "guest"), after: .zero, limit: 10).map(\.position)
    }

    func makesTheIndexOnce() async throws {
        try expect(try await store.indexTags(of: Guest<First>.self, marks: nil), 0)
        try await store.append(to: "guest-ada", [reserved("A1", tags: [Tag("seat", "A1")])])
        try expect(try await store.indexTags(of: Guest<First>.self, marks: nil), nil)
        try expect(try await find("seat", "A1"), [1])
    }

    func makesTagsAgain() async throws {
        try await store.indexTags(of: Guest<First>.self, marks: nil)
        try await store.append(to: "guest-ada", [reserved("A1", tags: [Tag("seat", "A1"), Tag("old", "1")])])
        try await store.append(to: "other-1", [reserved("A1", tags: [Tag("old", "1")])])
        try expect(try await store.indexTags(of: Guest<Second>.self, marks: nil), 0)
        try expect(try await find("row", "A"), [1])
        try expect(try await find("seat", "A1"), [1])
        try expect(try await find("old", "1"), [])
        // The index of another category is as it was.
        let others = try await store.read(.tagged(Tag("old", "1"), in: "other"), after: .zero, limit: 10)
        try expect(others.map(\.position), [2])
    }

    func goesBackToTheBeginning() async throws {
        try await store.indexTags(of: Guest<First>.self, marks: nil)
        try expect(try await store.indexTags(of: Guest<None>.self, marks: nil), nil)
        try await store.append(to: "guest-ada", [reserved("A1", tags: [])])
        try expect(try await store.indexTags(of: Guest<First>.self, marks: nil), 0)
        try expect(try await find("seat", "A1"), [1])
    }

    func keepsTagsOfTheUnreadable() async throws {
        try await store.indexTags(of: Guest<First>.self, marks: nil)
        try await store.append(to: "guest-ada", [event("lost", published: 0, tags: [Tag("seat", "A1")])])
        try expect(try await store.indexTags(of: Guest<Second>.self, marks: nil), 1)
        try expect(try await find("seat", "A1"), [1])
    }

    func keepsTagsOfTheQuarantined() async throws {
        let ada = try StreamName("guest-ada")
        try await store.append(to: "guest-ada", [reserved("A1", tags: [])])
        try await store.append(to: "guest-bob", [reserved("B1", tags: [])])
        try expect(try await store.indexTags(of: Guest<First>.self, marks: nil), 0)
        try await store.replaceQuarantined(by: [
            QuarantineRecord(stream: ada, signal: 4, program: "one", since: .now())
        ])
        let marks = OneInQuarantine(stream: ada)
        try expect(try await store.indexTags(of: Guest<Second>.self, marks: marks), 1)
        try expect(try await find("seat", "A1"), [1])
        try expect(try await find("row", "A"), [])
        try expect(try await find("row", "B"), [2])
        // Another start in which it is still there makes nothing again.
        try expect(try await store.indexTags(of: Guest<Second>.self, marks: marks), nil)
        try await store.replaceQuarantined(by: [])
        try expect(try await store.indexTags(of: Guest<Second>.self, marks: nil), 0)
        try expect(try await find("row", "A"), [1])
        try expect(try await store.indexTags(of: Guest<Second>.self, marks: nil), nil)
    }
}

/// The code of a domain that runs.
private protocol TagVersion: Sendable { static var number: Int { get } }
private enum None: TagVersion { static let number = 0 }
private enum First: TagVersion { static let number = 1 }
private enum Second: TagVersion { static let number = 2 }

private enum SeatEvent: DomainEvent { case reserved(seat: String) }

/// Guests who reserve seats. The second version of the code finds them by their rows too.
private struct Guest<Version: TagVersion>: Aggregate {
    enum Command: Codable, Sendable { case leave }
    enum Failure: DomainFailure { case no }

    static var category: StreamCategory { "guest" }
    static var tagVersion: Int { Version.number }

    func handle(_ command: Command) throws(Failure) -> [SeatEvent] { [] }

    mutating func apply(_ event: SeatEvent) {}

    static func tags(_ event: SeatEvent) -> [Tag] {
        guard Version.number > 0, case .reserved(let seat) = event else { return [] }
        return [Tag("seat", seat)] + (Version.number > 1 ? [Tag("row", String(seat.prefix(1)))] : [])
    }
}

/// Notes of nothing, with one stream in quarantine.
private struct OneInQuarantine: CodeMarks {
    let stream: StreamName

    func begin(_ work: MarkedWork) throws -> CodeMark {
        if work.stream == stream { throw Quarantined(stream: stream) }
        return CodeMark(place: (slot: 0, length: 0), earlier: nil)
    }

    func end(_ mark: CodeMark) {}
}
