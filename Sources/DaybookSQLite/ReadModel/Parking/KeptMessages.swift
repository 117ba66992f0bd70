public import Daybook
import Foundation
import GRDB

/// The messages that the file of a generation or a reaction keeps because they could not be read. Whichever process
/// posts to it, and of whichever version it is.
public struct KeptMessages: Sendable {
    private let path: String

    /// - Parameter path: The file of a generation or a reaction.
    public init(in path: String) { self.path = path }

    private static let columns = "id, partition, reason, kept_at, body_size"

    /// Without their attributes and bodies, oldest first; and how many older ones were dropped because there were too
    /// many.
    ///
    /// - Throws: `DatabaseError`, ``StoreError`` when there is no such file.
    public func list() throws -> (messages: [KeptMessage], dropped: Int) {
        try DatabaseQueue.existing(path).read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT \(Self.columns) FROM unreadable_messages ORDER BY id")
            return (rows.map(Self.message), try UnreadableMessages.dropped(in: db))
        }
    }

    /// A whole message; `nil` when none of that number is kept.
    ///
    /// - Throws: `DatabaseError`, ``StoreError`` when there is no such file.
    public func message(_ id: Int64) throws -> KeptMessage? {
        let sql = "SELECT \(Self.columns), attributes, body FROM unreadable_messages WHERE id = ?"
        return try DatabaseQueue.existing(path).read { db in
            guard let row = try Row.fetchOne(db, sql: sql, arguments: [id]) else { return nil }
            var message = Self.message(row)
            let body: Data = row["body"]
            message.attributes = row["attributes"]
            message.body = String(validating: body, as: UTF8.self)
            if message.body == nil { message.bodyBase64 = body.base64EncodedString() }
            return message
        }
    }

    /// Drops a message, or all of them.
    ///
    /// - Returns: How many were dropped.
    /// - Throws: `DatabaseError`, ``StoreError`` when there is no such file.
    public func drop(_ id: Int64? = nil) throws -> Int {
        try DatabaseQueue.existing(path).inDatabase { db in
            // They may be of persons.
            try db.execute(sql: "PRAGMA secure_delete = ON")
            try db.execute(
                sql: "DELETE FROM unreadable_messages WHERE id = ? OR ? IS NULL", arguments: [id, id])
            return db.changesCount
        }
    }

    private static func message(_ row: Row) -> KeptMessage {
        KeptMessage(
            id: row["id"], partition: row["partition"], reason: row["reason"],
            keptAt: Timestamp(microseconds: row["kept_at"]), bodySize: row["body_size"])
    }
}
