public import Daybook
import Foundation
import GRDB

/// The place of a parked event among all that are parked, as `source/partition/offset`. They are listed in this order.
public struct ParkedPlace: Sendable, Hashable, CustomStringConvertible {
    public var source: Source
    public var place: LogPlace

    /// Names a place.
    public init(source: Source, place: LogPlace) {
        self.source = source
        self.place = place
    }

    /// Reads a place; `nil` when the text is none. A source may contain slashes, the other parts do not.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, let partition = Int(parts[parts.count - 2]), (0..<100).contains(partition),
            let offset = Int64(parts[parts.count - 1]), offset > 0
        else { return nil }
        let source = parts.dropLast(2).joined(separator: "/")
        guard !source.isEmpty else { return nil }
        self.init(
            source: Source(source),
            place: LogPlace(partition: Partition(partition), offset: Offset(rawValue: offset)))
    }

    public var description: String { "\(source)/\(place.partition.index)/\(place.offset)" }
}

/// The choice of parked events for one page of them.
public struct ParkedSelection: Sendable {
    /// Only those of this writer.
    public var source: Source?
    /// Only those of streams of this name.
    public var stream: String?
    /// With those that wait behind another one of their stream.
    public var includesWaiting: Bool
    /// Only those after this place.
    public var after: ParkedPlace?
    /// At most so many.
    public var limit: Int

    /// A choice; without arguments the first page of all that could not be posted.
    public init(
        source: Source? = nil, stream: String? = nil, includesWaiting: Bool = false, after: ParkedPlace? = nil,
        limit: Int = 100
    ) {
        self.source = source
        self.stream = stream
        self.includesWaiting = includesWaiting
        self.after = after
        self.limit = limit
    }
}

/// Some parked events, and where to go on.
public struct ParkedPage: Sendable {
    public var parked: [ParkedEvent]
    /// The place after which the next page begins; `nil` on the last one.
    public var next: ParkedPlace?
}

extension ParkedEvents {
    /// Bytes of data and reasons after which a page ends, so that a page of large events can be held and sent.
    static let pageBytes = 1 << 20

    /// The first parked event of each stream, and with those that wait if the selection includes them.
    static func page(_ selection: ParkedSelection, in db: Database) throws -> ParkedPage {
        var page = ParkedPage(parked: [])
        var bytes = 0
        var last: ParkedPlace?
        // One more than wanted tells whether there is a next page.
        for place in try places(selection, limit: selection.limit + 1, in: db) {
            if page.parked.count == selection.limit || bytes >= pageBytes {
                page.next = last
                break
            }
            guard let event = try event(at: place, in: db) else { continue }
            page.parked.append(event)
            bytes += event.data.utf8.count + (event.reason?.utf8.count ?? 0)
            last = place
        }
        return page
    }

    private static let isFirst =
        "p.offset = (SELECT MIN(offset) FROM parked_events WHERE source = p.source AND stream = p.stream)"

    /// Only the places, without any data.
    private static func places(_ selection: ParkedSelection, limit: Int, in db: Database) throws -> [ParkedPlace] {
        var conditions: [String] = []
        var arguments: StatementArguments = []
        if let source = selection.source {
            conditions.append("p.source = ?")
            arguments += [source.description]
        }
        if let stream = selection.stream {
            // The index of streams begins with the source, and is named below: the order would lead SQLite to another one.
            if selection.source == nil { conditions.append("p.source IN (SELECT DISTINCT source FROM parked_events)") }
            conditions.append("p.stream = ?")
            arguments += [stream]
        }
        if let after = selection.after {
            conditions.append("(p.source, p.partition, p.offset) > (?, ?, ?)")
            arguments += [after.source.description, after.place.partition.index, after.place.offset.rawValue]
        }
        if !selection.includesWaiting { conditions.append(isFirst) }
        let sql = """
            SELECT p.source, p.partition, p.offset
            FROM parked_events p \(selection.stream == nil ? "" : "INDEXED BY parked_streams")
            WHERE \(conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND "))
            ORDER BY p.source, p.partition, p.offset LIMIT ?
            """
        return try Row.fetchAll(db, sql: sql, arguments: arguments + [limit]).map { row in
            let place = LogPlace(partition: Partition(row[1]), offset: Offset(rawValue: row[2]))
            return ParkedPlace(source: Source(row[0]), place: place)
        }
    }

    private static func event(at place: ParkedPlace, in db: Database) throws -> ParkedEvent? {
        let sql = """
            SELECT p.*, \(isFirst) AS is_first, (SELECT COUNT(*) FROM parked_events b
                WHERE b.source = p.source AND b.stream = p.stream AND b.offset > p.offset) AS waiting
            FROM parked_events p WHERE p.source = ? AND p.partition = ? AND p.offset = ?
            """
        let arguments: StatementArguments = [
            place.source.description, place.place.partition.index, place.place.offset.rawValue,
        ]
        return try Row.fetchOne(db.cachedStatement(sql: sql), arguments: arguments).map { row in
            ParkedEvent(
                source: place.source, partition: row["partition"], offset: row["offset"],
                stream: row["stream"], eventID: row["event_id"], type: row["type"],
                reason: row["reason"] ?? (row["is_first"] ? "letting go of those before it was interrupted" : nil),
                parkedAt: Timestamp(microseconds: row["parked_at"]), waiting: row["waiting"],
                schemaVersion: row["schema_version"], version: row["stream_version"],
                occurredAt: Timestamp(microseconds: row["occurred_at"]),
                data: String(decoding: row["data"] as Data, as: UTF8.self))
        }
    }
}
