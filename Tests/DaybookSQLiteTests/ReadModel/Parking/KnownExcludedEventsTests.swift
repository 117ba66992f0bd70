import Daybook
import GRDB
import Testing

@testable import DaybookSQLite

@Suite struct `The excluded that a process knows` {
    private let entry = LogEntry(
        place: LogPlace(partition: Partition(0), offset: 1), id: IntegrationEventID(event: UniqueID(high: 1, low: 1)),
        type: "guest.arrived", schemaVersion: 1, stream: StreamName(stored: "guest-1"), streamVersion: 1,
        occurredAt: Timestamp(microseconds: 0), recordedAt: Timestamp(microseconds: 0), data: [], metadata: [],
        hash: .genesis, previousHash: .genesis)

    /// The next transaction sees the same version of the file as the one in which reading failed.
    @Test func `are read again after they could not be`() throws {
        try DatabaseQueue().write { db in
            try db.execute(sql: ParkedEvents.tables + ExcludedEvents.table)
            let known = KnownExcludedEvents(try ExcludedEvents(in: db))
            try ParkedEvents.skip(entry.id.description, of: "writer", in: db)
            try db.execute(sql: "ALTER TABLE crashes RENAME TO hidden")
            #expect(throws: DatabaseError.self) { try known.current(in: db) }
            try db.execute(sql: "ALTER TABLE hidden RENAME TO crashes")
            #expect(try known.current(in: db).decision(on: entry, of: "writer") == .skip)
        }
    }
}
