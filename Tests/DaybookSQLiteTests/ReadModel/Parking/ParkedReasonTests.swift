import Daybook
import Foundation
import GRDB
import TestSupport
import Testing

@testable import DaybookSQLite

private enum GuestEvent: IntegrationEvent {
    case arrived
    static let namespace = "guest"
}

/// Expects a number in a row where a name is.
private func readName() throws { _ = try Row(["name": "Ada Lovelace"]).decode(Int.self, forColumn: "name") }

private struct Guests: SQLiteProjection, Reaction {
    static let name = "guests"
    static let version = 1

    static func createTables(in db: Database) throws {}

    func apply(_ event: GuestEvent, from entry: LogEntry, in db: Database) throws { try readName() }

    func react(to event: GuestEvent, from entry: LogEntry, key: String) async throws { try readName() }
}

/// Reasons are shown, logged and kept, and outlive what is forgotten.
@Suite struct `The reason for which an event is parked` {
    private let lane = Lane(source: "writer", partition: Partition(0))
    private let entry = LogEntry(
        place: LogPlace(partition: Partition(0), offset: 1), id: IntegrationEventID(event: UniqueID(high: 1, low: 1)),
        type: "guest.arrived", schemaVersion: 1, stream: StreamName(stored: "guest-1"), streamVersion: 1,
        occurredAt: Timestamp(microseconds: 0), recordedAt: Timestamp(microseconds: 0), data: Array("{}".utf8)[...],
        metadata: Array("{}".utf8)[...], hash: .genesis, previousHash: .genesis)

    private func posting(_ entry: PostingEntry, parking reason: String? = nil) -> Posting {
        let next = Checkpoint(epoch: UniqueID(high: 7, low: 7), offset: 1, anchor: self.entry.anchor)
        var posting = Posting(lane: lane, expected: nil, entries: [entry], next: next)
        if let reason { posting.parks = [1: reason] }
        return posting
    }

    @Test func `shows no row of a read model, neither at first nor when it is tried again`() async throws {
        try await withTemporaryFolder { folder in
            let model = try SQLiteReadModel(folder: folder.path, projection: Guests())
            _ = try await model.replay([entry], of: lane, UniqueID(high: 7, low: 7), after: nil)
            #expect(try await model.parked(ParkedSelection()).parked.map(\.reason) == ["\(UnreadableRow())"])
            let outcome = try await model.retryParked("guest-1", of: "writer")
            #expect(outcome?.reason == "\(UnreadableRow())")
            #expect(try await model.parked(ParkedSelection()).parked.map(\.reason) == ["\(UnreadableRow())"])
        }
    }

    @Test func `shows no row that a reaction has read, neither at first nor when it is tried again`() async throws {
        try await withTemporaryFolder { folder in
            let claim = try #require(try SQLiteReactionState<Guests>.claim(in: folder.path))
            let state = try SQLiteReactionState(folder: folder.path, reaction: Guests(), claim: claim)
            let failure = await #expect(throws: EventFailure.self) {
                try await state.apply([posting(state.decoded(entry))], keeping: [])
            }
            #expect(failure?.reason == "\(UnreadableRow())")
            try await state.apply([posting(state.decoded(entry), parking: "tried often enough")], keeping: [])
            let outcome = try await state.retryParked("guest-1", of: "writer")
            #expect(outcome?.reason == "\(UnreadableRow())")
            #expect(try await state.parked(ParkedSelection()).parked.map(\.reason) == ["\(UnreadableRow())"])
        }
    }
}
