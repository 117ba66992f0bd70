public import Daybook
import GRDB

extension SQLiteEventStore {
    public func find(
        _ query: EventQuery, in range: EventRange, limit: Int, maximumLooks: Int
    ) async throws -> FoundEvents {
        try await readers.readTogether { [tags] db in
            let bounds = SearchBounds(range, head: try Queries.lastPosition(in: db))
            return try EventScan.find(
                query, in: bounds, limit: limit, maximumLooks: maximumLooks, index: tags, db: db)
        }
    }

    public func read(at positions: [Position]) async throws -> [StoredEvent] {
        try await readers.read { [seals] db in try Queries.events(at: positions, seals, in: db) }
    }

    public func version(of stream: StreamName) async throws -> StreamVersion {
        try await readers.read { db in try Queries.version(of: stream, in: db) }
    }
}
