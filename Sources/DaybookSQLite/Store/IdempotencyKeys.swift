import Daybook
import Foundation
import GRDB

/// The answers that are given again.
enum IdempotencyKeys {
    static func answer(to record: IdempotencyRecord, in db: Database) throws -> CommandAnswer? {
        let statement = try db.cachedStatement(sql: "SELECT request_hash, answer FROM idempotency_keys WHERE key = ?")
        guard let row = try Row.fetchOne(statement, arguments: [record.key]) else { return nil }
        guard Array(row[0] as Data) == record.requestHash else { throw AppendError.keyReused }
        var answer = try JSON.decode(CommandAnswer.self, from: Array(row[1] as Data))
        answer.isRepeated = true
        return answer
    }

    static func remember(
        _ answer: CommandAnswer, to record: IdempotencyRecord, at time: Timestamp, in db: Database
    ) throws {
        try db.cachedStatement(sql: "INSERT INTO idempotency_keys VALUES(?, ?, ?, ?)").execute(arguments: [
            record.key, Data(record.requestHash), Data(try JSON.encode(answer)), time.microseconds,
        ])
    }
}
