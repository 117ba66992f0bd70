import Daybook
import Foundation
import GRDB

extension ParkedEvents {
    /// The first parked event of each stream, and with those that wait if the selection includes them.
    static func page(_ selection: ParkedSelection, in db: Database) throws -> ParkedPage {
        var page = ParkedPage(parked: [])
        var bytes = 0
        var last: ParkedPlace?
        // One more than wanted tells whether there is a next page.
        for place in try places(selection, limit: selection.limit + 1, in: db) {
            if page.parked.count == selection.limit || bytes >= ParkedPage.longestBytes {
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
                reason: row["reason"] ?? (row["is_first"] ? ParkedEvent.interrupted : nil),
                parkedAt: Timestamp(microseconds: row["parked_at"]), waiting: row["waiting"],
                schemaVersion: row["schema_version"], version: row["stream_version"],
                occurredAt: Timestamp(microseconds: row["occurred_at"]),
                data: String(decoding: row["data"] as Data, as: UTF8.self))
        }
    }
}
