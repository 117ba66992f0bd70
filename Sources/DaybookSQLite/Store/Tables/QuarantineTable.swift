import Daybook
import Foundation
import GRDB

/// What is in quarantine. A stream that is not read is under an empty command and an empty hash.
enum QuarantineTable {
    /// All records, in the order of streams, commands and times.
    static func records(in db: Database) throws -> [QuarantineRecord] {
        let rows = try Row.fetchAll(db, sql: "SELECT * FROM quarantine ORDER BY stream, command, since")
        return rows.map { row in
            let hash: Data = row["request_hash"]
            let command = QuarantineRecord.Command(name: row["command"], bodyHash: Array(hash))
            return QuarantineRecord(
                stream: StreamName(stored: row["stream"]), command: hash.isEmpty ? nil : command,
                signal: row["signal"], program: row["program"], since: Timestamp(microseconds: row["since"]))
        }
    }

    /// Puts records in the place of all that there are.
    static func replace(by records: [QuarantineRecord], in db: Database) throws {
        try db.execute(sql: "DELETE FROM quarantine")
        for record in records {
            try db.execute(
                sql: "INSERT OR REPLACE INTO quarantine VALUES(?, ?, ?, ?, ?, ?)",
                arguments: [
                    record.stream.description, record.command?.name ?? "", Data(record.command?.bodyHash ?? []),
                    record.signal, record.program, record.since.microseconds,
                ])
        }
    }
}
