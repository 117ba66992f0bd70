import Daybook

@testable import DaybookWriter

/// Counts what happens to it. What was a swap once is two events now, and what was a look is none.
struct Box: Aggregate {
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

    /// A stored event.
    static func stored(_ type: String, tags: [Daybook.Tag] = []) -> NewEvent {
        let data =
            switch type {
            case "swapped": #"{"old":"a","new":"b"}"#
            case "looked-at": "{}"
            default: #"{"item":"a"}"#
            }
        return NewEvent(
            id: .new(), type: type, occurredAt: .now(), data: Array(data.utf8), metadata: Array("{}".utf8), tags: tags)
    }
}

/// The routes of a store with a box to which some things have happened: a put, a swap and a look in turn.
func boxRoutes(things: Int, heartbeat: Duration = .seconds(3600)) async throws -> EventRoutes {
    let store = InMemoryStore()
    let types = ["put", "swapped", "looked-at"]
    let events = (0..<things).map { Box.stored(types[$0 % 3]) }
    _ = try await store.append(
        AppendRequest(stream: try StreamName("box-1"), expected: .noStream, events: events))
    return EventRoutes(
        store: store, epoch: store.epoch, served: [Box.category: CommandHandler(Box.self).served(store, 0, nil)],
        heartbeat: heartbeat)
}
