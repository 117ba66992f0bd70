import Daybook
import DaybookSQLite
import DaybookTesting
import DaybookWriter
import Testing

// The domain on the first page of the README, see `The code in the documentation`.

enum RoomEvent: DomainEvent, Equatable {
    case booked(by: String)
    case released
}

struct Room: Aggregate {
    enum Command: Codable, Sendable {
        case book(by: String)
        case release
    }
    enum Failure: DomainFailure { case alreadyBooked }
    static let category: StreamCategory = "room"
    private(set) var guest: String?

    func handle(_ command: Command) throws(Failure) -> [RoomEvent] {
        guard case .book(let name) = command else { return guest == nil ? [] : [.released] }
        guard guest == nil else { throw .alreadyBooked }
        return [.booked(by: name)]
    }

    mutating func apply(_ event: RoomEvent) {
        if case .booked(let name) = event { guest = name } else { guest = nil }
    }
}

private func writerOfRooms() async {
    await WriterDaemon.main(name: "rooms-writer", aggregates: [CommandHandler(Room.self)], store: .sqlite)
}

@Suite struct `A room` {
    @Test func `is booked once until it is released`() throws {
        try given(Room.self, .booked(by: "Ada")).when(.book(by: "Eve")).thenFails(.alreadyBooked)
        try given(Room.self, .booked(by: "Ada"), .released).when(.book(by: "Eve")).then(.booked(by: "Eve"))
        try given(Room.self).when(.release).thenNothing()
    }
}
